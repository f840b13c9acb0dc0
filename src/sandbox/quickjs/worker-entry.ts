/** @file Runs in a worker thread: a QuickJS sandbox that takes runs as messages and says in shared memory which test it is at. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../kernel/errors.ts';
import type { ProgramOutcome, ProgramRun } from '../sandbox.ts';
import { createQuickJsSandbox } from './quickjs-sandbox.ts';

export interface WorkerRequest {
  readonly id: number;
  readonly run: ProgramRun;
}

export type WorkerReply =
  | { readonly id: number; readonly outcome: ProgramOutcome }
  | { readonly id: number; readonly error: string };

const { progress } = workerData as { readonly progress: Int32Array };
const sandbox = await createQuickJsSandbox({
  // [0] counts steps, so that a watchdog sees whether anything moves; [1] is the test at hand.
  onTest: (index) => {
    Atomics.add(progress, 0, 1);
    Atomics.store(progress, 1, index);
  },
});

parentPort?.on('message', async ({ id, run }: WorkerRequest) => {
  Atomics.add(progress, 0, 1);
  let reply: WorkerReply;
  try {
    reply = { id, outcome: await sandbox.run(run) };
  } catch (thrown) {
    reply = { id, error: messageOf(thrown) };
  }
  parentPort?.postMessage(reply);
});
