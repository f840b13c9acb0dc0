/** @file `vul2safe build`: vulnerability records -> high-confidence pairs with implicit prompts (PrimeVul+). */
import type { Command } from 'commander';
import { resolveConfig } from '../../run/config.ts';
import { buildConfigSchema } from '../../vul2safe/build/build-config.ts';
import type { BuildStats } from '../../vul2safe/build/build-stats.ts';
import { runBuild } from '../../vul2safe/build/run-build.ts';
import { createIo } from '../io.ts';

interface Options {
  readonly config?: string;
  readonly set: string[];
  readonly json?: boolean;
  readonly [flag: string]: unknown;
}

/** Flag -> key of the configuration. */
const SETTINGS: Readonly<Record<string, string>> = {
  input: 'input',
  format: 'format',
  output: 'output',
  teacher: 'teacher.kind',
  model: 'teacher.model',
  baseUrl: 'teacher.baseUrl',
  apiKeyVariable: 'teacher.apiKeyVariable',
  budgetTokens: 'teacher.budgetTokens',
  budgetUsd: 'teacher.budgetUsd',
  cache: 'teacher.cache',
  threshold: 'reflection.threshold',
  shard: 'shard',
  limit: 'limit',
  strict: 'strict',
  seed: 'seed',
};

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
      const set = Object.entries(SETTINGS).flatMap(([flag, key]) =>
        options[flag] === undefined ? [] : [`${key}=${JSON.stringify(options[flag])}`],
      );
      const config = resolveConfig(buildConfigSchema, {
        set: [...set.map(unquoteNumber), ...options.set],
        environment: process.env,
        ...(options.config === undefined ? {} : { file: options.config }),
      });
      const { progress, signal } = io;
      const stats = await runBuild(config, { environment: process.env, progress, signal });
      for (const line of describe(stats, config.output)) io.say(line);
      io.json(stats);
    });
}

/** Numbers reach the command line as text; the schema wants numbers. */
const unquoteNumber = (setting: string): string =>
  setting.replace(/^((?:teacher\.budget\w+|reflection\.threshold|limit|seed)=)"([^"]*)"$/, '$1$2');

function describe(stats: BuildStats, directory: string): string[] {
  const reasons = Object.entries(stats.rejected).sort((a, b) => b[1] - a[1]);
  return [
    `${stats.in} records: ${stats.pairs} pairs, ${stats.prompts} prompts -> ${directory}`,
    ...reasons.map(([reason, count]) => `rejected ${count}: ${reason}`),
    `the story of any of them: vul2safe inspect ${directory} --id ID`,
  ];
}
