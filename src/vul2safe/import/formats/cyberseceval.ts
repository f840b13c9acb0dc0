/**
 * @file CyberSecEval (Meta PurpleLlama), instruct.json and autocomplete.json: JSON arrays of insecure snippets found in
 * public repositories by a static rule. There is no fix; snippets may be cut out of a function. The benchmark's prompt
 * is not imported: this reads the code as vulnerability records, the suite reads the prompts.
 */
import { codeOf, cweListOf, functionOf, languageOf, textOf } from '../fields.ts';
import { rowImporter } from '../importer.ts';

export const cyberseceval = rowImporter({
  format: 'cyberseceval',
  title: 'CyberSecEval instruct / autocomplete',
  columns: ['origin_code', 'cwe_identifier', 'language', 'prompt_id'],
  open: (options) => ({
    take(row) {
      const code = codeOf(row, 'origin_code');
      const variant = textOf(row, 'variant');
      const recordId = [variant, textOf(row, 'prompt_id')].filter(Boolean).join(':');
      if (code.trim() === '')
        return { ok: false, reason: 'empty-code', detail: '"origin_code" is empty', id: recordId };
      const file = textOf(row, 'file_path');
      return {
        ok: true,
        record: functionOf({
          language: languageOf(code, undefined, textOf(row, 'language')),
          code,
          cwe: cweListOf(row.cwe_identifier),
          description: textOf(row, 'pattern_desc'),
          source: {
            dataset: 'CyberSecEval',
            project: textOf(row, 'repo'),
            file,
            license: options.license ?? 'MIT',
            recordId,
          },
        }),
      };
    },
  }),
});
