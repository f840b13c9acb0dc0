/**
 * @file Datum: model input and per-token loss inputs, in the shape of the Tinker API: position i of `input` predicts
 * `targets[i]`; every array has the length of `input`. Losses are SUMS over tokens:
 * cross_entropy -w·lp; importance_sampling -w·r·A; ppo -w·min(rA, clip(r)A); cispo -w·stopgrad(clip r)·lp·A, with r = exp(lp - lpOld).
 */

export interface Datum {
  /** [token] */
  readonly input: readonly number[];
  /** [token] */
  readonly targets: readonly number[];
  /** [token] Loss weight; the action mask for policy losses. */
  readonly weights: Float32Array;
  /** [token] Log-probabilities under the sampler (policy losses). */
  readonly logprobs?: Float32Array;
  /** [token] (policy losses) */
  readonly advantages?: Float32Array;
  /** [token] Value targets of the critic; only for engines whose capabilities say so. */
  readonly returns?: Float32Array;
  /** [token] The critic's values when the data was made, for clipped value loss. */
  readonly oldValues?: Float32Array;
}

export type LossSpec =
  | { readonly name: 'cross_entropy' }
  | { readonly name: 'importance_sampling' }
  /** Thresholds are ratios, e.g. 0.8 and 1.2. */
  | { readonly name: 'ppo'; readonly clipLow: number; readonly clipHigh: number }
  | { readonly name: 'cispo'; readonly clipLow: number; readonly clipHigh: number };

/** Adds coefficient · w · ½(V - returns)² (clipped around oldValues when `clip` is given) to the loss. */
export interface CriticLoss {
  readonly coefficient: number;
  readonly clip?: number;
}
