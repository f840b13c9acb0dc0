/**
 * @file Channel `likelihood` (ours, after the implicit process rewards of PRIME, 2502.01456): analysis says whether a unit is secure, two small
 * models say where that was decided. One was fine-tuned on the fixed sides of PrimeVul+, one on the vulnerable sides; they agree on every token
 * but those in which the two ways part. A unit's amount is shared among its tokens by how much more likely the model of its verdict holds them.
 * Where the two never part (a weakness the pairs do not teach), nothing is said. It costs two forward passes over the batch.
 */
import type { Attribution } from '../../data/token-rewards.ts';
import type { Rollout } from '../../data/rollout.ts';
import type { ProgramContext, RewardChannel } from './channel.ts';
import { tokensOf, unitVerdicts } from './unit-verdicts.ts';

/** [answer][answer token] log-probabilities in nats under one model. */
export type AnswerLogprobs = (rollouts: readonly Rollout[]) => Promise<readonly Float32Array[]>;

export interface LikelihoodModels {
  readonly fixed: AnswerLogprobs;
  readonly vulnerable: AnswerLogprobs;
}

/** Differences below this, in nats, are the two models' noise. */
const NOISE = 0.5;
/** A unit whose differences sum to less was not decided by anything the pairs teach. */
const LEAST = 1;

export function createLikelihoodChannel(models: LikelihoodModels): RewardChannel {
  return {
    name: 'likelihood',
    async attribute(batch) {
      const able = batch.filter(
        ({ standing, rollout }) => standing.fault === undefined && rollout.tokens.length > 0,
      );
      const rollouts = able.map(({ rollout }) => rollout);
      const [fixed, vulnerable] =
        able.length > 0
          ? [await models.fixed(rollouts), await models.vulnerable(rollouts)]
          : [[], []];
      const leanings = new Map(
        able.map((context, i) => [
          context,
          fixed[i]!.map((logprob, t) => logprob - vulnerable[i]![t]!),
        ]),
      );
      return batch.map((context) => {
        const leaning = leanings.get(context);
        return leaning ? placed(context, leaning) : [];
      });
    },
  };
}

/** @param leaning [answer token] log p(fixed) - log p(vulnerable). */
function placed(context: ProgramContext, leaning: Float32Array): Attribution[] {
  return unitVerdicts(context).flatMap((unit) => {
    if (unit.own === undefined || unit.findings === undefined) return [];
    const sign = unit.findings === 0 ? 1 : -1;
    const parting = tokensOf(context, unit)
      .map((token) => ({ token, weight: sign * leaning[token]! - NOISE }))
      .filter(({ weight }) => weight > 0);
    const total = parting.reduce((sum, { weight }) => sum + weight, 0);
    return total < LEAST
      ? []
      : parting.map(({ token, weight }) =>
          attribution(context, token, sign * (weight / total), unit.name),
        );
  });
}

function attribution(
  { rollout, place }: ProgramContext,
  token: number,
  amount: number,
  unit: string,
): Attribution {
  const { start, end } = rollout.tokenRanges[token]!;
  return {
    start: start - place.start,
    end: end - place.start,
    channel: 'likelihood',
    rule: `likelihood:${unit}:${token}`,
    amount,
    why:
      amount > 0
        ? `${unit} is secure, and here fixed code parts from vulnerable code`
        : `${unit} is weak, and here vulnerable code parts from fixed code`,
  };
}
