/** @file Rollout: one sampled answer, token by token. All per-token arrays have the length of `tokens`. */
import type { Range } from './offsets.ts';

export type FinishReason = 'stop' | 'length';

export interface Rollout {
  readonly taskId: string;
  readonly promptTokens: readonly number[];
  /** [token] Sampled token ids, the stop token included when finishReason is 'stop'. */
  readonly tokens: readonly number[];
  /** [token] Natural-log probability under the sampler, at temperature 1 and before top-p/top-k. */
  readonly logprobs: readonly number[];
  /** The answer decoded, without the stop token. */
  readonly text: string;
  /** [token] UTF-16 ranges in `text`; they cover it exactly and in order; the stop token's is empty at the end. */
  readonly tokenRanges: readonly Range[];
  readonly finishReason: FinishReason;
}
