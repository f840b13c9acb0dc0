/**
 * @file The four losses as plain arithmetic, token by token: the definition that engines are tested against, and the
 * clip statistics the training log reports. r = exp(lp - lpOld). cross_entropy -w lp; importance_sampling -w r A;
 * ppo -w min(r A, clip(r) A) (Schulman et al. 2017, clip-higher: DAPO 2025); cispo -w stopgrad(clip r) lp A (MiniMax-M1 2025).
 */
import type { LossSpec } from '../data/datum.ts';

export interface TokenLossInput {
  readonly logprob: number;
  readonly oldLogprob: number;
  readonly advantage: number;
  readonly weight: number;
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

export function tokenLoss(spec: LossSpec, input: TokenLossInput): number {
  const { logprob, oldLogprob, advantage, weight } = input;
  const ratio = Math.exp(logprob - oldLogprob);
  switch (spec.name) {
    case 'cross_entropy':
      return -weight * logprob;
    case 'importance_sampling':
      return -weight * ratio * advantage;
    case 'ppo':
      return (
        -weight * Math.min(ratio * advantage, clamp(ratio, spec.clipLow, spec.clipHigh) * advantage)
      );
    case 'cispo':
      return -weight * clamp(ratio, spec.clipLow, spec.clipHigh) * logprob * advantage;
  }
}

/** d loss / d logprob of one token. */
export function tokenLossGradient(spec: LossSpec, input: TokenLossInput): number {
  const { logprob, oldLogprob, advantage, weight } = input;
  const ratio = Math.exp(logprob - oldLogprob);
  switch (spec.name) {
    case 'cross_entropy':
      return -weight;
    case 'importance_sampling':
      return -weight * ratio * advantage;
    case 'ppo':
      return isClipped(spec, ratio, advantage) ? 0 : -weight * ratio * advantage;
    case 'cispo':
      return -weight * clamp(ratio, spec.clipLow, spec.clipHigh) * advantage;
  }
}

/** True where PPO's clipping takes the gradient of a token away. */
export function isClipped(
  spec: { readonly clipLow: number; readonly clipHigh: number },
  ratio: number,
  advantage: number,
): boolean {
  return (advantage > 0 && ratio > spec.clipHigh) || (advantage < 0 && ratio < spec.clipLow);
}

export interface ClipStatistics {
  /** Share of all action tokens whose ratio lies outside the clip range on the side that matters. */
  readonly all: number;
  /** The same share among tokens that carry a token reward: PPO clipping cuts exactly these (the paper's stated limit). */
  readonly rewarded: number;
  readonly rewardedTokens: number;
}

export class ClipCounter {
  private clipped = 0;
  private total = 0;
  private rewardedClipped = 0;
  private rewardedTotal = 0;

  add(
    spec: { clipLow: number; clipHigh: number },
    ratio: number,
    advantage: number,
    rewarded: boolean,
  ): void {
    const cut = isClipped(spec, ratio, advantage) ? 1 : 0;
    this.clipped += cut;
    this.total++;
    if (!rewarded) return;
    this.rewardedClipped += cut;
    this.rewardedTotal++;
  }

  statistics(): ClipStatistics {
    return {
      all: this.total ? this.clipped / this.total : 0,
      rewarded: this.rewardedTotal ? this.rewardedClipped / this.rewardedTotal : 0,
      rewardedTokens: this.rewardedTotal,
    };
  }
}
