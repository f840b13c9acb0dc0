/** @file Training runs side by side, each in a process of its own, so that two arms share two cores instead of waiting for each other. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { Vul2SafeError } from '../../kernel/errors.ts';
import type { Progress, ProgressStage } from '../../kernel/events.ts';
import type { FromChild, ToChild } from './messages.ts';

export interface RunIo {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** Runs all jobs, at most `parallel` at a time; when one fails the others are stopped at their next step, and its error is thrown. */
export async function forkRuns(
  jobs: readonly ToChild[],
  parallel: number,
  io: RunIo,
): Promise<void> {
  const queue = new PQueue({ concurrency: parallel });
  const stop = new AbortController();
  io.signal?.addEventListener('abort', () => stop.abort());
  if (io.signal?.aborted) stop.abort();
  const failures: unknown[] = [];
  for (const job of jobs) {
    void queue.add(async () => {
      if (stop.signal.aborted) return;
      try {
        await forkOne(job, { ...io, signal: stop.signal });
      } catch (thrown) {
        failures.push(thrown);
        stop.abort();
      }
    });
  }
  await queue.onIdle();
  if (failures.length > 0) throw failures[0];
  if (io.signal?.aborted)
    throw new Vul2SafeError('interrupted', 'interrupted', {
      hint: 'run the same command again to resume',
    });
}

function forkOne(job: ToChild, io: RunIo): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const interrupt = (): void => {
      child.kill('SIGTERM');
    };
    io.signal?.addEventListener('abort', interrupt);
    let stage: ProgressStage | undefined;
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      io.signal?.removeEventListener('abort', interrupt);
      finish();
    };
    child.on('message', (message: FromChild) => {
      switch (message.kind) {
        case 'stage':
          stage = io.progress.stage(message.label, message.total, message.unit);
          break;
        case 'advance':
          stage?.advance(message.count, message.note);
          break;
        case 'finish':
          stage?.finish(message.note);
          break;
        case 'done':
          settle(resolve);
          break;
        case 'failed':
          settle(() =>
            reject(
              new Vul2SafeError(
                message.code,
                message.message,
                message.hint ? { hint: message.hint } : {},
              ),
            ),
          );
          break;
      }
    });
    child.on('error', (error) => settle(() => reject(error)));
    child.on('exit', (code, signal) =>
      settle(() =>
        reject(
          new Vul2SafeError(
            'failed',
            `a training process ended early (${signal ?? `exit ${code}`})`,
            {
              hint: 'run the same command again to resume; if it was killed for memory, use fewer runs at a time',
            },
          ),
        ),
      ),
    );
    child.send(job);
  });
}
