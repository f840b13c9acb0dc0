/**
 * @file Sums over sums with a 95% interval: findings per thousand lines, or the mean of a number per program. Cluster bootstrap
 * over tasks (ratio estimator, as in rate.ts). Counted events also get Byar's approximation of the exact Poisson interval (Breslow &
 * Day 1987), and the union of both, because the bootstrap alone collapses to a point where nothing was counted.
 */
import { createRandom } from '../../kernel/random.ts';
import { BOOTSTRAP_RESAMPLES, percentileInterval, sum } from './rate.ts';

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** What the sum was divided by: lines of code in thousands, or programs. */
  readonly over: number;
  readonly unit: 'thousand lines' | 'programs';
  readonly tasks: number;
}

/** Of one task: the sum of what was measured, and what it is measured over. */
export interface Share {
  readonly sum: number;
  readonly over: number;
}

export type SharesByTask = ReadonlyMap<string, Share>;

const Z_95 = 1.959963984540054;

/** null where there is nothing to divide by: not measured, which is not zero. */
export function estimateOf(
  shares: SharesByTask,
  unit: Estimate['unit'],
  seed: number,
): Estimate | null {
  const clusters = inOrder(shares);
  const over = sum(clusters.map((one) => one.over));
  if (over === 0) return null;
  const total = sum(clusters.map((one) => one.sum));
  const random = createRandom('estimate', seed);
  const values = new Float64Array(BOOTSTRAP_RESAMPLES);
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    let up = 0;
    let down = 0;
    for (let drawn = 0; drawn < clusters.length; drawn++) {
      const chosen = clusters[random.integer(clusters.length)]!;
      up += chosen.sum;
      down += chosen.over;
    }
    values[resample] = down > 0 ? up / down : total / over;
  }
  const [low, high] = percentileInterval(values);
  const counted = unit === 'thousand lines' ? poissonInterval(total) : [total, total];
  return {
    value: total / over,
    low: Math.min(low, counted[0]! / over),
    high: Math.max(high, counted[1]! / over),
    over,
    unit,
    tasks: clusters.length,
  };
}

/** Byar's approximation of the exact 95% interval of a Poisson mean of which `count` was seen. */
export function poissonInterval(count: number): [number, number] {
  const low = count === 0 ? 0 : count * (1 - 1 / (9 * count) - Z_95 / (3 * Math.sqrt(count))) ** 3;
  const next = count + 1;
  return [Math.max(0, low), next * (1 - 1 / (9 * next) + Z_95 / (3 * Math.sqrt(next))) ** 3];
}

export interface EstimateDifference {
  /** First minus second. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided bootstrap p-value for "no difference", at least 1 / resamples. */
  readonly pValue: number;
  readonly tasks: number;
}

/** Two runs on their common tasks: the same tasks are drawn for both, so what they share cancels out. null without any. */
export function compareEstimates(
  first: SharesByTask,
  second: SharesByTask,
  seed: number,
): EstimateDifference | null {
  const tasks = [...first.keys()].filter((task) => second.has(task)).sort();
  const [a, b] = [tasks.map((task) => first.get(task)!), tasks.map((task) => second.get(task)!)];
  const all = Uint32Array.from(tasks, (_, i) => i);
  const ratio = (shares: readonly Share[], chosen: Uint32Array): number => {
    let up = 0;
    let down = 0;
    for (const i of chosen) {
      up += shares[i]!.sum;
      down += shares[i]!.over;
    }
    return up / down;
  };
  const difference = ratio(a, all) - ratio(b, all);
  if (!Number.isFinite(difference)) return null;
  const random = createRandom('estimate-difference', seed);
  const differences = new Float64Array(BOOTSTRAP_RESAMPLES);
  let atOrBelow = 0;
  let atOrAbove = 0;
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    const chosen = Uint32Array.from(tasks, () => random.integer(tasks.length));
    const drawn = ratio(a, chosen) - ratio(b, chosen);
    differences[resample] = Number.isFinite(drawn) ? drawn : difference;
    if (differences[resample]! <= 0) atOrBelow++;
    if (differences[resample]! >= 0) atOrAbove++;
  }
  const [low, high] = percentileInterval(differences);
  return {
    difference,
    low,
    high,
    pValue: Math.min(1, Math.max(1, 2 * Math.min(atOrBelow, atOrAbove)) / BOOTSTRAP_RESAMPLES),
    tasks: tasks.length,
  };
}

/** The interval must not depend on the order of insertion. */
const inOrder = (shares: SharesByTask): Share[] =>
  [...shares].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, share]) => share);
