/**
 * @file What a command may touch of the terminal. With `--json` the machine-readable answer goes to stdout and the
 * human view to stderr; without it the human view goes to stdout. Progress always goes to stderr.
 */
import { createTerminalProgress } from './terminal-progress.ts';
import type { Progress } from '../kernel/events.ts';

export interface CommandIo {
  /** A line for a person. */
  say(line: string): void;
  /** The machine-readable answer; printed only with --json. One value per call, one line each. */
  json(value: unknown): void;
  readonly progress: Progress;
  /** Aborted at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

const interruption = new AbortController();
let installed = false;

export function createIo(options: { json?: boolean }): CommandIo {
  if (!installed) {
    installed = true;
    const interrupt = (): void => {
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort();
      process.stderr.write('\nstopping after the record in flight; press again to stop at once\n');
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
  }
  return {
    say: (line) => (options.json ? process.stderr : process.stdout).write(`${line}\n`),
    json: (value) => {
      if (options.json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    progress: createTerminalProgress(process.stderr),
    signal: interruption.signal,
  };
}
