/**
 * @file Bubblewrap behind the Sandbox port, for Python and C. Every test runs in a sandbox of its own, so nothing of one program
 * can reach the next; several run at once, and the next ones are started ahead.
 * Python: the test's code runs after the program in its namespace; an exception fails it. C: program and test are compiled
 * together with AddressSanitizer and UndefinedBehaviorSanitizer at -O0; exit status 0 passes.
 */
import { cpus } from 'node:os';
import PQueue from 'p-queue';
import { inputError, missingError } from '../../kernel/errors.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { ProgramOutcome, ProgramRun, Sandbox, TestOutcome } from '../sandbox.ts';
import { createCRunner } from './c.ts';
import { createJobRunner } from './job.ts';
import type { JobResult, SandboxJob } from './job.ts';
import { probeBubblewrap } from './probe.ts';
import { defaultEnvironment, worldFiles } from './surroundings.ts';

export interface BubblewrapOptions {
  /** Programs at once; default twice the cores. */
  readonly concurrency?: number;
  /** Let Python see the machine's installed packages; default false. */
  readonly sitePackages?: boolean;
}

export interface BubblewrapSandbox extends Sandbox {
  /** Files and commands of any kind, for benchmarks that bring their own test programs. */
  runJob(job: Partial<SandboxJob> & Pick<SandboxJob, 'wallMs' | 'memoryMb'>): Promise<JobResult>;
}

const OUTPUT_BYTES = 1024 * 1024;

/** Throws a "missing" error with what to install where bubblewrap cannot run. */
export function createBubblewrapSandbox(options: BubblewrapOptions = {}): BubblewrapSandbox {
  const probe = probeBubblewrap();
  if (!probe.available)
    throw missingError(`Python and C programs cannot be run: ${probe.reason}`, probe.hint);
  const { tools } = probe;
  const concurrency = options.concurrency ?? 2 * cpus().length;
  const runner = createJobRunner(tools, Math.min(concurrency, cpus().length));
  const queue = new PQueue({ concurrency });

  const runJob: BubblewrapSandbox['runJob'] = async (job) =>
    queue.add(() =>
      runner.run({
        files: {},
        environment: defaultEnvironment(),
        commands: [],
        program: '',
        test: '',
        importPath: options.sitePackages ? tools.pythonPath : [],
        addressSpaceMb: (job.commands?.length ?? 0) > 0 ? 0 : job.memoryMb + 192,
        processes: 32,
        fileMb: 16,
        outputBytes: OUTPUT_BYTES,
        ...job,
      }),
    );
  const runC = createCRunner(tools, runJob);
  const languages: Language[] = ['python', ...(runC === null ? [] : (['c', 'cpp'] as const))];

  return {
    name: 'bubblewrap',
    languages,
    runJob,
    async run(run) {
      refuseVirtualWorld(run);
      if (run.language === 'python') return runPython(run, runJob);
      if ((run.language === 'c' || run.language === 'cpp') && runC !== null) return runC(run);
      throw missingError(
        `bubblewrap here runs ${languages.join(', ')}, not ${run.language}`,
        run.language === 'c' || run.language === 'cpp'
          ? 'install gcc or clang'
          : 'use the sandbox of that language',
      );
    },
    async close() {
      await queue.onIdle();
      runner.close();
    },
  };
}

/** Tables and web routes exist only in the QuickJS world; leaving them out would judge a different program. */
function refuseVirtualWorld(run: ProgramRun): void {
  const absent = (['tables', 'routes'] as const).filter(
    (part) => Object.keys(run.world[part] ?? {}).length > 0,
  );
  if (absent.length > 0)
    throw inputError(
      `a ${run.language} task asks for virtual ${absent.join(' and ')}, which only JavaScript tasks have`,
      'describe the world of Python and C tasks by files and environment',
    );
}

async function runPython(
  run: ProgramRun,
  runJob: BubblewrapSandbox['runJob'],
): Promise<ProgramOutcome> {
  const results = await Promise.all(
    (run.tests.length > 0 ? run.tests : [{ name: 'loads', code: '' }]).map((test) =>
      runJob({
        program: run.program,
        test: test.code,
        files: worldFiles(run),
        environment: defaultEnvironment(run.world.environment),
        wallMs: run.limits.wallMs,
        memoryMb: run.limits.memoryMb,
      }),
    ),
  );
  const broken = results.find(
    ({ report }) =>
      (report.kind === 'failed' || report.kind === 'stopped') && report.phase === 'load',
  );
  if (broken) return { status: 'broken', message: messageOfReport(broken) };
  if (run.tests.length === 0) return { status: 'ran', tests: [] };
  return { status: 'ran', tests: results.map(testOutcome) };
}

const messageOfReport = ({ report }: JobResult): string =>
  report.kind === 'failed'
    ? report.message
    : report.kind === 'stopped'
      ? `stopped while loading: ${report.limit}`
      : report.kind;

function testOutcome({ report }: JobResult): TestOutcome {
  if (report.kind === 'passed') return { status: 'passed' };
  if (report.kind === 'stopped') return { status: 'stopped', limit: report.limit };
  return { status: 'failed', message: messageOfReport({ report, output: '' }) };
}
