/**
 * @file BigVul (Fan et al. 2020), MSR_data_cleaned.csv: one row per function of a fix commit, func_before and func_after,
 * vul = 1 where the fix changed it. Rows with vul = 0 are context, not records. Column names vary in case and spacing
 * between copies ("CVE ID", "cve_id"), so they are compared without either.
 */
import { codeOf, commitPlaceOf, cweListOf, functionOf, languageOf, textOf } from '../fields.ts';
import { rowImporter } from '../importer.ts';

type Row = Record<string, unknown>;

const byPlainName = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.toLowerCase().replace(/[\s_]+/g, ''), value]),
  );

export const bigvul = rowImporter({
  format: 'bigvul',
  title: 'BigVul / MSR 2020 CSV',
  columns: ['func_before', 'func_after', 'vul'],
  open: (options) => ({
    take(raw) {
      const row = byPlainName(raw);
      const recordId = textOf(row, 'column0') ?? textOf(row, 'index') ?? textOf(row, 'commitid');
      const id = recordId === undefined ? {} : { id: recordId };
      const label = textOf(row, 'vul');
      if (label === undefined || Number.isNaN(Number(label)))
        return {
          ok: false,
          reason: 'malformed',
          detail: `"vul" must be 0 or 1, found "${label ?? ''}"`,
          ...id,
        };
      if (Number(label) === 0)
        return { ok: false, reason: 'not-vulnerable', detail: 'vul is 0', ...id };
      const code = codeOf(row, 'funcbefore');
      const fix = codeOf(row, 'funcafter');
      if (code.trim() === '')
        return { ok: false, reason: 'empty-code', detail: '"func_before" is empty', ...id };
      const file = textOf(row, 'filename');
      const link = commitPlaceOf(textOf(row, 'codelink'));
      return {
        ok: true,
        record: functionOf({
          language: languageOf(code, file, textOf(row, 'lang')),
          code,
          upstreamFix: fix.trim() === '' || fix === code ? undefined : fix,
          cwe: cweListOf(row.cweid),
          cve: textOf(row, 'cveid'),
          commitMessage: textOf(row, 'commitmessage'),
          description: textOf(row, 'summary'),
          source: {
            dataset: 'BigVul',
            project: textOf(row, 'project') ?? link.project,
            commit: textOf(row, 'commitid') ?? link.commit,
            file,
            url: link.url,
            license: options.license ?? 'MIT',
            date: textOf(row, 'publishdate'),
            recordId,
          },
        }),
      };
    },
  }),
});
