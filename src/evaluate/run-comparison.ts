/** @file Runs beside each other: paired over their common tasks, with McNemar's test on first samples and Holm's correction over all comparisons shown. */
import type { JudgedSample } from './judged-sample.ts';
import { type Measure, outcomesOf, verdictOn } from './metrics.ts';
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
  /** Exact, on the first sample of each common task. */
  readonly mcnemar: number;
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
      raw.push({
        first: run.name,
        second: baseline.name,
        measure,
        paired: comparePaired([only(first)], [only(second)], seed),
        mcnemar: mcnemarOf(run.samples, baseline.samples, measure),
      });
    }
  const adjusted = holmCorrection(raw.map(({ mcnemar }) => mcnemar));
  return raw.map((comparison, i) => ({ ...comparison, adjusted: adjusted[i]! }));
}

function mcnemarOf(
  first: readonly JudgedSample[],
  second: readonly JudgedSample[],
  measure: Measure,
): number {
  const firstSample = (samples: readonly JudgedSample[]) =>
    new Map(
      samples
        .filter((sample) => sample.sample === 0)
        .map((sample) => [sample.task_id, verdictOn(measure, sample)]),
    );
  const others = firstSample(second);
  let onlyFirst = 0;
  let onlySecond = 0;
  for (const [task, verdict] of firstSample(first)) {
    const other = others.get(task);
    if (verdict === null || other === null || other === undefined) continue;
    if (verdict && !other) onlyFirst++;
    if (!verdict && other) onlySecond++;
  }
  return mcnemarExact(onlyFirst, onlySecond);
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
