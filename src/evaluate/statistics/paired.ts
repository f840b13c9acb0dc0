/**
 * @file Two arms compared on the same tasks and seeds. Two-way bootstrap (Owen 2007, the "pigeonhole" bootstrap): seeds
 * and tasks are resampled independently, the same draw for both arms, so what the arms share cancels out. With few
 * seeds a bootstrap over them is too narrow by (s-1)/s, hence the deviations are widened by sqrt(s/(s-1)) (ours);
 * `pairedTInterval` over per-seed differences is the textbook cross-check. McNemar's exact test and Holm's correction.
 */
import { createRandom } from '../../kernel/random.ts';
import { inputError } from '../../kernel/errors.ts';
import { BOOTSTRAP_RESAMPLES, percentileInterval, sum, varianceOf } from './rate.ts';
import { studentQuantile } from './student.ts';

/** [seed] task id -> one outcome per program. Both arms need the same tasks in the same seeds. */
export type SeededOutcomes = readonly ReadonlyMap<string, readonly boolean[]>[];

export interface PairedComparison {
  /** Rate of the first arm minus rate of the second. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** 1 - first / second, e.g. 0.3 = 30% fewer; NaN where the second rate is 0. */
  readonly relativeReduction: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
  };
  /** Two-sided bootstrap p-value for "no difference", at least 1 / resamples. */
  readonly pValue: number;
  readonly seeds: number;
  readonly tasks: number;
  /** Programs per arm, the smaller of both. */
  readonly n: number;
}

interface Table {
  /** [seed][task] */
  readonly hits: readonly Float64Array[];
  readonly counts: readonly Float64Array[];
}

const tabulate = (arm: SeededOutcomes, tasks: readonly string[]): Table => ({
  hits: arm.map((seed) =>
    Float64Array.from(tasks, (task) => (seed.get(task) ?? []).filter(Boolean).length),
  ),
  counts: arm.map((seed) => Float64Array.from(tasks, (task) => (seed.get(task) ?? []).length)),
});

/** Compares two arms. Throws an input error when their seeds or tasks do not match. */
export function comparePaired(
  first: SeededOutcomes,
  second: SeededOutcomes,
  seed: number,
): PairedComparison {
  const tasks = [...new Set(first.flatMap((outcomes) => [...outcomes.keys()]))].sort();
  const secondTasks = new Set(second.flatMap((outcomes) => [...outcomes.keys()]));
  if (first.length !== second.length || first.length === 0)
    throw inputError(
      `paired comparison: ${first.length} seeds against ${second.length}`,
      'run both arms with the same seeds',
    );
  const missing = tasks.filter((task) => !secondTasks.has(task));
  if (missing.length > 0 || secondTasks.size !== tasks.length || tasks.length === 0)
    throw inputError(
      `paired comparison: the arms do not answer the same tasks (${tasks.length} against ${secondTasks.size}${missing[0] ? `, e.g. ${missing[0]} only in the first` : ''})`,
      'compare runs of the same suite, or restrict both to their common tasks',
    );

  const tables = [tabulate(first, tasks), tabulate(second, tasks)] as const;
  const rate = (table: Table, seedWeights: Float64Array, taskWeights: Float64Array): number => {
    let hit = 0;
    let count = 0;
    for (let s = 0; s < seedWeights.length; s++) {
      const weight = seedWeights[s]!;
      if (weight === 0) continue;
      const hits = table.hits[s]!;
      const counts = table.counts[s]!;
      for (let t = 0; t < taskWeights.length; t++) {
        hit += weight * taskWeights[t]! * hits[t]!;
        count += weight * taskWeights[t]! * counts[t]!;
      }
    }
    return count > 0 ? hit / count : Number.NaN;
  };

  const ones = (length: number): Float64Array => new Float64Array(length).fill(1);
  const firstRate = rate(tables[0], ones(first.length), ones(tasks.length));
  const secondRate = rate(tables[1], ones(first.length), ones(tasks.length));
  const difference = firstRate - secondRate;
  const reduction = secondRate > 0 ? 1 - firstRate / secondRate : Number.NaN;

  const random = createRandom('paired-comparison', seed);
  const draw = (length: number): Float64Array => {
    const weights = new Float64Array(length);
    for (let i = 0; i < length; i++) weights[random.integer(length)]! += 1;
    return weights;
  };
  const widen = first.length > 1 ? Math.sqrt(first.length / (first.length - 1)) : 1;
  const differences = new Float64Array(BOOTSTRAP_RESAMPLES);
  const reductions: number[] = [];
  let atOrBelow = 0;
  let atOrAbove = 0;
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    const seedWeights = draw(first.length);
    const taskWeights = draw(tasks.length);
    const a = rate(tables[0], seedWeights, taskWeights);
    const b = rate(tables[1], seedWeights, taskWeights);
    const drawn = Number.isFinite(a - b) ? difference + (a - b - difference) * widen : difference;
    differences[resample] = drawn;
    if (drawn <= 0) atOrBelow++;
    if (drawn >= 0) atOrAbove++;
    if (b > 0 && Number.isFinite(reduction))
      reductions.push(reduction + (1 - a / b - reduction) * widen);
  }
  const [low, high] = percentileInterval(differences);
  const [reductionLow, reductionHigh] = percentileInterval(Float64Array.from(reductions));
  const programs = (table: Table): number => sum(table.counts.map((row) => sum(row)));
  return {
    difference,
    low: Math.max(-1, low),
    high: Math.min(1, high),
    relativeReduction: { value: reduction, low: reductionLow, high: Math.min(1, reductionHigh) },
    pValue: Math.min(
      1,
      Math.max(1 / BOOTSTRAP_RESAMPLES, (2 * Math.min(atOrBelow, atOrAbove)) / BOOTSTRAP_RESAMPLES),
    ),
    seeds: first.length,
    tasks: tasks.length,
    n: Math.min(programs(tables[0]), programs(tables[1])),
  };
}

/** Mean of paired differences (one per seed) with Student's t interval; needs at least two. */
export function pairedTInterval(differences: readonly number[]): {
  value: number;
  low: number;
  high: number;
  n: number;
} {
  const n = differences.length;
  const value = n > 0 ? sum(differences) / n : Number.NaN;
  if (n < 2) return { value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, n };
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(varianceOf(differences) / n);
  return { value, low: value - half, high: value + half, n };
}

/**
 * McNemar's exact two-sided p-value: `onlyFirst` items that only the first arm got right, `onlySecond` the reverse.
 * Under "no difference" the smaller count is binomial with p = 1/2.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  if (n === 0) return 1;
  const smaller = Math.min(onlyFirst, onlySecond);
  let logChoose = 0; // log C(n, 0)
  let tail = 0;
  for (let i = 0; i <= smaller; i++) {
    if (i > 0) logChoose += Math.log(n - i + 1) - Math.log(i);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}

/** Holm's step-down correction (1979): adjusted p-values in the order given. */
export function holmCorrection(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let running = 0;
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = running;
  });
  return adjusted;
}
