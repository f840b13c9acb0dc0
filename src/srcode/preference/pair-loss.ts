/**
 * @file The preference loss of one pair and its gradient, as plain arithmetic. After Localized Preference Optimization
 * (Hasan et al. 2025, 2506.00419): only the security tokens of both answers enter the preference, and a supervised term on the
 * whole fixed answer keeps the rest in place. The exact forms are ours: L = -log sigmoid(z) + weight · mean NLL of the fixed answer, with
 *   reference-free (SimPO, 2405.14734):  z = beta · (mean lp of fixed - mean lp of vulnerable) - margin
 *   reference (DPO, 2305.18290):         z = beta · (sum of log-ratios of fixed - sum of vulnerable) - margin
 * both taken over the security tokens alone.
 */
import type { LpoConfig } from './config.ts';

export interface ScoredAnswer {
  /** [answer token] Under the model in training. */
  readonly logprobs: ArrayLike<number>;
  /** [answer token] Under the starting model; needed for the objective 'reference'. */
  readonly reference?: ArrayLike<number>;
  /** [answer token] 1 where the token takes part in the preference. */
  readonly mask: Uint8Array;
}

export type PairObjective = Pick<LpoConfig, 'objective' | 'beta' | 'margin' | 'supervisedWeight'>;

export interface PairLoss {
  readonly preference: number;
  /** Mean negative log-probability of the fixed answer; not yet weighted. */
  readonly supervised: number;
  readonly total: number;
  /** By how much the fixed answer leads, in nats; above 0 the pair is ranked right. */
  readonly lead: number;
  /** [answer token] -dL/dlogprob: what the engine takes as advantages. */
  readonly chosenPull: Float32Array;
  readonly rejectedPull: Float32Array;
}

export function pairLoss(
  chosen: ScoredAnswer,
  rejected: ScoredAnswer,
  { objective, beta, margin, supervisedWeight }: PairObjective,
): PairLoss {
  const divisors = [chosen, rejected].map(({ mask }) =>
    objective === 'reference' ? 1 : Math.max(1, count(mask)),
  ) as [number, number];
  const lead = score(chosen, objective) / divisors[0] - score(rejected, objective) / divisors[1];
  const z = beta * lead - margin;
  const preference = softplus(-z);
  const coefficient = beta * sigmoid(-z);
  const length = Math.max(1, chosen.logprobs.length);
  const supervised = -sum(chosen.logprobs) / length;
  return {
    preference,
    supervised,
    total: preference + supervisedWeight * supervised,
    lead,
    chosenPull: Float32Array.from(
      chosen.mask,
      (counts) => (counts * coefficient) / divisors[0] + supervisedWeight / length,
    ),
    rejectedPull: Float32Array.from(
      rejected.mask,
      (counts) => (-counts * coefficient) / divisors[1],
    ),
  };
}

function score({ logprobs, reference, mask }: ScoredAnswer, objective: string): number {
  let total = 0;
  for (let t = 0; t < mask.length; t++)
    if (mask[t] === 1)
      total += logprobs[t]! - (objective === 'reference' ? (reference?.[t] ?? Number.NaN) : 0);
  return total;
}

const count = (mask: Uint8Array): number => mask.reduce((total, counts) => total + counts, 0);

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** log(1 + e^x), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
