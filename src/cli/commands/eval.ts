/** @file `vul2safe eval`: function and security of a model or of samples on a benchmark suite, resumable with -o. */
import type { Command } from 'commander';
import { ANALYZER_NAMES } from '../../analyzers/available.ts';
import { describeEvaluation, writeEvaluationReport } from '../../evaluate/describe-evaluation.ts';
import { type EvaluateOptions, evaluateSuite } from '../../evaluate/evaluate-suite.ts';
import { SUITES } from '../../evaluate/suites/index.ts';
import { usageError } from '../../kernel/errors.ts';
import { type CommandIo, createIo } from '../io.ts';

type Options = Omit<EvaluateOptions, 'suite' | 'ks'> & {
  readonly suite?: string;
  readonly k: number[];
  readonly json?: boolean;
};

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw usageError(`"${text}" is not a whole number`);
  return Number(text);
};
const positive = (text: string): number => {
  if (!(Number(text) > 0)) throw usageError(`"${text}" is not a number above zero`);
  return Number(text);
};
const names = (text: string): string[] => text.split(',').map((name) => name.trim());

export function registerEval(program: Command): void {
  program
    .command('eval')
    .description('measure function and security on a suite; without --suite, list the suites')
    .option('--suite <name>', 'which benchmark')
    .option('--data <path>', 'its data file or folder (benchmarks are never bundled)')
    .option('--samples <file>', 'JSON lines {"task_id", "completion"}')
    .option('--model <dir|url>', 'a Hugging Face folder, or an OpenAI-compatible URL ending in /v1')
    .option('--model-name <name>', 'the model to ask for at the URL')
    .option('--n <count>', 'samples per task', whole, 1)
    .option('--k <list>', 'for func@k and so on', (text) => names(text).map(whole), [1])
    .option('--seed <number>', 'of sampling and intervals', whole, 1)
    .option('--limit <count>', 'only the first tasks', whole)
    .option('--temperature <number>', 'of sampling (default: the suite’s, else 1)', positive)
    .option('--max-tokens <count>', 'of an answer (default: the suite’s, else 1024)', whole)
    .option('--threads <count>', 'of the embedded engine', whole, 1)
    .option(
      '--analyzers <list>',
      `judge where no test can: ${ANALYZER_NAMES.join(', ')}, or all`,
      names,
    )
    .option('-o, --output <dir>', 'keep outcomes there; run again to resume')
    .option('--json', 'machine-readable result on stdout')
    .action(async (options: Options) => {
      const io = createIo(options);
      if (options.suite === undefined) return listSuites(io);
      const asked = { ...options, suite: options.suite, ks: options.k };
      const result = await evaluateSuite(asked, io.progress, io.signal);
      for (const line of describeEvaluation(result, asked)) io.say(line);
      if (options.output) io.say(`\nreport: ${await writeEvaluationReport(options.output)}`);
      io.json(result.json);
    });
}

function listSuites(io: CommandIo): void {
  for (const suite of SUITES) io.say(`${suite.name.padEnd(26)}${suite.about}`);
  io.json(SUITES.map(({ load: _, ...described }) => described));
}
