/** @file TokenRewards: one number per sampled token, plus the attributions that produced it; InstanceReward and its split by unit. */
import type { Range } from './offsets.ts';

export type ChannelName = 'pair' | 'rules' | 'judge' | 'contrast' | 'likelihood';

/** An amount that a channel lays on a range of the program's text; each of the n tokens under it gets amount / n. */
export interface Attribution extends Range {
  readonly channel: ChannelName;
  readonly rule: string;
  /** Positive for what makes code secure, negative for what makes it vulnerable. */
  readonly amount: number;
  /** A sentence a person can read. */
  readonly why: string;
}

export interface TokenRewards {
  /** [token] */
  readonly rewards: Float32Array;
  readonly attributions: readonly Attribution[];
}

/** Instance-level reward R and its parts, each in [0, 1] unless unknown (null: could not be judged, never "secure"). */
export interface InstanceReward {
  readonly value: number;
  readonly functional: number | null;
  readonly secure: number | null;
  readonly format: number;
  readonly why: string;
}

/** What one function of a program earned, and the tokens in which that can have been decided. */
export interface UnitReward {
  /** As the task's interface names it. */
  readonly unit: string;
  /** In [0, 1], of the same form as InstanceReward.value. */
  readonly reward: number;
  /** [token] 1 where the token belongs to the unit, else 0. */
  readonly tokens: Uint8Array;
}
