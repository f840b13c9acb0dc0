/**
 * @file Sandboxes started before they are needed. Starting one costs about 20 ms of which more than half is waiting for the
 * kernel, so the next few are started while the present ones work. A sandbox still serves one job only and is never
 * used again: what is warm is the start, not the state.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { UNPRIVILEGED } from './command-line.ts';

export interface WarmPool {
  /** A started sandbox that waits for its job on stdin; it belongs to the caller. */
  take(): ChildProcess;
  /** Ends the sandboxes nobody took. */
  close(): void;
}

/** `filterPath`: the system-call filter, opened for each sandbox as descriptor 4. */
export function createWarmPool(
  command: string,
  args: readonly string[],
  /** Written to stdin at the start, so that it is read while the sandbox waits. */
  preamble: Uint8Array,
  filterPath: string | null,
  size: number,
): WarmPool {
  let spare: ChildProcess[] = [];
  let closed = false;
  const start = (): ChildProcess => {
    const filterFile = filterPath === null ? null : openSync(filterPath, 'r');
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', ...(filterFile === null ? [] : [filterFile])],
      env: { PATH: '/usr/bin:/bin' },
      detached: true,
      ...UNPRIVILEGED,
    });
    if (filterFile !== null) closeSync(filterFile);
    const forget = (): void => {
      spare = spare.filter((one) => one !== child);
    };
    // Whoever took it listens too; an unused one that fails is no loss, the next start tells.
    child.on('error', forget).on('exit', forget);
    child.stdin!.on('error', () => {}); // it ended before it had read its job; `close` says why
    child.stdin!.write(preamble);
    return child;
  };
  /** Waiting sandboxes must not keep our process alive; one at work must. */
  const hold = (child: ChildProcess, held: boolean): void => {
    for (const handle of [child, ...child.stdio] as readonly (Socket | ChildProcess | null)[])
      if (held) handle?.ref?.();
      else handle?.unref?.();
  };
  const fill = (): void => {
    if (closed || spare.length >= size) return;
    const child = start();
    hold(child, false);
    spare.push(child);
    if (child.pid !== undefined) setImmediate(fill);
  };
  return {
    take() {
      const ready = spare.shift();
      if (ready) hold(ready, true);
      setImmediate(fill);
      return ready ?? start();
    },
    close() {
      closed = true;
      for (const child of spare) child.kill('SIGKILL');
      spare = [];
    },
  };
}
