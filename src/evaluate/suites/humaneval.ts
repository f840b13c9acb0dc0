/**
 * @file HumanEval (Chen et al. 2021) and HumanEval+ (EvalPlus, Liu et al. 2023): continue a Python function; hidden tests decide.
 * Rows: {"task_id": "HumanEval/0", "prompt", "entry_point", "canonical_solution" ("reference" until 2023), "test"}; HumanEval+
 * either with "test" as on Hugging Face or with "base_input"/"plus_input"/"atol" as in EvalPlus's own file, where the canonical
 * solution gives the answers. The tests on Hugging Face take two things from NumPy; where it is not installed, they are ours.
 */
import { z } from 'zod';
import { defines, extractCode, joinPython, preambleOf } from './answer.ts';
import { locateData, readRecords, refuseOther } from './data-files.ts';
import { differentialTest, withoutNumpy } from './evalplus-tests.ts';
import { judgeFunction } from './python-tests.ts';
import type { Problem, Suite } from './suite.ts';

const rowSchema = z
  .object({
    task_id: z.string(),
    prompt: z.string(),
    entry_point: z.string(),
    canonical_solution: z.string().optional(),
    reference: z.string().optional(),
    test: z.string().optional(),
    base_input: z.array(z.unknown()).optional(),
    plus_input: z.array(z.unknown()).optional(),
    atol: z.number().optional(),
  })
  .refine((row) => row.test !== undefined || row.base_input !== undefined, {
    message: 'neither "test" nor "base_input"',
  })
  .refine((row) => (row.canonical_solution ?? row.reference) !== undefined, {
    message: 'neither "canonical_solution" nor "reference"',
  });
type Row = z.infer<typeof rowSchema>;

/** A completion continues the prompt; a whole program gets only the prompt's imports and helpers in front. */
export function assembleCompletion(prompt: string, entryPoint: string, answer: string): string {
  const code = extractCode(answer, 'python', entryPoint);
  return defines(code, entryPoint)
    ? joinPython(preambleOf(prompt, entryPoint), code)
    : joinPython(prompt + code);
}

function problemOf(row: Row): Problem {
  const solution = row.canonical_solution ?? row.reference!;
  const test =
    row.test !== undefined
      ? `${withoutNumpy(row.test)}\ncheck(${row.entry_point})\n`
      : differentialTest({ ...row, solution });
  return {
    id: row.task_id,
    aliases: [row.task_id.replace(/^HumanEval\//, '')],
    language: 'python',
    cwe: [],
    prompt: `Complete this Python function. Answer with the whole function in one code block.\n\n\`\`\`python\n${row.prompt.trimEnd()}\n\`\`\``,
    assemble: (answer) => assembleCompletion(row.prompt, row.entry_point, answer),
    judge: (program, tools) => judgeFunction(program, test, tools),
    reference: { fixed: solution },
  };
}

const humanEvalSuite = (name: string, about: string, files: readonly string[]): Suite => ({
  name,
  about,
  judges: 'function, by running the benchmark’s own tests in the sandbox',
  cannot: 'security: the tasks have no attacks',
  data: files[0],
  async load({ dataPath }) {
    const path = locateData(name, dataPath, files);
    if (name === 'humaneval') refuseOther(name, path, /humaneval_?plus/i, 'humaneval+');
    else refuseOther(name, path, /^humaneval\.jsonl/i, 'humaneval');
    const rows = await readRecords(name, path, rowSchema);
    return rows.map(problemOf);
  },
});

export const humanEval = humanEvalSuite(
  'humaneval',
  '164 Python functions (github.com/openai/human-eval)',
  ['HumanEval.jsonl.gz', 'HumanEval.jsonl'],
);

export const humanEvalPlus = humanEvalSuite(
  'humaneval+',
  'HumanEval with 80 times as many tests (github.com/evalplus/evalplus)',
  ['HumanEvalPlus.jsonl.gz', 'HumanEvalPlus.jsonl', 'humanevalplus.jsonl', 'humanevalplus.json'],
);
