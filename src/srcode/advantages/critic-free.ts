/**
 * @file SRCode's critic-free advantage (SPEC of this project, ours; the separate scaling follows PRIME, 2502.01456):
 *   A_t = alpha * instance advantage / s_R  +  beta * G_t / s_G  +  kl * (mean diff - diff_t)
 * The parts are scaled separately, because mixing a sparse token signal with a dense one makes either drown.
 * Granularity decides which security signal enters: 'instance' = the first part alone, 'token' = security by tokens
 * (R then holds function and format only, which have no place in the text), 'hybrid' = full R and tokens.
 * Where answers come with units, the instance advantage is made unit by unit (unit-advantages.ts) and varies from token to token.
 */
import type { UnitReward } from '../../data/token-rewards.ts';
import { type Baseline, batchScale, instanceAdvantages } from './group-baseline.ts';
import { tokenReturns, tokenScale } from './token-return.ts';
import { unitAdvantages } from './unit-advantages.ts';

export interface CriticFreeOptions {
  readonly baseline: Baseline;
  /** Weight of the instance part. */
  readonly alpha: number;
  /** Weight of the token part; 0 for granularity 'instance'. */
  readonly beta: number;
  readonly gammaToken: number;
  /** Weight of the KL term against the reference policy; 0 = off. */
  readonly klWeight: number;
}

export interface AnswerSignal {
  /** Instance reward R of this answer. */
  readonly reward: number;
  /** [token] */
  readonly tokenRewards: Float32Array;
  /** R split by unit; given for all answers or for none. */
  readonly units?: readonly UnitReward[];
  /** [token] log pi - log pi_ref; needed when klWeight > 0. */
  readonly referenceGap?: Float32Array;
}

/** @param groups [group][answer] @returns [group][answer][token] */
export function criticFreeAdvantages(
  groups: readonly (readonly AnswerSignal[])[],
  options: CriticFreeOptions,
): Float32Array[][] {
  const { rows, scale: instanceScale } = instancePart(groups, options.baseline);
  const returns = groups.map((group) =>
    group.map((answer) => tokenReturns(answer.tokenRewards, options.gammaToken)),
  );
  const scale = tokenScale(returns.flat());
  const gapMean = meanGap(groups);

  return groups.map((group, g) =>
    group.map((answer, i) => {
      const instance = rows[g]![i]!;
      const advantages = new Float32Array(answer.tokenRewards.length);
      const tokenReturn = returns[g]![i]!;
      for (let t = 0; t < advantages.length; t++) {
        let value = instanceScale > 0 ? (options.alpha * instance[t]!) / instanceScale : 0;
        if (options.beta !== 0 && scale > 0) value += (options.beta * tokenReturn[t]!) / scale;
        if (options.klWeight !== 0 && answer.referenceGap) {
          value += options.klWeight * (gapMean - answer.referenceGap[t]!);
        }
        advantages[t] = value;
      }
      return advantages;
    }),
  );
}

/** [group][answer][token] instance advantages and the scale they are to be divided by. */
function instancePart(
  groups: readonly (readonly AnswerSignal[])[],
  baseline: Baseline,
): { rows: ArrayLike<number>[][]; scale: number } {
  const scaleOf = (advantages: readonly (readonly number[])[]): number =>
    baseline === 'rloo' ? batchScale(advantages) : 1;
  if (groups.every((group) => group.every(({ units }) => units !== undefined))) {
    const { tokens, units } = unitAdvantages(
      groups.map((group) => group.map((answer) => answer.units!)),
      baseline,
    );
    return { rows: tokens, scale: scaleOf(units) };
  }
  const whole = instanceAdvantages(
    groups.map((group) => group.map((answer) => answer.reward)),
    baseline,
  );
  const rows = groups.map((group, g) =>
    group.map((answer, i) => new Array<number>(answer.tokenRewards.length).fill(whole[g]![i]!)),
  );
  return { rows, scale: scaleOf(whole) };
}

function meanGap(groups: readonly (readonly AnswerSignal[])[]): number {
  let sum = 0;
  let count = 0;
  for (const answer of groups.flat()) {
    for (const gap of answer.referenceGap ?? []) {
      sum += gap;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
