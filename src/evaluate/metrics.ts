/**
 * @file From judged programs to figures. func@k, sec@k and joint@k by the unbiased estimator over the tasks that have at least
 * k judged samples; every rate with n and a 95% interval; what was not judged is counted beside, never inside.
 */
import type { EvaluationRun, JudgedSample } from './judged-sample.ts';
import { type QualityFigures, qualityFigures } from './quality-figures.ts';
import { passAtKWithInterval } from './statistics/pass-at-k.ts';
import { rateWithInterval, type RateInterval } from './statistics/rate.ts';

export type Measure = 'func' | 'sec' | 'joint';

/** null = this measure was not judged on this sample. */
export function verdictOn(measure: Measure, sample: JudgedSample): boolean | null {
  if (measure === 'func') return sample.func;
  if (measure === 'sec') return sample.sec;
  if (sample.func === false || sample.sec === false) return false;
  return sample.func === null || sample.sec === null ? null : true;
}

/** Task id -> one verdict per sample judged on it. */
export function outcomesOf(
  samples: readonly JudgedSample[],
  measure: Measure,
): Map<string, boolean[]> {
  const byTask = new Map<string, boolean[]>();
  for (const sample of samples) {
    const verdict = verdictOn(measure, sample);
    if (verdict === null) continue;
    byTask.set(sample.task_id, [...(byTask.get(sample.task_id) ?? []), verdict]);
  }
  return byTask;
}

/** A suite that never judges security gives no joint rate either: a failed program alone is no joint verdict. */
const judgesMeasure = (samples: readonly JudgedSample[], measure: Measure): boolean =>
  measure === 'joint'
    ? judgesMeasure(samples, 'func') && judgesMeasure(samples, 'sec')
    : samples.some((sample) => verdictOn(measure, sample) !== null);

export interface EvaluationFigures {
  readonly tasks: number;
  readonly samples: number;
  readonly notJudged: number;
  /** e.g. "func@1"; null where the suite does not judge it. */
  readonly rates: Readonly<Record<string, RateInterval | null>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly refusalRate: RateInterval;
  readonly emptyRate: RateInterval;
  readonly unparsableRate: RateInterval;
  /** Programs the analyzers could read. */
  readonly analysed: number;
  readonly quality: QualityFigures;
  readonly alarms: Readonly<Record<string, number>>;
}

export function figuresOf(
  samples: readonly JudgedSample[],
  ks: readonly number[],
  seed: number,
): EvaluationFigures {
  const rates: Record<string, RateInterval | null> = {};
  for (const measure of ['func', 'sec', 'joint'] as const) {
    const outcomes = judgesMeasure(samples, measure) ? outcomesOf(samples, measure) : new Map();
    for (const k of ks) {
      const enough = new Map([...outcomes].filter(([, verdicts]) => verdicts.length >= k));
      rates[`${measure}@${k}`] =
        enough.size === 0
          ? null
          : k === 1
            ? rateWithInterval(enough, seed)
            : passAtKWithInterval(enough, k, seed);
    }
  }
  const share = (test: (sample: JudgedSample) => boolean): RateInterval => {
    const byTask = new Map<string, boolean[]>();
    for (const sample of samples)
      byTask.set(sample.task_id, [...(byTask.get(sample.task_id) ?? []), test(sample)]);
    return rateWithInterval(byTask, seed);
  };
  const code = samples.filter((sample) => sample.kind === 'code');
  const analysed = code.filter((sample) => sample.findings !== null);
  return {
    tasks: new Set(samples.map((sample) => sample.task_id)).size,
    samples: samples.length,
    notJudged: samples.filter((sample) => sample.func === null && sample.sec === null).length,
    rates,
    outcomes: countBy(samples.map((sample) => sample.outcome)),
    refusalRate: share((sample) => sample.kind === 'refused'),
    emptyRate: share((sample) => sample.kind === 'empty'),
    unparsableRate: share((sample) => sample.kind === 'code' && sample.quality.parses === false),
    analysed: analysed.length,
    quality: qualityFigures(samples, seed),
    alarms: countBy(samples.flatMap((sample) => sample.alarms)),
  };
}

const known = new WeakMap<EvaluationRun, EvaluationFigures>();

/** Figures at k = 1 of a run, worked out once however many tables show them. */
export function figuresOfRun(run: EvaluationRun): EvaluationFigures {
  const figures = known.get(run) ?? figuresOf(run.samples, [1], run.header.seed);
  known.set(run, figures);
  return figures;
}

export function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export interface TaskVerdict {
  readonly task_id: string;
  /** With one sample true, false or null; with several the share. */
  readonly func: boolean | number | null;
  readonly sec: boolean | number | null;
  readonly outcome: string;
  readonly samples: number;
}

export function perTask(samples: readonly JudgedSample[]): TaskVerdict[] {
  const byTask = new Map<string, JudgedSample[]>();
  for (const sample of samples)
    byTask.set(sample.task_id, [...(byTask.get(sample.task_id) ?? []), sample]);
  const summary = (own: readonly JudgedSample[], measure: 'func' | 'sec') => {
    const verdicts = own.map((sample) => sample[measure]).filter((verdict) => verdict !== null);
    if (verdicts.length === 0) return null;
    return own.length === 1 ? verdicts[0]! : verdicts.filter(Boolean).length / verdicts.length;
  };
  return [...byTask].map(([task_id, own]) => ({
    task_id,
    func: summary(own, 'func'),
    sec: summary(own, 'sec'),
    outcome: Object.entries(countBy(own.map((sample) => sample.outcome))).sort(
      (a, b) => b[1] - a[1],
    )[0]![0],
    samples: own.length,
  }));
}
