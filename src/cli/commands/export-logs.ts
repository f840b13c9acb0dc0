/** @file `vul2safe export tensorboard|wandb RUN`: a run's numbers for the experiment trackers, from its events.jsonl. */
import type { Command } from 'commander';
import { type LoggedRun, readLoggedRun } from '../../run/logging/metric-rows.ts';
import { writeTensorBoard } from '../../run/logging/tensorboard.ts';
import { writeWandbRun } from '../../run/logging/wandb.ts';
import { createIo } from '../io.ts';

interface LogOptions {
  readonly out: string;
  readonly project?: string;
  readonly json?: boolean;
}

async function runLogExport(
  folder: string,
  options: LogOptions,
  write: (run: LoggedRun) => Promise<string> | string,
  next: (path: string) => string,
): Promise<void> {
  const io = createIo(options);
  const run = readLoggedRun(folder);
  const path = await write(run);
  io.say(`${path}: ${run.rows.length} steps; ${next(path)}`);
  io.json({ out: path, run: run.name, steps: run.rows.length });
}

export function registerLogExports(parent: Command): void {
  parent
    .command('tensorboard <run>')
    .description('an event file for TensorBoard')
    .requiredOption('-o, --out <folder>', 'log directory of this run')
    .option('--json', 'print the result as JSON')
    .action((run: string, options: LogOptions) =>
      runLogExport(
        run,
        options,
        (logged) => writeTensorBoard(logged, options.out),
        () => `show it with: tensorboard --logdir ${options.out}`,
      ),
    );
  parent
    .command('wandb <run>')
    .description('an offline run for Weights & Biases; nothing is sent')
    .requiredOption('-o, --out <folder>', 'folder the offline run is put into')
    .option('--project <name>', 'project it will belong to', 'vul2safe')
    .option('--json', 'print the result as JSON')
    .action((run: string, options: LogOptions) =>
      runLogExport(
        run,
        options,
        (logged) => writeWandbRun(logged, options.out, options.project ?? 'vul2safe'),
        (path) => `send it with: wandb sync ${path}`,
      ),
    );
}
