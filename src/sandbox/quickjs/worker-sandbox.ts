/**
 * @file The QuickJS sandbox in a worker thread with a watchdog. Inside QuickJS some built-in loops (`indexOf` over an array that claims
 * 2^53 elements) never look at the clock; in the same thread they would hang the whole process. Here a worker that stops moving is
 * terminated and replaced; the test it hung in counts as stopped by time, the others are run again.
 * Needs compiled JavaScript (or a Node that runs TypeScript), since a worker has no loader of its own.
 */
import { Worker } from 'node:worker_threads';
import { Vul2SafeError } from '../../kernel/errors.ts';
import type { ProgramOutcome, ProgramRun, Sandbox, TestOutcome } from '../sandbox.ts';
import type { WorkerReply, WorkerRequest } from './worker-entry.ts';

/** More than the sandbox's own backstop for one test, so that it acts first where it can. */
const stuckAfterMs = (run: ProgramRun): number => 12 * run.limits.wallMs + 2500;
const START_MS = 20_000;

interface Pending {
  readonly run: ProgramRun;
  readonly resolve: (outcome: ProgramOutcome | { readonly hungAt: number }) => void;
  readonly reject: (error: unknown) => void;
}

/** True where this file's neighbour can be started as a worker. */
export const workersRunHere = (): boolean =>
  import.meta.url.endsWith('.js') || 'typescript' in process.features;

export function createWorkerSandbox(): Sandbox {
  const entry = new URL(
    import.meta.url.endsWith('.js') ? './worker-entry.js' : './worker-entry.ts',
    import.meta.url,
  );
  let worker: Worker | undefined;
  let progress = new Int32Array(new SharedArrayBuffer(8));
  let watchdog: NodeJS.Timeout | undefined;
  let nextId = 0;
  const pending = new Map<number, Pending>();

  const stop = async (): Promise<void> => {
    clearInterval(watchdog);
    watchdog = undefined;
    const ended = worker?.terminate();
    worker = undefined;
    await ended;
  };
  /** The run being worked on hung; those behind it go to the next worker. */
  const replace = async (hungAt: number): Promise<void> => {
    await stop();
    const [hung, ...waiting] = [...pending.entries()];
    if (!hung) return;
    pending.delete(hung[0]);
    for (const [id, { run }] of waiting) start().postMessage({ id, run } satisfies WorkerRequest);
    hung[1].resolve({ hungAt });
  };
  const watch = (): void => {
    let seen = -1;
    let sinceMs = performance.now();
    watchdog = setInterval(() => {
      const now = Atomics.load(progress, 0);
      const [first] = pending.values();
      if (now !== seen || first === undefined) {
        seen = now;
        sinceMs = performance.now();
        return;
      }
      const patienceMs = stuckAfterMs(first.run) + (now === 0 ? START_MS : 0);
      if (performance.now() - sinceMs > patienceMs) void replace(Atomics.load(progress, 1));
    }, 100);
    watchdog.unref();
  };
  const start = (): Worker => {
    if (worker) return worker;
    progress = new Int32Array(new SharedArrayBuffer(8));
    const made = new Worker(entry, {
      workerData: { progress },
      env: {},
      resourceLimits: { stackSizeMb: 4 },
    });
    made.on('message', (reply: WorkerReply) => {
      const waiting = pending.get(reply.id);
      pending.delete(reply.id);
      if (pending.size === 0) made.unref();
      if ('outcome' in reply) waiting?.resolve(reply.outcome);
      else waiting?.reject(new Vul2SafeError('failed', `the sandbox failed: ${reply.error}`));
    });
    made.on('error', (error) => {
      if (worker !== made) return;
      void stop();
      for (const waiting of pending.values()) waiting.reject(error);
      pending.clear();
    });
    worker = made;
    watch();
    return made;
  };
  const once = (run: ProgramRun): Promise<ProgramOutcome | { readonly hungAt: number }> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      pending.set(id, { run, resolve, reject });
      const running = start();
      running.ref();
      running.postMessage({ id, run } satisfies WorkerRequest);
    });

  const run = async (wanted: ProgramRun): Promise<ProgramOutcome> => {
    const outcome = await once(wanted);
    if (!('hungAt' in outcome)) return outcome;
    const rest = wanted.tests.filter((_, index) => index !== outcome.hungAt);
    const stopped: TestOutcome = { status: 'stopped', limit: 'time' };
    if (rest.length === 0) return { status: 'ran', tests: wanted.tests.map(() => stopped) };
    const others = await run({ ...wanted, tests: rest });
    if (others.status === 'broken') return others;
    const tests = [...others.tests];
    tests.splice(outcome.hungAt, 0, stopped);
    return { status: 'ran', tests };
  };
  return { name: 'quickjs', languages: ['javascript'], run, close: stop };
}
