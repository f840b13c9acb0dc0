/** @file `vul2safe merge`: the shards of one build as one folder with one data set. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../../kernel/errors.ts';
import { mergeShards } from '../../vul2safe/export/merge.ts';
import { createIo } from '../io.ts';

interface Options {
  output: string;
  seed: string;
  eval?: string[];
  json?: boolean;
}

export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('join the shards of a build by content id and export the data set anew')
    .argument('<shard...>', 'folders that `build --shard i/n` wrote')
    .requiredOption('-o, --output <folder>', 'folder for the joined build')
    .option('--seed <n>', 'seed of the split', '1')
    .option('--eval <path...>', 'evaluation sets whose copies are removed from train')
    .option('--json', 'print the summary as JSON')
    .action(async (shards: string[], options: Options) => {
      const io = createIo(options);
      const seed = Number(options.seed);
      if (!Number.isInteger(seed))
        throw usageError(`--seed must be a whole number, found "${options.seed}"`);
      const summary = await mergeShards(shards, options.output, {
        seed,
        evaluationSets: (options.eval ?? []).map((path) => ({ name: basename(path), path })),
      });
      const { dataset, rejected } = summary;
      io.say(
        `${summary.shards} shards: ${summary.in} records, ${summary.pairs} pairs, ${summary.prompts} prompts -> ${options.output}`,
      );
      for (const [reason, n] of Object.entries(rejected)) io.say(`rejected ${n}: ${reason}`);
      if (summary.repeatedPairs > 0)
        io.say(
          `${summary.repeatedPairs} pairs stood in several shards, ${summary.conflictingPairs} of them with other content; the first stays`,
        );
      io.say(
        `data set: train ${dataset.splits.train.rows}, validation ${dataset.splits.validation.rows}, test ${dataset.splits.test.rows} rows`,
      );
      io.json(summary);
    });
}
