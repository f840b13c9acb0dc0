/** @file The machine-readable form of one program's reward; offsets in code points, as everything that leaves the process. */
import { createOffsetMap, rangeToCodePoints } from '../../data/offsets.ts';
import type { Rollout } from '../../data/rollout.ts';
import type { RewardedProgram } from './rewarder.ts';

export interface RewardRecord {
  readonly instance: RewardedProgram['instance'];
  readonly tokens: readonly { text: string; start: number; end: number; reward: number }[];
  readonly attributions: RewardedProgram['tokens']['attributions'];
}

export function rewardRecord(
  rollout: Rollout,
  { instance, tokens }: RewardedProgram,
): RewardRecord {
  const map = createOffsetMap(rollout.text);
  return {
    instance,
    tokens: rollout.tokenRanges.map(({ start, end }, token) => ({
      text: rollout.text.slice(start, end),
      start: map.toCodePoint(start),
      end: map.toCodePoint(end),
      reward: tokens.rewards[token]!,
    })),
    attributions: tokens.attributions.map((item) => rangeToCodePoints(item, map)),
  };
}
