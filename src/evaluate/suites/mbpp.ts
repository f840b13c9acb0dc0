/**
 * @file MBPP (Austin et al. 2021), full or sanitized: a sentence and three assertions. Rows: {"task_id", "text" | "prompt", "code",
 * "test_list", "test_setup_code" | "test_imports", "challenge_test_list"?}. Challenge tests are not run, as in the paper.
 */
import { z } from 'zod';
import { extractCode, joinPython } from './answer.ts';
import { locateData, readRecords } from './data-files.ts';
import { judgeFunction } from './python-tests.ts';
import type { Problem, Suite } from './suite.ts';

const rowSchema = z
  .object({
    task_id: z.union([z.number(), z.string()]),
    text: z.string().optional(),
    prompt: z.string().optional(),
    code: z.string(),
    test_list: z.array(z.string()).min(1),
    test_setup_code: z.string().default(''),
    test_imports: z.array(z.string()).default([]),
  })
  .refine((row) => (row.text ?? row.prompt) !== undefined, {
    message: 'neither "text" nor "prompt"',
  });
type Row = z.infer<typeof rowSchema>;

function problemOf(row: Row): Problem {
  const setup = [row.test_setup_code, ...row.test_imports].filter(Boolean).join('\n');
  const id = String(row.task_id).replace(/^\w+\//, '');
  return {
    id: `Mbpp/${id}`,
    aliases: [id, `MBPP/${id}`, `mbpp/${id}`],
    language: 'python',
    cwe: [],
    prompt: `You are an expert Python programmer, and here is your task: ${row.text ?? row.prompt} Your code should pass these tests:\n\n${row.test_list.join('\n')}\n\nAnswer with the whole program in one code block.`,
    assemble: (answer) =>
      joinPython(
        extractCode(answer.split(/^\[DONE\]/m)[0]!.replace(/^\[BEGIN\]\n?/, ''), 'python'),
      ),
    judge: (program, tools) => judgeFunction(program, [setup, ...row.test_list].join('\n'), tools),
    reference: { fixed: row.code },
  };
}

export const mbpp: Suite = {
  name: 'mbpp',
  about:
    '974 short Python problems, or the 427 sanitized ones (github.com/google-research/google-research/tree/master/mbpp)',
  judges: 'function, by running the benchmark’s own assertions in the sandbox',
  cannot: 'security: the tasks have no attacks',
  data: 'mbpp.jsonl',
  async load({ dataPath }) {
    const path = locateData('mbpp', dataPath, ['mbpp.jsonl', 'sanitized-mbpp.json']);
    return (await readRecords('mbpp', path, rowSchema)).map(problemOf);
  },
};
