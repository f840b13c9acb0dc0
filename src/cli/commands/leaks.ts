/** @file `vul2safe leaks`: overlap of a training set with evaluation sets, as a report and as JSON. */
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { usageError } from '../../kernel/errors.ts';
import { DEFAULT_NEAR_THRESHOLD, findLeaks } from '../../vul2safe/leaks/find-leaks.ts';
import { readCodeItems } from '../../vul2safe/leaks/read-code-items.ts';
import { renderLeaks } from '../../vul2safe/leaks/report.ts';
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
        namesOf(options.eval).map((name, at) => ({
          name,
          items: readCodeItems(options.eval[at]!, options.evalFormat),
        })),
        { threshold, onProgress: (items) => stage.advance(items) },
      );
      stage.finish();
      const text = renderLeaks(report);
      if (options.output !== undefined) writeFileAtomic(options.output, text);
      for (const one of report.evaluations)
        io.say(
          `${one.name}: ${one.trainRecords} of ${report.train.records} training records match ${one.evaluationRecords} of ${one.records} (${Object.entries(
            one.byKind,
          )
            .map(([kind, n]) => `${kind} ${n}`)
            .join(', ')})`,
        );
      if (options.output !== undefined) io.say(`report: ${options.output}`);
      io.json(report);
      if (options.failOnLeak && report.leaks.length > 0) process.exitCode = 1;
    });
}

/** Short names, with as much of the folder as tells them apart. */
function namesOf(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path));
  const withFolder = paths.map((path) => `${basename(dirname(path))}/${basename(path)}`);
  return short.map((name, at) => {
    if (short.filter((other) => other === name).length === 1) return name;
    const longer = withFolder[at]!;
    return withFolder.filter((other) => other === longer).length === 1 ? longer : paths[at]!;
  });
}
