/**
 * @file What this project itself made: repair pairs (pairs.jsonl of a build) and rows of the exported data set. Reading
 * them back makes them inputs like any other: for leak checks, for a second pass with another teacher.
 */
import { decodeRepairPair } from '../../../data/repair-pair.ts';
import { languageSchema } from '../../../data/vulnerable-function.ts';
import { codeOf, cweListOf, functionOf, textOf } from '../fields.ts';
import { rowImporter } from '../importer.ts';

export const pairs = rowImporter({
  format: 'pairs',
  title: 'repair pairs of a build (pairs.jsonl)',
  columns: ['id', 'function', 'fixedCode', 'reflection'],
  open: () => ({
    take(row) {
      const pair = decodeRepairPair(row);
      return { ok: true, record: { ...pair.function, upstreamFix: pair.fixedCode } };
    },
  }),
});

/** Several prompts share a pair; each pair comes once as long as its rows stand together, as the export writes them. */
export const dataset = rowImporter({
  format: 'dataset',
  title: 'PrimeVul+ rows (dataset/*.jsonl, *.parquet)',
  columns: ['pair_id', 'code', 'fixed_code', 'language', 'prompt'],
  open: (options) => {
    let last: string | undefined;
    return {
      take(row) {
        const pairId = textOf(row, 'pair_id');
        if (pairId === last) return [];
        last = pairId;
        return {
          ok: true,
          record: functionOf({
            language: languageSchema.parse(row.language),
            code: codeOf(row, 'code'),
            upstreamFix: codeOf(row, 'fixed_code'),
            cwe: cweListOf(row.cwe),
            cve: textOf(row, 'cve'),
            source: {
              dataset: textOf(row, 'dataset') ?? 'PrimeVul+',
              project: textOf(row, 'project'),
              commit: textOf(row, 'commit'),
              file: textOf(row, 'file'),
              url: textOf(row, 'url'),
              license: options.license ?? textOf(row, 'license'),
              recordId: pairId,
            },
          }),
        };
      },
    };
  },
});
