/** @file `vul2safe serve rewards`: token-level rewards for other trainers. */
import type { Command } from 'commander';
import { startRewardServer } from '../../run/serve/rewards/start.ts';
import { type ServeFlags, serveUntilInterrupted, withAddress } from './serve-address.ts';

interface Flags extends ServeFlags {
  tasks?: string[];
  pairs?: string;
  tokenizer?: string[];
  run: boolean;
}

export function addServeRewards(serve: Command): void {
  withAddress(serve.command('rewards'), 8100)
    .description('token-level rewards over HTTP, for other trainers')
    .option('--tasks <file...>', 'JSONL of tasks, which requests name by id')
    .option('--pairs <folder>', 'made by `vul2safe build`: patterns, and pairs by id')
    .option('--tokenizer <entry...>', 'NAME=FILE, or a file or folder as the default')
    .option('--no-run', 'do not run the tasks’ tests')
    .action((flags: Flags) =>
      serveUntilInterrupted(flags, (address) =>
        startRewardServer({
          ...address,
          tasks: flags.tasks ?? [],
          ...(flags.pairs ? { pairs: flags.pairs } : {}),
          tokenizers: flags.tokenizer ?? [],
          execute: flags.run,
        }),
      ),
    );
}
