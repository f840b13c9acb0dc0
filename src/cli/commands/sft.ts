/** @file `vul2safe sft`: supervised fine-tuning on a folder made by `vul2safe build`. */
import type { Command } from 'commander';
import { z } from 'zod';
import { resolveConfig } from '../../run/config.ts';
import { runSupervised } from '../../run/training/run-sft.ts';
import { sftRunSchema } from '../../run/training-config.ts';
import { createIo } from '../io.ts';

interface Options {
  config?: string;
  set?: string[];
  schema?: boolean;
  json?: boolean;
}

export function registerSft(program: Command): void {
  program
    .command('sft')
    .description(
      'fine-tune a model on (implicit prompt -> fixed code), secure spans weighted; resumable',
    )
    .option('-c, --config <file>', 'run configuration as YAML')
    .option('--set <key=value...>', 'override one key, e.g. --set sft.epochs=1')
    .option('--resume', 'go on where the run folder stands (also the default)')
    .option('--schema', 'print the JSON Schema of the configuration and stop')
    .option('--json', 'print the summary as JSON')
    .action(async (options: Options) => {
      if (options.schema) {
        process.stdout.write(
          `${JSON.stringify(z.toJSONSchema(sftRunSchema, { io: 'input' }), null, 2)}\n`,
        );
        return;
      }
      const io = createIo(options);
      const config = resolveConfig(sftRunSchema, {
        ...(options.config ? { file: options.config } : {}),
        set: options.set ?? [],
        environment: process.env,
      });
      const summary = await runSupervised(config, io);
      io.say(
        `${config.out}/model: ${summary.examples} examples, ${summary.steps} steps, ${summary.tooLong} too long`,
      );
      io.json(summary);
    });
}
