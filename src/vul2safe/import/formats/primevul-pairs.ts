/**
 * @file PrimeVul joined into one row per pair (derived sets, such as those built over BigVul's columns):
 * {"idx": "186460", "cve": "CVE-2017-5016", "cwe": "CWE-1021", "project": "Chrome", "commit_id": "a8e1..", "lang": "C",
 *  "file_name": "..", "func_vulnerable": "..", "func_fixed": "..", "summary": ".."}; many fields may be null.
 */
import { cFamilyLanguageOf, codeOf, cweListOf, functionOf, textOf } from '../fields.ts';
import { rowImporter } from '../importer.ts';

export const primevulPairs = rowImporter({
  format: 'primevul-pairs',
  title: 'PrimeVul pairs, one row each',
  columns: ['func_vulnerable', 'func_fixed'],
  open: (options) => ({
    take(row) {
      const code = codeOf(row, 'func_vulnerable');
      const upstreamFix = codeOf(row, 'func_fixed');
      const recordId = textOf(row, 'idx');
      if (code.trim() === '')
        return {
          ok: false,
          reason: 'empty-code',
          detail: '"func_vulnerable" is empty',
          ...(recordId === undefined ? {} : { id: recordId }),
        };
      const file = textOf(row, 'file_name');
      return {
        ok: true,
        record: functionOf({
          language: cFamilyLanguageOf(code, file, textOf(row, 'lang')),
          code,
          upstreamFix: upstreamFix.trim() === '' ? undefined : upstreamFix,
          cwe: cweListOf(row.cwe),
          cve: textOf(row, 'cve'),
          commitMessage: textOf(row, 'commit_message'),
          description: textOf(row, 'summary'),
          source: {
            dataset: 'PrimeVul',
            project: textOf(row, 'project'),
            commit: textOf(row, 'commit_id'),
            file,
            license: options.license ?? 'MIT',
            date: textOf(row, 'publish_date'),
            recordId,
          },
        }),
      };
    },
  }),
});
