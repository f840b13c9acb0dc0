/** @file From a batch of experience to data for the engine, by either way of making advantages: critic-free or PPO with a critic. */
import type { Datum } from '../../data/datum.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { criticFreeAdvantages } from '../advantages/critic-free.ts';
import { generalisedAdvantages, normaliseAdvantages } from '../advantages/gae.ts';
import { klEstimate } from '../kl.ts';
import { answerPart, plainDatum, policyDatum } from '../rollouts.ts';
import type { Batch, Experience } from './batch.ts';
import type { RlConfig } from './config.ts';

export interface PolicyItem {
  readonly experience: Experience;
  readonly datum: Datum;
}

export interface PolicyData {
  readonly items: readonly PolicyItem[];
  /** Mean over answer tokens of the configured KL estimate; NaN without a reference. */
  readonly meanKl: number;
}

/** @param reference the frozen policy; needed when config.kl.weight > 0 */
export async function policyData(
  batch: Batch,
  config: RlConfig,
  engine: TrainingEngine,
  reference: TrainingEngine | undefined,
): Promise<PolicyData> {
  const flat = batch.groups.flat();
  const gaps = reference ? await referenceGaps(flat, reference) : undefined;
  const actionTokens = flat.reduce((sum, item) => sum + item.rollout.tokens.length, 0);
  const weight = 1 / Math.max(1, actionTokens);
  const items =
    config.algorithm === 'ppo'
      ? await withCritic(flat, gaps, config, engine, weight)
      : criticFree(batch, gaps, config, weight);
  return { items, meanKl: meanKl(gaps, config) };
}

/** [answer][token] log pi - log pi_ref at the sampled tokens. */
async function referenceGaps(
  flat: readonly Experience[],
  reference: TrainingEngine,
): Promise<Float32Array[]> {
  const { logprobs } = await reference.forward(flat.map((item) => plainDatum(item.rollout)));
  return flat.map((item, i) => {
    const theirs = answerPart(item.rollout, logprobs[i]!);
    return Float32Array.from(item.rollout.logprobs, (ours, t) => ours - theirs[t]!);
  });
}

function criticFree(
  batch: Batch,
  gaps: readonly Float32Array[] | undefined,
  config: RlConfig,
  weight: number,
): PolicyItem[] {
  let at = 0;
  const signals = batch.groups.map((group) =>
    group.map((item) => {
      const gap = gaps?.[at++];
      return {
        reward: item.reward,
        tokenRewards: item.tokens.rewards,
        ...(item.units ? { units: item.units } : {}),
        ...(gap ? { referenceGap: gap.map((value) => gapTerm(value, config)) } : {}),
      };
    }),
  );
  const advantages = criticFreeAdvantages(signals, {
    baseline: config.algorithm === 'ppo' ? 'rloo' : config.algorithm,
    alpha: config.alpha,
    beta: config.granularity === 'instance' ? 0 : config.beta,
    gammaToken: config.gammaToken,
    klWeight: config.kl.weight,
  });
  return batch.groups.flatMap((group, g) =>
    group.map((experience, i) => ({
      experience,
      datum: policyDatum(experience.rollout, { advantages: advantages[g]![i]!, weight }),
    })),
  );
}

const gapTerm = (gap: number, config: RlConfig): number => klEstimate(gap, config.kl.estimator);

async function withCritic(
  flat: readonly Experience[],
  gaps: readonly Float32Array[] | undefined,
  config: RlConfig,
  engine: TrainingEngine,
  weight: number,
): Promise<PolicyItem[]> {
  const { values } = await engine.forward(
    flat.map((item) => plainDatum(item.rollout)),
    { values: true },
  );
  const estimates = flat.map((item, i) => {
    const ours = answerPart(item.rollout, values![i]!).slice();
    const rewards = item.tokens.rewards.map(
      (amount, t) =>
        config.beta * amount - (gaps ? config.kl.weight * gapTerm(gaps[i]![t]!, config) : 0),
    );
    if (rewards.length > 0) rewards[rewards.length - 1]! += config.alpha * item.reward;
    return {
      ours,
      ...generalisedAdvantages(rewards, ours, config.critic.gamma, config.critic.lambda),
    };
  });
  normaliseAdvantages(
    estimates.map((estimate) => estimate.advantages),
    config.critic.normalisation,
  );
  return flat.map((experience, i) => ({
    experience,
    datum: policyDatum(experience.rollout, {
      advantages: estimates[i]!.advantages,
      returns: estimates[i]!.returns,
      oldValues: estimates[i]!.ours,
      weight,
    }),
  }));
}

function meanKl(gaps: readonly Float32Array[] | undefined, config: RlConfig): number {
  if (!gaps) return Number.NaN;
  let sum = 0;
  let count = 0;
  for (const row of gaps) {
    for (const gap of row) {
      sum += klEstimate(gap, config.kl.estimator);
      count++;
    }
  }
  return count ? sum / count : 0;
}
