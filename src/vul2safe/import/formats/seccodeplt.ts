/**
 * @file SecCodePLT (Nie et al. 2024), Python tasks: ground_truth holds the function in pieces, code_before +
 * vulnerable_code | patched_code + code_after. The unit tests belong to the evaluation suite and are not read here.
 * The repository states no licence, so none is claimed unless the caller gives one.
 */
import { z } from 'zod';
import { cweListOf, functionOf, textOf } from '../fields.ts';
import { rowImporter } from '../importer.ts';

const truthSchema = z.object({
  code_before: z.string().default(''),
  vulnerable_code: z.string(),
  patched_code: z.string(),
  code_after: z.string().default(''),
});

export const seccodeplt = rowImporter({
  format: 'seccodeplt',
  title: 'SecCodePLT tasks',
  columns: ['CWE_ID', 'ground_truth', 'task_description'],
  open: (options) => ({
    take(row) {
      const truth = truthSchema.parse(row.ground_truth);
      const task = (row.task_description ?? {}) as Record<string, unknown>;
      const recordId = textOf(row, 'index') ?? textOf(row, 'id');
      const code = truth.code_before + truth.vulnerable_code + truth.code_after;
      if (truth.vulnerable_code.trim() === '')
        return {
          ok: false,
          reason: 'empty-code',
          detail: '"ground_truth.vulnerable_code" is empty',
          ...(recordId === undefined ? {} : { id: recordId }),
        };
      const fix =
        truth.patched_code.trim() === ''
          ? undefined
          : truth.code_before + truth.patched_code + truth.code_after;
      return {
        ok: true,
        record: functionOf({
          language: 'python',
          code,
          upstreamFix: fix,
          cwe: cweListOf(row.CWE_ID),
          description: textOf(task, 'description'),
          source: {
            dataset: 'SecCodePLT',
            license: options.license,
            recordId,
          },
        }),
      };
    },
  }),
});
