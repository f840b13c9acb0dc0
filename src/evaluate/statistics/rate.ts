/**
 * @file A rate with its 95% interval, where samples of one task stand or fall together. Cluster bootstrap over tasks
 * (Field & Welsh 2007: resample clusters whole, ratio estimator), percentile interval, widened to hold Wilson's score
 * interval (1927) at the effective sample size. The bootstrap alone collapses to a point at 0 and 1; Wilson alone
 * believes that ten samples of one task are ten tasks. Taking the union of both is ours: never narrower than either.
 */
import { createRandom } from '../../kernel/random.ts';

/** A value with its 95% interval; n counts programs, tasks the clusters they came from. */
export interface RateInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly tasks: number;
}

/** Task id -> one outcome per program. */
export type OutcomesByTask =
  | ReadonlyMap<string, readonly boolean[]>
  | Readonly<Record<string, readonly boolean[]>>;

export const BOOTSTRAP_RESAMPLES = 4000;
const Z_95 = 1.959963984540054;

const entriesOf = <T>(
  byTask: ReadonlyMap<string, T> | Readonly<Record<string, T>>,
): [string, T][] => (byTask instanceof Map ? [...byTask] : Object.entries(byTask));

/**
 * The share of true outcomes. Tasks without outcomes do not count; with no outcome at all the value is NaN and
 * the interval is the whole of [0, 1]: nothing is known.
 */
export function rateWithInterval(outcomesByTask: OutcomesByTask, seed: number): RateInterval {
  const clusters = entriesOf(outcomesByTask)
    .filter(([, outcomes]) => outcomes.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1)); // the interval must not depend on the order of insertion
  const counts = clusters.map(([, outcomes]) => outcomes.length);
  const hits = clusters.map(([, outcomes]) => outcomes.filter(Boolean).length);
  const n = sum(counts);
  if (n === 0) return { value: Number.NaN, low: 0, high: 1, n: 0, tasks: 0 };
  const value = sum(hits) / n;

  const random = createRandom('rate-interval', seed);
  const rates = new Float64Array(BOOTSTRAP_RESAMPLES);
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    let hit = 0;
    let count = 0;
    for (let drawn = 0; drawn < clusters.length; drawn++) {
      const chosen = random.integer(clusters.length);
      hit += hits[chosen]!;
      count += counts[chosen]!;
    }
    rates[resample] = hit / count;
  }
  const [bootstrapLow, bootstrapHigh] = percentileInterval(rates);
  const wilson = wilsonInterval(value, effectiveSize(value, rates, n, clusters.length));
  return {
    value,
    low: Math.min(value, bootstrapLow, wilson.low),
    high: Math.max(value, bootstrapHigh, wilson.high),
    n,
    tasks: clusters.length,
  };
}

/** How many independent programs would give the variance seen; the number of tasks where no variance can be seen. */
function effectiveSize(value: number, rates: Float64Array, n: number, tasks: number): number {
  const variance = varianceOf(rates);
  if (tasks === 1 || value === 0 || value === 1 || variance === 0) return tasks;
  return Math.min(n, Math.max(1, (value * (1 - value)) / variance));
}

/** The mean of one number per task (for example pass@k) with a bootstrap interval over tasks; n = tasks. */
export function meanWithInterval(
  valueByTask: ReadonlyMap<string, number> | Readonly<Record<string, number>>,
  seed: number,
): RateInterval {
  const values = entriesOf(valueByTask)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value);
  const n = values.length;
  if (n === 0) return { value: Number.NaN, low: 0, high: 1, n: 0, tasks: 0 };
  const value = sum(values) / n;
  const random = createRandom('mean-interval', seed);
  const means = new Float64Array(BOOTSTRAP_RESAMPLES);
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    let total = 0;
    for (let drawn = 0; drawn < n; drawn++) total += values[random.integer(n)]!;
    means[resample] = total / n;
  }
  let [low, high] = percentileInterval(means);
  const withinUnit = values.every((one) => one >= 0 && one <= 1);
  if (withinUnit) {
    const wilson = wilsonInterval(value, effectiveSize(value, means, n, n));
    low = Math.min(low, wilson.low);
    high = Math.max(high, wilson.high);
  }
  return { value, low: Math.min(low, value), high: Math.max(high, value), n, tasks: n };
}

/** Wilson's score interval for a share seen over `n` independent trials (n need not be whole). */
export function wilsonInterval(share: number, n: number, z = Z_95): { low: number; high: number } {
  if (n <= 0) return { low: 0, high: 1 };
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half =
    (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return {
    low: share <= 0 ? 0 : Math.max(0, centre - half),
    high: share >= 1 ? 1 : Math.min(1, centre + half),
  };
}

/** The 2.5% and 97.5% points of resampled values (sorted in place), linear between order statistics. */
export function percentileInterval(values: Float64Array, level = 0.95): [number, number] {
  values.sort();
  return [quantileOfSorted(values, (1 - level) / 2), quantileOfSorted(values, (1 + level) / 2)];
}

export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}

export const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

export function varianceOf(values: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i]! / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return values.length > 1 ? squares / (values.length - 1) : 0;
}
