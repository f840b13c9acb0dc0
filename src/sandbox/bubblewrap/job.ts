/**
 * @file One job in a fresh bubblewrap: taken from the warm pool, fed on stdin, watched from outside, and gone without a trace.
 * Two guards end it: the supervisor inside keeps the exact limits; this side keeps the output limit and, two seconds
 * later than the supervisor should have, the wall limit, whatever the program did to the supervisor.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vul2SafeError } from '../../kernel/errors.ts';
import { bubblewrapArguments } from './command-line.ts';
import type { BubblewrapTools } from './tools.ts';
import { seccompFilter } from './seccomp.ts';
import { REPORT_DESCRIPTOR, REPORT_SEPARATOR, SUPERVISOR } from './supervisor.ts';
import { createWarmPool } from './warm-pool.ts';

/** What the supervisor is told; names as in supervisor.ts. */
export interface SandboxJob {
  /** Path under /tmp -> text. */
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Run one after the other until one fails; empty = run `program` and then `test` as Python. */
  readonly commands: readonly (readonly string[])[];
  readonly program: string;
  readonly test: string;
  /** Where imports are looked for; empty = the standard library alone. */
  readonly importPath: readonly string[];
  /** Processor time of one process; three times that on the wall clock. */
  readonly wallMs: number;
  readonly memoryMb: number;
  /** 0 = unlimited, for programs that reserve more than they use (AddressSanitizer, Node); total memory is watched anyway. */
  readonly addressSpaceMb: number;
  readonly processes: number;
  readonly fileMb: number;
  readonly outputBytes: number;
}

export type JobReport =
  | { readonly kind: 'passed' }
  /** Python: `load` before the test began, `test` after. */
  | { readonly kind: 'failed'; readonly phase: 'load' | 'test'; readonly message: string }
  /** Commands: which one ended with what. */
  | { readonly kind: 'exit'; readonly command: number; readonly code: number }
  | { readonly kind: 'signal'; readonly command: number; readonly signal: number }
  | {
      readonly kind: 'stopped';
      readonly phase: string;
      readonly limit: 'time' | 'memory' | 'output' | 'processes';
    };

export interface JobResult {
  readonly report: JobReport;
  /** What the program printed (stdout and stderr in order), cut to the last 64 KiB. */
  readonly output: string;
}

/** The wall limit as a multiple of the processor-time limit; as in supervisor.ts. */
const WALL_FACTOR = 3;
const GRACE_MS = 2000;
const KEPT_OUTPUT_BYTES = 64 * 1024;
/** Compiling or a busy machine may be slow before the supervisor is ready; this only bounds a dead start. */
const START_MS = 30_000;

export interface JobRunner {
  run(job: SandboxJob, commandCount?: number): Promise<JobResult>;
  close(): void;
}

/** `warm`: how many sandboxes are kept started ahead of their jobs. */
export function createJobRunner(tools: BubblewrapTools, warm: number): JobRunner {
  const folder = mkdtempSync(join(tmpdir(), 'vul2safe-sandbox-'));
  const filter = seccompFilter();
  const filterPath = join(folder, 'seccomp.bpf');
  if (filter) writeFileSync(filterPath, filter);
  const supervisor = compiled(tools.python, SUPERVISOR);
  const [command, ...rest] = [
    ...bubblewrapArguments(tools, filter !== null),
    tools.python,
    '-I',
    '-S',
    '-B',
    '-c',
    `import marshal, sys; exec(marshal.loads(sys.stdin.buffer.read(${supervisor.length})))`,
  ];
  const pool = createWarmPool(command!, rest, supervisor, filter ? filterPath : null, warm);
  return {
    run: (job) => runJob(pool.take(), job),
    close() {
      pool.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Compiling the supervisor takes longer than what it does, so it is compiled once by the Python that will run it. */
function compiled(python: string, source: string): Buffer {
  const program =
    'import marshal, sys; sys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.buffer.read(), "supervisor", "exec")))';
  const done = spawnSync(python, ['-I', '-S', '-c', program], { input: source, timeout: 30_000 });
  if (done.status !== 0 || done.stdout.length === 0)
    throw new Vul2SafeError('failed', `${python} could not compile the supervisor`, {
      hint: 'run "vul2safe doctor" to see what this machine can do',
    });
  return done.stdout;
}

const TICK_MS = 250;

/** Time as ticks this process was awake for, as the supervisor counts it: a machine that stood still has not used them. */
function createWatch(onEnd: () => void): { restart(ms: number): void; stop(): void } {
  let left = 0;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearInterval(timer);
  return {
    restart(ms) {
      stop();
      left = Math.ceil(ms / TICK_MS);
      timer = setInterval(() => {
        left--;
        if (left > 0) return;
        stop();
        onEnd();
      }, TICK_MS);
    },
    stop,
  };
}

function runJob(child: ChildProcess, job: SandboxJob): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    let reports = '';
    let errors = '';
    let printedBytes = 0;
    let kept: Buffer[] = [];
    let keptBytes = 0;
    let outside: 'time' | 'output' | null = null;
    const end = (reason: 'time' | 'output'): void => {
      outside ??= reason;
      child.kill('SIGKILL'); // die-with-parent and the pid namespace take everything else along
    };
    const rounds = Math.max(1, job.commands.length);
    const watch = createWatch(() => end('time'));
    watch.restart(START_MS);

    child.stdio[REPORT_DESCRIPTOR]!.on('data', (chunk: Buffer) => {
      const first = reports === '';
      if (reports.length < 16_384) reports += chunk.toString('utf8');
      if (!first) return;
      watch.restart(WALL_FACTOR * job.wallMs * rounds + GRACE_MS);
    });
    child.stdout!.on('data', (chunk: Buffer) => {
      printedBytes += chunk.length;
      kept.push(chunk);
      keptBytes += chunk.length;
      if (keptBytes > 4 * KEPT_OUTPUT_BYTES) {
        kept = [Buffer.concat(kept).subarray(-KEPT_OUTPUT_BYTES)];
        keptBytes = KEPT_OUTPUT_BYTES;
      }
      if (printedBytes > job.outputBytes) end('output');
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      if (errors.length < 8192) errors += chunk.toString('utf8');
    });
    child.on('error', (error) => {
      watch.stop();
      reject(
        new Vul2SafeError('failed', `the sandbox did not start: ${error.message}`, {
          cause: error,
        }),
      );
    });
    child.on('close', () => {
      watch.stop();
      const lines = reports.split('\n').filter((line) => line !== '');
      const output = Buffer.concat(kept).subarray(-KEPT_OUTPUT_BYTES).toString('utf8');
      if (lines[0] !== 'ready') {
        const why = errors.trim().split('\n').pop() || 'it ended without a word';
        reject(
          new Vul2SafeError('failed', `the sandbox did not start: ${why}`, {
            hint: 'run "vul2safe doctor" to see what this machine can do',
          }),
        );
        return;
      }
      if (outside) resolve({ report: { kind: 'stopped', phase: 'test', limit: outside }, output });
      else resolve({ report: parseReport(lines[1]), output });
    });
    child.stdin!.end(JSON.stringify(job));
  });
}

function parseReport(line: string | undefined): JobReport {
  const [kind, second = '', third = ''] = (line ?? '').split(REPORT_SEPARATOR);
  switch (kind) {
    case 'passed':
      return { kind };
    case 'failed':
      return { kind, phase: second === 'load' ? 'load' : 'test', message: third };
    case 'stopped':
      return {
        kind,
        phase: second,
        limit: third === 'memory' || third === 'output' || third === 'processes' ? third : 'time',
      };
    case 'exit':
      return { kind, command: Number(second), code: Number(third) };
    case 'signal':
      return { kind, command: Number(second), signal: Number(third) };
    default:
      // Only the program itself can have ended the supervisor, or written over its reports.
      return { kind: 'failed', phase: 'test', message: 'the program ended its supervisor' };
  }
}
