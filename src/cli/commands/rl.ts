/** @file `vul2safe rl`: reinforcement learning with instance-level, token-level or hybrid reward. */
import type { Command } from 'commander';
import { z } from 'zod';
import { resolveConfig } from '../../run/config.ts';
import { runReinforcement } from '../../run/training/run-rl.ts';
import { rlRunSchema } from '../../run/training-config.ts';
import { createIo } from '../io.ts';

interface Options {
  config?: string;
  set?: string[];
  schema?: boolean;
  json?: boolean;
}

export function registerRl(program: Command): void {
  program
    .command('rl')
    .description(
      'reinforcement learning; rl.granularity says instance, token or hybrid reward; resumable',
    )
    .option('-c, --config <file>', 'run configuration as YAML')
    .option('--set <key=value...>', 'override one key, e.g. --set rl.granularity=instance')
    .option('--resume', 'go on where the run folder stands (also the default)')
    .option('--schema', 'print the JSON Schema of the configuration and stop')
    .option('--json', 'print the summary as JSON')
    .action(async (options: Options) => {
      if (options.schema) {
        process.stdout.write(
          `${JSON.stringify(z.toJSONSchema(rlRunSchema, { io: 'input' }), null, 2)}\n`,
        );
        return;
      }
      const io = createIo(options);
      const config = resolveConfig(rlRunSchema, {
        ...(options.config ? { file: options.config } : {}),
        set: options.set ?? [],
        environment: process.env,
      });
      const summary = await runReinforcement(config, io);
      io.say(
        `${config.out}/model: ${summary.steps} steps${summary.stoppedBy ? `, stopped by a monitor: ${summary.stoppedBy}` : ''}`,
      );
      if (summary.stoppedBy) process.exitCode = 1;
      io.json(summary);
    });
}
