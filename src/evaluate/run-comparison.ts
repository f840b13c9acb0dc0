/** @file Runs beside each other: paired over their common tasks, with a p-value each and Holm's correction over all comparisons shown. */
import type { JudgedSample } from './judged-sample.ts';
import { type Measure, outcomesOf } from './metrics.ts';
import { QUALITY_MEASURES, type QualityMeasure, qualityShares } from './quality-figures.ts';
import { compareEstimates, type EstimateDifference } from './statistics/estimate.ts';
import {
  comparePaired,
  holmCorrection,
  mcnemarExact,
  type PairedComparison,
} from './statistics/paired.ts';

export interface NamedRun {
  readonly name: string;
  readonly samples: readonly JudgedSample[];
}

export interface RunComparison {
  readonly first: string;
  readonly second: string;
  readonly measure: Measure;
  readonly paired: PairedComparison;
  /** McNemar's exact test where every common task has one answer in both runs, else the paired bootstrap's. */
  readonly pValue: number;
  /** After Holm's correction over all comparisons. */
  readonly adjusted: number;
}

/** Every run against the first. Measures that either run does not judge are left out. */
export function compareRuns(runs: readonly NamedRun[], seed: number): RunComparison[] {
  const [baseline, ...others] = runs;
  if (!baseline) return [];
  const raw: Omit<RunComparison, 'adjusted'>[] = [];
  for (const run of others)
    for (const measure of ['func', 'sec', 'joint'] as const) {
      const first = outcomesOf(run.samples, measure);
      const second = outcomesOf(baseline.samples, measure);
      const common = [...first.keys()].filter((task) => second.has(task));
      if (common.length === 0) continue;
      const only = (outcomes: Map<string, boolean[]>) =>
        new Map(common.map((task) => [task, outcomes.get(task)!]));
      const paired = comparePaired([only(first)], [only(second)], seed);
      const single = common.every(
        (task) => first.get(task)!.length === 1 && second.get(task)!.length === 1,
      );
      raw.push({
        first: run.name,
        second: baseline.name,
        measure,
        paired,
        pValue: single ? mcnemarOf(common, first, second) : paired.pValue,
      });
    }
  const adjusted = holmCorrection(raw.map(({ pValue }) => pValue));
  return raw.map((comparison, i) => ({ ...comparison, adjusted: adjusted[i]! }));
}

function mcnemarOf(
  tasks: readonly string[],
  first: ReadonlyMap<string, readonly boolean[]>,
  second: ReadonlyMap<string, readonly boolean[]>,
): number {
  const won = tasks.map((task) => [first.get(task)![0]!, second.get(task)![0]!] as const);
  return mcnemarExact(
    won.filter(([a, b]) => a && !b).length,
    won.filter(([a, b]) => !a && b).length,
  );
}

export interface QualityComparison {
  readonly first: string;
  readonly second: string;
  readonly measure: QualityMeasure;
  readonly compared: EstimateDifference;
  /** After Holm's correction over all quality comparisons. */
  readonly adjusted: number;
}

/** Every run against the first, on the tasks both measured. */
export function compareQuality(runs: readonly NamedRun[], seed: number): QualityComparison[] {
  const [baseline, ...others] = runs;
  if (!baseline) return [];
  const raw = others.flatMap((run) =>
    QUALITY_MEASURES.flatMap((measure) => {
      const compared = compareEstimates(
        qualityShares(run.samples, measure),
        qualityShares(baseline.samples, measure),
        seed,
      );
      return compared ? [{ first: run.name, second: baseline.name, measure, compared }] : [];
    }),
  );
  const adjusted = holmCorrection(raw.map(({ compared }) => compared.pValue));
  return raw.map((comparison, i) => ({ ...comparison, adjusted: adjusted[i]! }));
}
