/** @file What `eval` says to a person when it is done: the rates, what was not judged and why, and the report beside the journal. */
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../kernel/atomic-file.ts';
import type { EvaluateOptions, SuiteEvaluation } from './evaluate-suite.ts';
import { evaluationHead, evaluationSections, ratesTable } from './evaluation-report.ts';
import { readJournal } from './evaluation-run.ts';
import { qualityTable } from './quality-report.ts';
import { countOf } from './report/format.ts';
import { renderReport, tableToText } from './report.ts';

export function describeEvaluation(result: SuiteEvaluation, options: EvaluateOptions): string[] {
  const { suite, figures } = result;
  const run = {
    name: nameOf(options),
    header: {
      kind: 'evaluation' as const,
      suite: suite.name,
      source: options.samples ?? options.model!,
      seed: options.seed,
      samplesPerTask: options.n,
      tasks: figures.tasks,
      judges: suite.judges,
      cannot: suite.cannot,
      analyzers: options.analyzers?.join(',') ?? 'vul2safe',
      fingerprint: '',
    },
    samples: result.samples,
    prompts: new Map<string, string>(),
  };
  const lines = [
    tableToText(ratesTable([run], options.ks)),
    `\n${tableToText(qualityTable([run]))}`,
  ];
  if (figures.notJudged > 0)
    lines.push(
      `\n${countOf(figures.notJudged, 'program')} could not be judged; ${suite.name} cannot judge ${suite.cannot}`,
      ...mostFrequent(
        result.samples
          .filter((sample) => sample.outcome === 'not-judged')
          .map((sample) => sample.detail),
      ).map(([reason, count]) => `  ${count} x ${reason}`),
    );
  if (result.withoutAnswer > 0)
    lines.push(
      `${countOf(result.withoutAnswer, 'task')} of the suite had no answer and are in no rate`,
    );
  if (result.unknownTasks.length > 0)
    lines.push(
      `${countOf(result.unknownTasks.length, 'task id')} of the samples file not in this suite, e.g. ${result.unknownTasks[0]}`,
    );
  return lines;
}

/** Writes report.html from the journal of an evaluation with an output folder; returns its path. */
export async function writeEvaluationReport(folder: string): Promise<string> {
  const kept = { name: basename(folder), ...(await readJournal(folder)) };
  const path = join(folder, 'report.html');
  writeFileAtomic(path, renderReport(evaluationSections([kept]), evaluationHead([kept])));
  return path;
}

const nameOf = (options: EvaluateOptions): string =>
  basename(options.output ?? options.samples ?? options.model!);

const mostFrequent = (texts: readonly string[], shown = 3): [string, number][] => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, shown);
};
