/** @file `vul2safe base`: trains the small model that comes with the package from data the package makes. */
import type { Command } from 'commander';
import { baseRecipeSchema } from '../../run/base/recipe.ts';
import { trainBaseModel } from '../../run/base/train-base.ts';
import { resolveConfig } from '../../run/config.ts';
import { createIo } from '../io.ts';

export function registerBase(program: Command): void {
  program
    .command('base')
    .description('train the embedded base model: corpus, tokenizer, small Llama; resumable')
    .option('-c, --config <file>', 'recipe as YAML; every key has a default')
    .option('--set <key=value...>', 'override one key, e.g. --set model.layers=6')
    .option('--json', 'print the summary as JSON')
    .action(async (options: { config?: string; set?: string[]; json?: boolean }) => {
      const io = createIo(options);
      const recipe = resolveConfig(baseRecipeSchema, {
        ...(options.config ? { file: options.config } : {}),
        set: options.set ?? [],
        environment: process.env,
      });
      const summary = await trainBaseModel(recipe, io);
      io.say(
        `${recipe.out}: ${summary.parameters} parameters, vocabulary ${summary.vocabulary}, trained on ${summary.trainedTokens} tokens`,
      );
      io.json(summary);
    });
}
