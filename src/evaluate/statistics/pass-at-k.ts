/**
 * @file pass@k: the chance that at least one of k answers is right, from n >= k samples of which c are right.
 * Unbiased estimator 1 - C(n-c, k) / C(n, k) (Chen et al. 2021, "Evaluating large language models trained on code", eq. 1).
 * func@k, sec@k and joint@k are the same estimator with c = works, is secure, and does both in the same answer.
 */
import { usageError } from '../../kernel/errors.ts';
import { meanWithInterval, type RateInterval } from './rate.ts';

/** Throws a usage error when fewer than k samples exist: no estimate can be made from them. */
export function passAtK(samples: number, correct: number, k: number): number {
  if (k < 1 || samples < k)
    throw usageError(`pass@${k} needs at least ${k} samples of each task, found ${samples}`);
  if (samples - correct < k) return 1;
  let allWrong = 1;
  for (let i = samples - correct + 1; i <= samples; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

/** Mean pass@k over tasks with a bootstrap interval over tasks. */
export function passAtKWithInterval(
  outcomesByTask: ReadonlyMap<string, readonly boolean[]>,
  k: number,
  seed: number,
): RateInterval {
  const estimates = new Map<string, number>();
  for (const [task, outcomes] of outcomesByTask)
    estimates.set(task, passAtK(outcomes.length, outcomes.filter(Boolean).length, k));
  return meanWithInterval(estimates, seed);
}
