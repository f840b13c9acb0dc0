/**
 * @file HumanEval (Chen et al. 2021) and HumanEval+ (EvalPlus, Liu et al. 2023): continue a Python function; hidden tests decide.
 * Rows: {"task_id": "HumanEval/0", "prompt", "entry_point", "canonical_solution", "test"}; HumanEval+ either with "test" as on
 * Hugging Face or with "base_input"/"plus_input"/"atol" as in EvalPlus's own file, where the canonical solution gives the answers.
 */
import { z } from 'zod';
import { defines, extractCode, joinPython, preambleOf } from './answer.ts';
import { locateData, readRecords } from './data-files.ts';
import { judgeFunction } from './python-tests.ts';
import type { Problem, Suite } from './suite.ts';

const rowSchema = z
  .object({
    task_id: z.string(),
    prompt: z.string(),
    entry_point: z.string(),
    canonical_solution: z.string(),
    test: z.string().optional(),
    base_input: z.array(z.unknown()).optional(),
    plus_input: z.array(z.unknown()).optional(),
    atol: z.number().optional(),
  })
  .refine((row) => row.test !== undefined || row.base_input !== undefined, {
    message: 'neither "test" nor "base_input"',
  });
type Row = z.infer<typeof rowSchema>;

/** A completion continues the prompt; a whole program gets only the prompt's imports and helpers in front. */
export function assembleCompletion(prompt: string, entryPoint: string, answer: string): string {
  const code = extractCode(answer, 'python', entryPoint);
  return defines(code, entryPoint)
    ? joinPython(preambleOf(prompt, entryPoint), code)
    : joinPython(prompt + code);
}

/** The inputs of both sets through the canonical solution and the candidate, compared as EvalPlus does: equal, or close for floats. */
function differentialTest(row: Row): string {
  const inputs = JSON.stringify([...(row.base_input ?? []), ...(row.plus_input ?? [])]);
  return `
import copy as _copy, json as _json, math as _math
_reference = {}
exec(${JSON.stringify(row.prompt + row.canonical_solution)}, _reference)
def _same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        try:
            return a == b or _math.isclose(a, b, rel_tol=1e-7, abs_tol=${row.atol ?? 0}) or (a != a and b != b)
        except TypeError:
            return False
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return type(a) == type(b) and len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b))
    return a == b
for _arguments in _json.loads(${JSON.stringify(inputs)}):
    _expected = _reference[${JSON.stringify(row.entry_point)}](*_copy.deepcopy(_arguments))
    _got = ${row.entry_point}(*_copy.deepcopy(_arguments))
    assert _same(_got, _expected), f"{_arguments!r}: {_got!r}, expected {_expected!r}"
`;
}

function problemOf(row: Row): Problem {
  const test =
    row.test !== undefined ? `${row.test}\ncheck(${row.entry_point})\n` : differentialTest(row);
  return {
    id: row.task_id,
    aliases: [row.task_id.replace(/^HumanEval\//, '')],
    language: 'python',
    cwe: [],
    prompt: `Complete this Python function. Answer with the whole function in one code block.\n\n\`\`\`python\n${row.prompt.trimEnd()}\n\`\`\``,
    assemble: (answer) => assembleCompletion(row.prompt, row.entry_point, answer),
    judge: (program, tools) => judgeFunction(program, test, tools),
    reference: { fixed: row.canonical_solution },
  };
}

const humanEvalSuite = (name: string, about: string, files: readonly string[]): Suite => ({
  name,
  about,
  judges: 'function, by running the benchmark’s own tests in the sandbox',
  cannot: 'security: the tasks have no attacks',
  data: files[0],
  async load({ dataPath }) {
    const rows = await readRecords(name, locateData(name, dataPath, files), rowSchema);
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
