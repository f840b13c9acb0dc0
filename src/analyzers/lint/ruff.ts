/**
 * @file ruff's rules on correctness and clarity, in process through WebAssembly; the same set whatever project it runs in. Taken:
 * Pyflakes, pycodestyle's statement rules, bugbear, comprehensions, pie, return, simplify, perflint, builtins, unused arguments
 * and Pylint's. Left out: layout (models are not judged by white space), security (the analyzers count it), imports that
 * are repeated or late (assembling a program from prompt and answer causes them), magic values, and what depends on the Python version.
 */
import { z } from 'zod';
import type { Linter } from './linter.ts';

const SELECT = [
  ...[
    'F',
    'E401',
    'E71',
    'E72',
    'E73',
    'E74',
    'E9',
    'W605',
    'A',
    'ARG',
    'B',
    'C4',
    'PERF',
    'PIE',
    'RET',
    'SIM',
  ],
  ...['PLC', 'PLE', 'PLR1', 'PLR5', 'PLW'],
];
const IGNORE = ['F811', 'PLC0415', 'B905'];

const diagnosticsSchema = z.array(
  z.object({
    code: z.string().nullable(),
    message: z.string(),
    start_location: z.object({ row: z.number() }),
  }),
);

/** null where the package is not installed. */
export async function createRuffLinter(): Promise<Linter | null> {
  const ruff = await import('@astral-sh/ruff-wasm-nodejs').catch(() => null);
  if (!ruff) return null;
  const workspace = new ruff.Workspace(
    { lint: { select: SELECT, ignore: IGNORE } },
    ruff.PositionEncoding.Utf16,
  );
  return {
    name: `ruff ${ruff.Workspace.version()}`,
    languages: ['python'],
    lint(code) {
      const diagnostics = diagnosticsSchema.parse(workspace.check(withoutNoqa(code)));
      const broken = diagnostics.find((one) => one.code === null || one.code === 'invalid-syntax');
      if (broken) return `does not parse: ${broken.message}`;
      return diagnostics
        .map((one) => ({
          rule: one.code!,
          line: one.start_location.row,
          message: one.message,
        }))
        .sort((a, b) => a.line - b.line);
    },
  };
}

/** Comments that switch ruff off lose that meaning; a name spelt so is changed everywhere alike. */
const withoutNoqa = (code: string): string => code.replace(/noqa/gi, 'n_qa');
