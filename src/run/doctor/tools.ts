/**
 * @file Programs beside Node: external analyzers, Python, git. None is required; each says what it would add. Versions
 * are asked of the programs themselves, since being on PATH is not the same as working.
 */
import { linterFor } from '../../analyzers/lint/available.ts';
import { type Check, type CheckArea, type ProbeMeans, versionIn } from './check.ts';

interface Tool {
  readonly name: string;
  readonly area: CheckArea;
  readonly adds: string;
  readonly install: string;
}

const debian = (name: string): string =>
  `Debian/Ubuntu: apt install ${name}; Fedora: dnf install ${name}; macOS: brew install ${name}`;

const TOOLS: readonly Tool[] = [
  {
    name: 'cppcheck',
    area: 'analyzers',
    adds: 'C and C++ findings with CWE ids: overflows, leaks, null dereferences',
    install: debian('cppcheck'),
  },
  {
    name: 'gcc',
    area: 'analyzers',
    adds: '-fanalyzer on C that compiles, and compiling C tasks for execution in the sandbox',
    install: debian('gcc'),
  },
  {
    name: 'clang',
    area: 'analyzers',
    adds: 'the clang static analyzer on C that compiles, and sanitizers for C tasks',
    install: debian('clang'),
  },
  {
    name: 'flawfinder',
    area: 'analyzers',
    adds: 'risky C calls by name, with CWE ids; many false alarms',
    install: 'pip install flawfinder, or apt install flawfinder',
  },
  {
    name: 'bandit',
    area: 'analyzers',
    adds: 'Python findings; most of its rules already run in process through ruff',
    install: 'pip install bandit (the npm package of that name is something else)',
  },
  {
    name: 'git',
    area: 'optional',
    adds: 'import of functions before and after a fix from a repository',
    install: debian('git'),
  },
];

export async function toolChecks(means: ProbeMeans): Promise<Check[]> {
  return Promise.all(TOOLS.map((tool) => checkTool(tool, means)));
}

async function checkTool(tool: Tool, means: ProbeMeans): Promise<Check> {
  const { name, area, adds, install } = tool;
  const path = means.findTool(name);
  if (path === null) return { area, name, status: 'missing', detail: 'not on PATH', adds, install };
  const { status, output } = await means.runTool(path, ['--version']);
  if (status !== 0) {
    const reason = output.trim().split('\n')[0] || `exit status ${status}`;
    return { area, name, status: 'limited', detail: `${path} fails: ${reason}`, adds, install };
  }
  const version = versionIn(output) ?? 'unknown version';
  return { area, name, status: 'ready', detail: `${version}, ${path}`, adds };
}

/** Resolved from the working folder, as the analyzer and the linter do. */
export async function eslintCheck(): Promise<Check> {
  const about = {
    area: 'analyzers',
    name: 'eslint (JavaScript)',
    adds: 'lint of JavaScript in evaluations, and with eslint-plugin-security its findings',
  } as const;
  const install =
    'npm install -D eslint eslint-plugin-security in the folder you work in (or set VUL2SAFE_ESLINT_PROJECT)';
  const { linter } = await linterFor('javascript');
  return linter
    ? { ...about, status: 'ready', detail: linter.name }
    : { ...about, status: 'missing', detail: 'not in the working folder', install };
}

/** Python is looked into: with torch and transformers in it, the engine's speed can be compared side by side. */
export async function pythonCheck(means: ProbeMeans): Promise<Check> {
  const about = { area: 'optional', name: 'python3 with torch and transformers' } as const;
  const adds = 'npm run bench:engine compares the embedded engine with them side by side';
  const install = 'pip install torch transformers (only for that comparison)';
  const path = means.environment.VUL2SAFE_PYTHON ?? means.findTool('python3');
  if (!path) return { ...about, status: 'missing', detail: 'no python3 on PATH', adds, install };
  const program =
    'import sys, importlib.metadata as m\n' +
    'print(sys.version.split()[0])\n' +
    'for n in ("torch", "transformers"):\n' +
    '  try: print(n, m.version(n))\n' +
    '  except m.PackageNotFoundError: print(n, "absent")';
  const { status, output } = await means.runTool(path, ['-I', '-c', program]);
  const [version = '', ...packages] = output.trim().split('\n');
  if (status !== 0)
    return { ...about, status: 'missing', detail: `${path} fails: ${version}`, adds, install };
  const absent = packages.filter((line) => line.endsWith(' absent'));
  const detail = `python ${version}, ${packages.join(', ')}`;
  return absent.length === 0
    ? { ...about, status: 'ready', detail, adds }
    : { ...about, status: 'limited', detail, adds, install };
}

const KEYS: readonly (readonly [string, string])[] = [
  ['OPENAI_API_KEY', 'the OpenAI API as teacher'],
  ['ANTHROPIC_API_KEY', 'the Anthropic API as teacher'],
  ['OPENROUTER_API_KEY', 'models behind OpenRouter as teacher'],
  ['TINKER_API_KEY', 'training on the hosted Tinker service'],
];

/** Whether keys are set; never what they are. */
export function keyChecks({ environment }: ProbeMeans): Check[] {
  const keys = KEYS.map(([name, adds]): Check => {
    const set = (environment[name] ?? '') !== '';
    const about = { area: 'teachers', name, adds } as const;
    return set
      ? { ...about, status: 'ready', detail: 'set' }
      : { ...about, status: 'missing', detail: 'not set', install: `export ${name}=...` };
  });
  const offline: Check = {
    area: 'teachers',
    name: 'offline',
    status: 'ready',
    detail: 'embedded rules and rewrites, no model',
    adds: 'Vul2Safe without any server; weaker than a model, and recorded as such',
  };
  return [offline, ...keys];
}
