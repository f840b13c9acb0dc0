/** @file `vul2safe eval`: function and security of a model or of samples on a benchmark suite, resumable with -o. */
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { evaluateSuite } from '../../evaluate/evaluate-suite.ts';
import {
  evaluationHead,
  evaluationSections,
  ratesTable,
} from '../../evaluate/evaluation-report.ts';
import { readJournal } from '../../evaluate/evaluation-run.ts';
import { renderReport, tableToText } from '../../evaluate/report.ts';
import { SUITES } from '../../evaluate/suites/index.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { usageError } from '../../kernel/errors.ts';
import { createIo } from '../io.ts';

interface EvalOptions {
  suite?: string;
  data?: string;
  samples?: string;
  model?: string;
  modelName?: string;
  n: number;
  k: number[];
  seed: number;
  limit?: number;
  temperature: number;
  maxTokens: number;
  output?: string;
  json?: boolean;
}

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw usageError(`"${text}" is not a whole number`);
  return Number(text);
};

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
    .option('--k <list>', 'for func@k and so on', (text) => text.split(',').map(whole), [1])
    .option('--seed <number>', 'of sampling and intervals', whole, 1)
    .option('--limit <count>', 'only the first tasks', whole)
    .option('--temperature <number>', 'of sampling', Number, 1)
    .option('--max-tokens <count>', 'of an answer', whole, 1024)
    .option('-o, --output <dir>', 'keep outcomes there; run again to resume')
    .option('--json', 'machine-readable result on stdout')
    .action(async (options: EvalOptions) => {
      const io = createIo(options);
      if (options.suite === undefined) {
        for (const suite of SUITES) io.say(`${suite.name.padEnd(26)}${suite.about}`);
        io.json(
          SUITES.map(({ name, about, judges, cannot, data }) => ({
            name,
            about,
            judges,
            cannot,
            data,
          })),
        );
        return;
      }
      const result = await evaluateSuite(
        { ...options, suite: options.suite, ks: options.k },
        io.progress,
        io.signal,
      );
      const header = {
        kind: 'evaluation' as const,
        suite: result.suite.name,
        source: options.samples ?? options.model!,
        seed: options.seed,
        samplesPerTask: options.n,
        tasks: result.figures.tasks,
        judges: result.suite.judges,
        cannot: result.suite.cannot,
        fingerprint: '',
      };
      const run = {
        name: basename(options.output ?? options.samples ?? options.model!),
        header,
        samples: result.samples,
      };
      io.say(tableToText(ratesTable([run], options.k)));
      if (result.figures.notJudged > 0)
        io.say(
          `\n${result.figures.notJudged} programs could not be judged; ${result.suite.name} cannot judge ${result.suite.cannot}`,
        );
      if (result.withoutAnswer > 0)
        io.say(`${result.withoutAnswer} tasks of the suite had no answer and are in no rate`);
      if (result.unknownTasks.length > 0)
        io.say(
          `${result.unknownTasks.length} task ids are not in this suite, e.g. ${result.unknownTasks[0]}`,
        );
      if (options.output) {
        const kept = { name: run.name, ...(await readJournal(options.output)) };
        writeFileAtomic(
          join(options.output, 'report.html'),
          renderReport(evaluationSections([kept]), evaluationHead([kept])),
        );
        io.say(`\nreport: ${join(options.output, 'report.html')}`);
      }
      io.json(result.json);
    });
}
