/** @file `vul2safe leaks`: overlap of a training set with evaluation sets, as a report and as JSON. */
import type { Command } from 'commander';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { usageError } from '../../kernel/errors.ts';
import { DEFAULT_NEAR_THRESHOLD, findLeaks } from '../../vul2safe/leaks/find-leaks.ts';
import { evaluationSetsOf, readCodeItems } from '../../vul2safe/leaks/read-code-items.ts';
import { describeOverlaps, renderLeaks } from '../../vul2safe/leaks/report.ts';
import { createIo } from '../io.ts';

interface Options {
  train: string;
  eval: string[];
  format: string;
  evalFormat: string;
  threshold: string;
  output?: string;
  failOnLeak?: boolean;
  json?: boolean;
}

export function registerLeaks(program: Command): void {
  program
    .command('leaks')
    .description(
      'find training functions that also stand in evaluation sets: exact, re-laid-out, renamed, near',
    )
    .requiredOption(
      '--train <path>',
      'training data: any import format, a build folder, source code',
    )
    .requiredOption('--eval <path...>', 'evaluation sets')
    .option('--format <name>', 'format of the training data', 'auto')
    .option('--eval-format <name>', 'format of the evaluation sets', 'auto')
    .option(
      '--threshold <similarity>',
      'least similarity of a near copy, 0..1',
      String(DEFAULT_NEAR_THRESHOLD),
    )
    .option('-o, --output <file>', 'write the report there, e.g. LEAKS.md')
    .option('--fail-on-leak', 'exit with status 1 when anything leaks')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      const io = createIo(options);
      const threshold = Number(options.threshold);
      if (!(threshold > 0 && threshold <= 1))
        throw usageError(`--threshold must lie in (0, 1], found "${options.threshold}"`);
      const stage = io.progress.stage('leaks', Number.POSITIVE_INFINITY, 'functions');
      const report = await findLeaks(
        readCodeItems(options.train, options.format),
        evaluationSetsOf(options.eval, options.evalFormat),
        { threshold, onProgress: (items) => stage.advance(items) },
      );
      stage.finish();
      const text = renderLeaks(report);
      if (options.output !== undefined) writeFileAtomic(options.output, text);
      for (const line of describeOverlaps(report)) io.say(line);
      if (options.output !== undefined) io.say(`report: ${options.output}`);
      io.json(report);
      if (options.failOnLeak && report.leaks.length > 0) process.exitCode = 1;
    });
}
