/** @file `vul2safe lpo`: localized preference optimisation on a folder made by `vul2safe build`. */
import type { Command } from 'commander';
import { z } from 'zod';
import { resolveConfig } from '../../run/config.ts';
import { runPreference } from '../../run/training/run-lpo.ts';
import { lpoRunSchema } from '../../run/training-config.ts';
import { createIo } from '../io.ts';

interface Options {
  config?: string;
  set?: string[];
  schema?: boolean;
  json?: boolean;
}

export function registerLpo(program: Command): void {
  program
    .command('lpo')
    .description(
      'localized preference optimisation on (prompt, fixed, vulnerable), security tokens only; resumable',
    )
    .option('-c, --config <file>', 'run configuration as YAML')
    .option('--set <key=value...>', 'override one key, e.g. --set lpo.objective=reference')
    .option('--resume', 'go on where the run folder stands (also the default)')
    .option('--schema', 'print the JSON Schema of the configuration and stop')
    .option('--json', 'print the summary as JSON')
    .action(async (options: Options) => {
      if (options.schema) {
        process.stdout.write(
          `${JSON.stringify(z.toJSONSchema(lpoRunSchema, { io: 'input' }), null, 2)}\n`,
        );
        return;
      }
      const io = createIo(options);
      const config = resolveConfig(lpoRunSchema, {
        ...(options.config ? { file: options.config } : {}),
        set: options.set ?? [],
        environment: process.env,
      });
      const summary = await runPreference(config, io);
      io.say(
        `${config.out}/model: ${summary.pairs} pairs, ${summary.steps} steps, ${summary.tooLong} too long or alike`,
      );
      io.json(summary);
    });
}
