/**
 * @file Asks again after failures that may pass: exponential waiting with jitter, or as long as the server asked for by
 * Retry-After (up to a limit). Time and chance come in, so that tests need not wait.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ChatFailure } from './chat-failure.ts';
import type { ChatModel } from './chat-model.ts';

export interface RetryOptions {
  /** Tries in all. */
  readonly attempts: number;
  readonly firstWaitMs: number;
  /** No single wait is longer, whatever the server asks for. */
  readonly longestWaitMs: number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

export const DEFAULT_RETRY: RetryOptions = {
  attempts: 5,
  firstWaitMs: 500,
  longestWaitMs: 60_000,
};

const realSleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  delay(ms, undefined, signal === undefined ? {} : { signal });

export function withRetries(model: ChatModel, options: RetryOptions = DEFAULT_RETRY): ChatModel {
  const sleep = options.sleep ?? realSleep;
  const random = options.random ?? Math.random;
  return {
    name: model.name,
    async complete(request, signal) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await model.complete(request, signal);
        } catch (thrown) {
          if (!ChatFailure.isInstance(thrown) || !thrown.retryable) throw thrown;
          if (attempt >= options.attempts)
            throw new ChatFailure(thrown.failure, `${thrown.message} (after ${attempt} tries)`, {
              retryable: false,
            });
          const growing = options.firstWaitMs * 2 ** (attempt - 1) * (0.5 + random());
          const wanted = thrown.retryAfterMs ?? growing;
          await sleep(Math.min(options.longestWaitMs, wanted), signal);
        }
      }
    },
  };
}
