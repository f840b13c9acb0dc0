/**
 * @file One CodeGuard+ unit test in the sandbox: functional.py tests every program of a folder and writes what works into the
 * stat.json beside it. The tree stands where the tests expect it (~/codeguardplus_eval). Of the package func_timeout, one function
 * is ours, so that machines need not have it.
 */
import { randomBytes } from 'node:crypto';
import { probeBubblewrap } from '../../sandbox/bubblewrap/probe.ts';
import { defaultEnvironment } from '../../sandbox/bubblewrap/surroundings.ts';
import type { Judgement } from './suite.ts';
import type { SuiteTools } from './tools.ts';

export interface UnitTest {
  /** e.g. cwe-022/2-py */
  readonly scenario: string;
  readonly extension: string;
  /** Path below unit_test/ -> text. */
  readonly files: Readonly<Record<string, string>>;
  /** Upstream's own example of an answer. */
  readonly example?: string;
}

const WALL_MS = 20_000;
const MEMORY_MB = 1024;
const TREE = 'codeguardplus_eval/unit_test';

/** As the package does it, by a signal: its exception is no Exception, so that programs do not catch it by accident. */
const FUNC_TIMEOUT_SHIM = `
import signal

class FunctionTimedOut(BaseException): pass

def func_timeout(timeout, func, args=(), kwargs=None):
    def late(number, frame):
        raise FunctionTimedOut('timed out after %s seconds' % timeout)
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        return func(*args, **(kwargs or {}))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
`;

const notJudged = (detail: string): Judgement => ({
  func: null,
  sec: null,
  outcome: 'not-judged',
  detail,
});

/** given: the prompt's own code, to tell a package it needs from one the answer invented. */
export async function judgeUnitTest(
  test: UnitTest,
  given: string,
  program: string,
  tools: SuiteTools,
): Promise<Judgement> {
  const own = Object.values(test.files).join('\n');
  // An empty list of users would make such a test pass whatever the program prints.
  if (/["']getent["']/.test(own))
    return notJudged(
      'the unit test asks the system for its users, which the sandbox does not have',
    );
  const probe = probeBubblewrap();
  const python = probe.available ? probe.tools.python : 'python3';
  const marker = randomBytes(12).toString('hex');
  const name = `program.${test.extension}`;
  const files = Object.entries(test.files).map(([path, text]) => [`${TREE}/${path}`, text]);
  const { report, output } = await tools.bubblewrap().runJob({
    files: {
      ...Object.fromEntries(files),
      [`${TREE}/func_timeout.py`]: FUNC_TIMEOUT_SHIM,
      [`answers/code/${name}`]: program,
      'answers/stat.json': JSON.stringify({ [name]: {} }),
    },
    commands: [
      [python, '-B', `/tmp/${TREE}/${test.scenario}/functional.py`, '--path', '/tmp/answers/code'],
      [
        python,
        '-c',
        `print(); print('${marker}' + open('/tmp/answers/stat.json').read().replace(chr(10), ' '))`,
      ],
    ],
    // functional.py imports func_timeout before it adds unit_test/ to its path.
    environment: defaultEnvironment({ PYTHONPATH: `/tmp/${TREE}` }),
    wallMs: WALL_MS,
    memoryMb: MEMORY_MB,
  });
  const lacking = lackingPackage(output, `${own}\n${given}`);
  if (lacking) return notJudged(lacking);
  const line = output.split('\n').find((text) => text.startsWith(marker));
  const works = line === undefined ? undefined : verdictIn(line.slice(marker.length), name);
  if (works === undefined) {
    if (report.kind === 'stopped')
      return {
        func: false,
        sec: null,
        outcome: `stopped:${report.limit}`,
        detail: `stopped by the ${report.limit} limit`,
      };
    return notJudged(`the unit test gave no verdict: ${output.trim().split('\n').pop() ?? ''}`);
  }
  const said = output.split('\n').find((text) => /^(?:Fail|program: Fail)/.test(text));
  return {
    func: works,
    sec: null,
    outcome: works ? 'works' : 'wrong',
    detail: works ? 'passed' : (said?.slice(0, 300) ?? 'failed'),
    tests: [{ name: 'functional', passed: works, detail: works ? '' : (said ?? '') }],
  };
}

function verdictIn(text: string, name: string): boolean | undefined {
  try {
    const works = JSON.parse(text)?.[name]?.functional;
    return typeof works === 'boolean' ? works : undefined;
  } catch {
    return undefined; // the program wrote into the file
  }
}

/** A package that the unit test or the prompt needs and this machine lacks: the program is not to blame. */
function lackingPackage(output: string, own: string): string | null {
  const python = /No module named '(\w+)/.exec(output)?.[1];
  if (python && new RegExp(`\\b(?:import|from)\\s+${python}\\b|patch\\(['"]${python}\\b`).test(own))
    return `the unit test needs the Python package ${python}, which is not installed`;
  return null;
}
