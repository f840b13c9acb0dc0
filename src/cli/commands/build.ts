/** @file `vul2safe build`: vulnerability records -> high-confidence pairs with implicit prompts (PrimeVul+). */
import type { Command } from 'commander';
import { resolveConfig } from '../../run/config.ts';
import { buildConfigSchema } from '../../vul2safe/build/build-config.ts';
import { settingsOf } from '../../vul2safe/build/build-flags.ts';
import { summariseBuild } from '../../vul2safe/build/describe-build.ts';
import { runBuild } from '../../vul2safe/build/run-build.ts';
import { createIo } from '../io.ts';

interface Options {
  readonly config?: string;
  readonly set: string[];
  readonly json?: boolean;
  readonly [flag: string]: unknown;
}

export function registerBuild(program: Command): void {
  const append = (value: string, values: string[]): string[] => [...values, value];
  program
    .command('build')
    .description(
      'turn vulnerability records into repair pairs with implicit prompts; resumes where it stopped',
    )
    .option('-c, --config <file>', 'build.yaml; options given here are stronger')
    .option('-i, --input <file...>', 'records in any format that `import` reads')
    .option('--format <name>', 'format of the input (default: auto)')
    .option('-o, --output <dir>', 'output folder')
    .option(
      '--teacher <kind>',
      'offline, openai-compatible, anthropic or replay (default: offline)',
    )
    .option('--model <name>', "the teacher's model")
    .option('--base-url <url>', "the teacher's server, e.g. http://localhost:8000/v1")
    .option('--api-key-variable <name>', 'environment variable that holds the key')
    .option('--budget-tokens <n>', 'never use more tokens than this')
    .option(
      '--budget-usd <amount>',
      'never spend more than this; needs teacher.price in build.yaml',
    )
    .option('--cache <dir>', 'answers to reuse; for --teacher replay the recorded ones')
    .option('--threshold <0..1>', 'least confidence of a pair')
    .option('--shard <i/n>', 'only the records of this shard, to be merged later')
    .option('--limit <n>', 'stop after this many functions')
    .option('--strict', 'stop at the first malformed row')
    .option('--seed <n>', 'of the split')
    .option('--set <key=value>', 'any key of build.yaml', append, [])
    .option('--resume', 'implied: a folder with an unfinished build is always continued')
    .option('--json', 'print the statistics as JSON')
    .action(async (options: Options) => {
      const io = createIo(options);
      const config = resolveConfig(buildConfigSchema, {
        set: [...settingsOf(options), ...options.set],
        environment: process.env,
        ...(options.config === undefined ? {} : { file: options.config }),
      });
      const { progress, signal } = io;
      const stats = await runBuild(config, { environment: process.env, progress, signal });
      for (const line of summariseBuild(stats, config.output)) io.say(line);
      io.json(stats);
    });
}
