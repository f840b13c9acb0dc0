/**
 * @file The JavaScript sandbox: QuickJS in WebAssembly with virtual host modules. Each test sees the program loaded anew into a
 * fresh world. Contained: time (by interpreter steps, so the verdict does not depend on the machine's load; the clock as backstop),
 * memory, stack; no file, process, network or clock of the host is reachable.
 */
import type { HostWorld, TestCase } from '../../data/task.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { ProgramRun, Sandbox, TestOutcome } from '../sandbox.ts';
import { createMachine } from './machine.ts';
import type { Machine } from './machine.ts';

/** A test may leave this many timers; more is a program that will not end. */
const MOST_TURNS = 1000;

type Loaded = { readonly ok: true } | { readonly ok: false; readonly message: string };

export interface QuickJsOptions {
  /** Called before each test with its index. */
  readonly onTest?: (index: number) => void;
}

/** In the calling thread; `createWorkerSandbox` is the same in a thread of its own, with a watchdog. */
export async function createQuickJsSandbox(options: QuickJsOptions = {}): Promise<Sandbox> {
  let machine: Machine | undefined;
  let memoryMb = 0;
  return {
    name: 'quickjs',
    languages: ['javascript'],
    async run(run) {
      if (machine === undefined || memoryMb !== run.limits.memoryMb) {
        machine?.dispose();
        memoryMb = run.limits.memoryMb;
        machine = await createMachine(memoryMb);
      }
      const tests: TestOutcome[] = [];
      for (const [index, test] of run.tests.entries()) {
        options.onTest?.(index);
        try {
          const loaded = load(machine, run);
          if (!loaded.ok) return { status: 'broken', message: loaded.message };
          tests.push(judge(machine, test));
        } catch (thrown) {
          // A trap inside WebAssembly: this instance is spent.
          machine.dispose();
          machine = await createMachine(memoryMb);
          tests.push(afterTrap(thrown));
        }
      }
      if (run.tests.length > 0) return { status: 'ran', tests };
      const loaded = load(machine, run);
      return loaded.ok ? { status: 'ran', tests } : { status: 'broken', message: loaded.message };
    },
    async close() {
      machine?.dispose();
      machine = undefined;
    },
  };
}

const afterTrap = (thrown: unknown): TestOutcome =>
  /memory|grow/i.test(messageOf(thrown))
    ? { status: 'stopped', limit: 'memory' }
    : { status: 'failed', message: `the interpreter trapped: ${messageOf(thrown)}` };

/** The program in a fresh world. */
function load(machine: Machine, run: ProgramRun): Loaded {
  machine.restore();
  machine.limit(run.limits.wallMs);
  const begun = machine.ask('begin', worldText(run.world));
  if (!begun.ok) throw new Error(`the world could not be set up: ${begun.message}`);
  const result = machine.program.evalCode(run.program, 'program.js', { type: 'global' });
  if (!result.error) {
    result.value.dispose();
    return { ok: true };
  }
  const thrown = machine.program.dump(result.error) as { name?: string; message?: string } | null;
  result.error.dispose();
  if (machine.outOfTime) return { ok: false, message: 'it did not finish loading in time' };
  return {
    ok: false,
    message: `${thrown?.name ?? 'Error'}: ${thrown?.message ?? String(thrown)}`.slice(0, 300),
  };
}

/** Worlds repeat from run to run; their text is made once. */
const worldTexts = new WeakMap<HostWorld, string>();
function worldText(world: HostWorld): string {
  let text = worldTexts.get(world);
  if (text === undefined) {
    text = JSON.stringify(world);
    worldTexts.set(world, text);
  }
  return text;
}

function judge(machine: Machine, test: TestCase): TestOutcome {
  const asked = machine.ask('test', test.code);
  if (!asked.ok) return stoppedOr(machine, asked.message);
  for (let turn = 0; turn <= MOST_TURNS; turn++) {
    const jobs = machine.runtime.executePendingJobs();
    if (jobs.error) {
      jobs.error.dispose();
      if (machine.outOfTime) return { status: 'stopped', limit: 'time' };
    }
    if (machine.outOfTime) return { status: 'stopped', limit: 'time' };
    const verdict = machine.ask('verdict');
    if (!verdict.ok) return stoppedOr(machine, verdict.message);
    if (verdict.text === 'passed') return { status: 'passed' };
    if (verdict.text !== '') return stoppedOr(machine, verdict.text.replace(/^failed: /, ''));
    const turned = machine.ask('turn');
    if (!turned.ok) return stoppedOr(machine, turned.message);
    if (turned.text === 'false')
      return { status: 'failed', message: 'the test waits for something that never comes' };
  }
  return { status: 'stopped', limit: 'time' };
}

function stoppedOr(machine: Machine, message: string): TestOutcome {
  if (machine.outOfTime) return { status: 'stopped', limit: 'time' };
  // With no memory left even the error cannot be made, and null is thrown in its place.
  if (message === 'InternalError: out of memory' || (machine.memoryFull && /null$/.test(message)))
    return { status: 'stopped', limit: 'memory' };
  return { status: 'failed', message };
}
