/** @file What `sft`, `lpo` and `rl` have in common: a configuration from YAML, environment and --set, its JSON Schema, a resumable run. */
import type { Command } from 'commander';
import { z } from 'zod';
import { resolveConfig } from '../../run/config.ts';
import type { RunIo } from '../../run/training/fork-run.ts';
import { createIo } from '../io.ts';

export interface TrainingCommand<S extends z.ZodType, Summary> {
  readonly name: string;
  readonly description: string;
  /** A key worth overriding, e.g. "sft.epochs=1". */
  readonly example: string;
  readonly schema: S;
  run(config: z.output<S>, io: RunIo): Promise<Summary>;
  /** One line for a person. */
  describe(summary: Summary, config: z.output<S>): string;
  /** True where the result failed its own criterion. */
  failed?(summary: Summary): boolean;
}

interface Options {
  readonly config?: string;
  readonly set?: string[];
  readonly schema?: boolean;
  readonly json?: boolean;
}

export function registerTraining<S extends z.ZodType, Summary>(
  program: Command,
  command: TrainingCommand<S, Summary>,
): void {
  program
    .command(command.name)
    .description(command.description)
    .option('-c, --config <file>', 'run configuration as YAML')
    .option('--set <key=value...>', `override one key, e.g. --set ${command.example}`)
    .option('--resume', 'go on where the run folder stands (also the default)')
    .option('--schema', 'print the JSON Schema of the configuration and stop')
    .option('--json', 'print the summary as JSON')
    .action(async (options: Options) => {
      if (options.schema) {
        const schema = z.toJSONSchema(command.schema, { io: 'input' });
        process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
        return;
      }
      const io = createIo(options);
      const config = resolveConfig(command.schema, {
        ...(options.config ? { file: options.config } : {}),
        set: options.set ?? [],
        environment: process.env,
      });
      const summary = await command.run(config, io);
      io.say(command.describe(summary, config));
      if (command.failed?.(summary)) process.exitCode = 1;
      io.json(summary);
    });
}
