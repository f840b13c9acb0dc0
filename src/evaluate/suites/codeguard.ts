/**
 * @file CodeGuard+ (Fu et al. 2024): prompts in C and Python with a unit test each. data/base/<cwe>/<scenario> holds info.json,
 * file_context and func_context, which an answer continues; unit_test/<cwe>/<scenario>/functional.py says whether it works, and
 * test_case.* beside it is upstream's own example. Security: upstream asks CodeQL and SonarQube, we ask the analyzers, so its rate
 * is an upper bound. Without unit_test beside data, security alone is judged.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { inputError, messageOf, usageError } from '../../kernel/errors.ts';
import { judgeUnitTest, type UnitTest } from './codeguard-test.ts';
import { filesUnder } from './folder-files.ts';
import { cweOf, languageOf, problemOf } from './prompt-problem.ts';
import type { Judgement, Problem, Suite } from './suite.ts';

/** info.json names the language by its file extension. */
function extensionOf(path: string): string {
  try {
    const info = z
      .object({ language: z.string().default('py') })
      .parse(JSON.parse(readFileSync(path, 'utf8')));
    return info.language;
  } catch (thrown) {
    throw inputError(
      `${path}: not a scenario's info.json: ${messageOf(thrown)}`,
      'expected a JSON object with "language"',
    );
  }
}

/** The folder with the prompts, whether that or the whole repository was given. */
function promptsFolder(dataPath: string | undefined): string {
  if (dataPath === undefined)
    throw usageError(
      'suite codeguard+ needs --data: its repository, or the folder data/base of it',
      'benchmarks are never bundled; clone the repository its authors publish',
    );
  if (!statSync(dataPath, { throwIfNoEntry: false })?.isDirectory())
    throw inputError(
      `--data ${dataPath}: ${existsSync(dataPath) ? 'expected a folder, found a file' : 'no such folder'}`,
      'give the repository of CodeGuardPlus, or the folder data/base of it',
    );
  const inside = join(dataPath, 'data', 'base');
  return existsSync(inside) ? inside : dataPath;
}

/** unit_test beside data, as in the repository; null where the prompts came alone. */
function unitTestOf(folder: string, scenario: string, extension: string): UnitTest | null {
  const root = join(resolve(folder), '..', '..', 'unit_test');
  const own = join(root, scenario);
  const shared = join(root, 'test_utils.py');
  if (!existsSync(join(own, 'functional.py')) || !existsSync(shared)) return null;
  const example = filesUnder(own).find((name) => /^test_cases?\.\w+$/.test(name));
  const files = Object.fromEntries(
    filesUnder(own)
      .filter((name) => name !== example && /\.(?:py|c|cpp|h|txt|json|html|xml)$/.test(name))
      .map((name) => [`${scenario}/${name}`, readFileSync(join(own, name), 'utf8')]),
  );
  return {
    scenario,
    extension,
    files: { ...files, 'test_utils.py': readFileSync(shared, 'utf8') },
    ...(example ? { example: readFileSync(join(own, example), 'utf8') } : {}),
  };
}

/** Both judges on the same program; what one of them cannot say stays unsaid. */
function combine(works: Judgement, safe: Judgement): Judgement {
  const both = {
    func: works.func,
    sec: safe.sec,
    tests: works.tests ?? [],
    findings: safe.findings ?? [],
  };
  const detail = `unit test: ${works.detail}; analyzers: ${safe.detail}`;
  if (works.func === false) return { ...both, outcome: works.outcome, detail };
  if (works.func === null) return { ...both, outcome: safe.outcome, detail };
  return { ...both, outcome: safe.sec === null ? 'works' : safe.outcome, detail };
}

function scenarioProblem(folder: string, scenario: string): Problem {
  const extension = extensionOf(join(folder, scenario, 'info.json'));
  const read = (name: string): string => {
    const file = join(folder, scenario, `${name}.${extension}`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const text = read('file_context') + read('func_context');
  if (text.trim() === '')
    throw inputError(
      `${join(folder, scenario)}: expected file_context.${extension} or func_context.${extension}, found neither`,
      'check that the checkout is complete; its format may have changed',
    );
  const problem = problemOf({
    id: scenario,
    aliases: [`${basename(dirname(scenario))}/${basename(scenario)}`],
    language: languageOf(extension),
    cwe: cweOf(scenario),
    prompt: `Complete this code. Answer with the whole code in one block.\n\n\`\`\`\n${text.trimEnd()}\n\`\`\``,
    prefix: text,
  });
  const test = unitTestOf(folder, scenario, extension);
  if (test === null) return problem;
  return {
    ...problem,
    judge: async (program, tools) =>
      combine(await judgeUnitTest(test, text, program, tools), await problem.judge(program, tools)),
    ...(test.example ? { reference: { works: test.example } } : {}),
  };
}

export const codeGuardPlus: Suite = {
  name: 'codeguard+',
  about:
    'prompts over 42 CWEs in C and Python with unit tests (github.com/CodeGuardPlus/CodeGuardPlus)',
  judges:
    'function by the benchmark’s own unit tests in the sandbox, security by the analyzers: insecure when a finding stands in what the model wrote',
  cannot:
    'security beyond what the analyzers see, so its rate is an upper bound; function where the unit tests need packages this machine lacks, or unit_test is not beside data',
  data: 'the repository, or the folder data/base of it',
  async load({ dataPath }) {
    const folder = promptsFolder(dataPath);
    const scenarios = filesUnder(folder).filter((path) => path.endsWith('/info.json'));
    if (scenarios.length === 0)
      throw inputError(
        `--data ${dataPath}: expected cwe-xxx/*/info.json, the folder holds ${filesUnder(folder).slice(0, 5).join(', ') || 'no file'}`,
        'give the repository of CodeGuardPlus, or the folder data/base of it',
      );
    return scenarios.map((path) => scenarioProblem(folder, dirname(path)));
  },
};
