/**
 * @file HumanEval Pro and MBPP Pro (Yu et al. 2024, self-invoking code generation): a base problem, then one that must call it.
 * Rows: {"id", "raw_problem", "raw_solution", "new_problem", "new_solution", "test_code"}; program and tests form one file.
 */
import { z } from 'zod';
import { defines, extractCode, joinPython, preambleOf } from './answer.ts';
import { locateData, readRecords, refuseOther } from './data-files.ts';
import { judgeFunction } from './python-tests.ts';
import type { Problem, Suite } from './suite.ts';

const rowSchema = z.object({
  id: z.union([z.number(), z.string()]),
  raw_problem: z.string(),
  raw_solution: z.string(),
  new_problem: z.string(),
  new_solution: z.string(),
  test_code: z.string(),
});
type Row = z.infer<typeof rowSchema>;

/** The function a problem text leaves open: the last one it heads. */
const lastFunction = (text: string): string | undefined =>
  [...text.matchAll(/^def\s+(\w+)/gm)].pop()?.[1];

function problemOf(row: Row, family: string): Problem {
  const base = lastFunction(row.raw_problem);
  const next = lastFunction(row.new_problem);
  return {
    id: `${family}/${row.id}`,
    aliases: [String(row.id)],
    language: 'python',
    cwe: [],
    prompt: `Write a solution of python file to the following problems, the solution of the second problem requires single or multiple calls to the first solution.\n\`\`\`python\n${row.raw_problem.trim()}\n${row.new_problem.trim()}\n\`\`\``,
    assemble(answer) {
      const code = extractCode(answer, 'python', next);
      if (base === undefined || defines(code, base))
        return joinPython(base === undefined ? '' : preambleOf(row.raw_problem, base), code);
      // A continuation of the first problem, as a base model writes it.
      return joinPython(row.raw_problem + code);
    },
    judge: (program, tools) => judgeFunction(program, row.test_code, tools),
    reference: {
      fixed: row.raw_problem + row.raw_solution + row.new_problem + row.new_solution,
    },
  };
}

const proSuite = (
  name: string,
  family: string,
  about: string,
  files: readonly string[],
): Suite => ({
  name,
  about,
  judges: 'function, by running the benchmark’s own tests in the sandbox',
  cannot: 'security: the tasks have no attacks',
  data: files[0],
  async load({ dataPath }) {
    const path = locateData(name, dataPath, files);
    if (name === 'mbpppro') refuseOther(name, path, /humaneval/i, 'humanevalpro');
    else refuseOther(name, path, /mbpp/i, 'mbpppro');
    const rows = await readRecords(name, path, rowSchema);
    return rows.map((row) => problemOf(row, family));
  },
});

export const humanEvalPro = proSuite(
  'humanevalpro',
  'HumanEvalPro',
  '164 self-invoking problems (github.com/CodeEval-Pro/CodeEval-Pro)',
  ['humaneval_pro.json', 'refined_humaneval_pro.json', 'humaneval_pro.jsonl'],
);

export const mbppPro = proSuite(
  'mbpppro',
  'MbppPro',
  '378 self-invoking problems (github.com/CodeEval-Pro/CodeEval-Pro)',
  ['mbpp_pro.json', 'refined_mbpp_pro.json', 'mbpp_pro.jsonl'],
);
