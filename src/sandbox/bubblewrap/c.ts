/**
 * @file C and C++ in bubblewrap: compiled inside it (a compiler reading hostile source is itself at risk), with
 * AddressSanitizer and UndefinedBehaviorSanitizer where they link. -O0, because optimisation removes the very bugs we
 * look for. Leak checking is off: it needs ptrace, which the sandbox forbids, and a leak is no exploit.
 */
import type { ProgramOutcome, ProgramRun, TestOutcome } from '../sandbox.ts';
import type { JobResult, SandboxJob } from './job.ts';
import type { BubblewrapTools } from './tools.ts';
import { defaultEnvironment, worldFiles } from './surroundings.ts';

type RunJob = (
  job: Partial<SandboxJob> & Pick<SandboxJob, 'wallMs' | 'memoryMb'>,
) => Promise<JobResult>;

const COMPILE_WALL_MS = 30_000;
const COMPILE_MEMORY_MB = 1024;
const SANITIZERS = [
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
  '-fno-omit-frame-pointer',
];
const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  11: 'SIGSEGV',
};

const sanitizerEnvironment = (memoryMb: number): Record<string, string> => ({
  ASAN_OPTIONS: `detect_leaks=0:exitcode=86:abort_on_error=0:allocator_may_return_null=1:hard_rss_limit_mb=${memoryMb}:symbolize=0:detect_stack_use_after_return=1`,
  UBSAN_OPTIONS: 'exitcode=87:print_stacktrace=0:symbolize=0',
});

/** null where there is no compiler in /usr. */
export function createCRunner(
  tools: BubblewrapTools,
  runJob: RunJob,
): ((run: ProgramRun) => Promise<ProgramOutcome>) | null {
  const compiler = tools.gcc ?? tools.clang;
  if (compiler === null) return null;
  let sanitizers: Promise<readonly string[]> | undefined;

  const compileCommand = (
    cpp: boolean,
    flags: readonly string[],
    input: string,
    output: string,
  ): string[] => [
    compiler,
    ...flags,
    '-O0',
    '-g',
    '-w',
    cpp ? '-xc++' : '-xc',
    input,
    '-o',
    output,
    ...(cpp ? ['-lstdc++'] : []),
    '-lm',
    '-lpthread',
  ];

  /** Sanitizers are a package of their own on some systems: found out by linking once. */
  const probeSanitizers = async (): Promise<readonly string[]> => {
    const { report } = await runJob({
      files: { 'probe.c': 'int main(void) { return 0; }\n' },
      commands: [compileCommand(false, SANITIZERS, 'probe.c', 'probe'), ['./probe']],
      environment: defaultEnvironment(sanitizerEnvironment(512)),
      wallMs: COMPILE_WALL_MS,
      memoryMb: COMPILE_MEMORY_MB,
    });
    return report.kind === 'exit' && report.code === 0 ? SANITIZERS : [];
  };

  return async (run) => {
    sanitizers ??= probeSanitizers();
    const flags = await sanitizers;
    const cpp = run.language === 'cpp';
    const extension = cpp ? 'cpp' : 'c';
    const files = worldFiles(run);
    const environment = defaultEnvironment({
      ...run.world.environment,
      ...sanitizerEnvironment(run.limits.memoryMb),
    });
    const alone = await runJob({
      files: { ...files, [`program.${extension}`]: run.program },
      commands: [[compiler, '-fsyntax-only', '-w', cpp ? '-xc++' : '-xc', `program.${extension}`]],
      environment,
      wallMs: COMPILE_WALL_MS,
      memoryMb: COMPILE_MEMORY_MB,
    });
    if (alone.report.kind !== 'exit' || alone.report.code !== 0)
      return { status: 'broken', message: `does not compile: ${firstError(alone)}` };

    const tests = await Promise.all(
      run.tests.map(async (test): Promise<TestOutcome> => {
        const source = `${run.program}\n#line 1 "test.${extension}"\n${test.code}\n`;
        const result = await runJob({
          files: { ...files, [`both.${extension}`]: source },
          commands: [compileCommand(cpp, flags, `both.${extension}`, 'both'), ['./both']],
          environment,
          wallMs: Math.max(run.limits.wallMs, 1000),
          memoryMb: Math.max(run.limits.memoryMb, 256),
          addressSpaceMb: flags.length > 0 ? 0 : run.limits.memoryMb + 64,
        });
        return judge(result);
      }),
    );
    return { status: 'ran', tests };
  };
}

function judge(result: JobResult): TestOutcome {
  const { report } = result;
  if (report.kind === 'stopped') return { status: 'stopped', limit: report.limit };
  if (report.kind === 'exit' && report.command === 1 && report.code === 0)
    return { status: 'passed' };
  if (/hard rss limit exhausted|out-of-memory|requested allocation size/i.test(result.output))
    return { status: 'stopped', limit: 'memory' };
  if (report.kind === 'signal') {
    if (report.signal === 25) return { status: 'stopped', limit: 'output' };
    if (report.signal === 24) return { status: 'stopped', limit: 'time' };
    const name = SIGNALS[report.signal] ?? `signal ${report.signal}`;
    return { status: 'failed', message: `${name}${sanitizerLine(result)}` };
  }
  if (report.kind === 'exit' && report.command === 0)
    return { status: 'failed', message: `does not fit the test: ${firstError(result)}` };
  if (report.kind === 'exit')
    return { status: 'failed', message: `exit status ${report.code}${sanitizerLine(result)}` };
  return { status: 'failed', message: report.kind === 'failed' ? report.message : report.kind };
}

const sanitizerLine = ({ output }: JobResult): string => {
  const line = /(?:ERROR: AddressSanitizer: [^\n]*?(?= on | \(|\n|$)|runtime error: [^\n]*)/.exec(
    output,
  );
  return line ? `: ${line[0].slice(0, 300)}` : '';
};

const firstError = ({ output, report }: JobResult): string =>
  /error: [^\n]*/.exec(output)?.[0].slice(0, 300) ??
  (report.kind === 'stopped'
    ? `the compiler was stopped: ${report.limit}`
    : 'the compiler gave no reason');
