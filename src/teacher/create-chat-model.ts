/**
 * @file A chat model with all its wrappings, from its settings: known answers around retries around budget around throttle
 * around the keeping of answers around the server. So a known answer costs nothing, every try is within the budget, waiting
 * for a turn is no timeout, and an answer is on disk before anything is done with it. A server's library is loaded only
 * when it is the one asked.
 */
import { createAnswerStore, withAnswersKept, withKnownAnswers } from './answer-cache.ts';
import { requireApiKey } from './api-key.ts';
import { withBudget } from './budget.ts';
import type { ChatModel } from './chat-model.ts';
import type { Price } from './price.ts';
import { createReplay } from './replay.ts';
import { DEFAULT_RETRY, withRetries } from './retry.ts';
import { withThrottle } from './throttle.ts';

export interface ChatModelSettings {
  readonly kind: 'openai-compatible' | 'anthropic' | 'replay';
  readonly model: string;
  readonly baseUrl?: string | undefined;
  /** Environment variable that holds the key. */
  readonly apiKeyVariable?: string | undefined;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly longestWaitSeconds: number;
  readonly concurrency: number;
  readonly requestsPerMinute?: number | undefined;
  readonly budgetTokens?: number | undefined;
  readonly budgetUsd?: number | undefined;
  readonly price: Price;
  /** Folder of answers; for `replay` the recorded ones. */
  readonly cacheDirectory: string;
}

export const DEFAULT_KEY_VARIABLES = {
  'openai-compatible': 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
} as const;

export const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

/** Throws `missing` (exit 3) when the key's variable is not set. */
export async function createChatModel(
  settings: ChatModelSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ChatModel> {
  if (settings.kind === 'replay') return createReplay(settings.cacheDirectory, settings.model);
  const store = createAnswerStore(settings.cacheDirectory);
  const bare = await createServer(settings, settings.kind, environment);
  const server = withThrottle(withAnswersKept(bare, settings.model, store), {
    concurrency: settings.concurrency,
    ...(settings.requestsPerMinute === undefined
      ? {}
      : { requestsPerMinute: settings.requestsPerMinute }),
  });
  const budgeted = withBudget(server, {
    price: settings.price,
    ...(settings.budgetTokens === undefined ? {} : { tokens: settings.budgetTokens }),
    ...(settings.budgetUsd === undefined ? {} : { usd: settings.budgetUsd }),
  });
  const patient = withRetries(budgeted, {
    ...DEFAULT_RETRY,
    attempts: settings.attempts,
    longestWaitMs: settings.longestWaitSeconds * 1000,
  });
  return withKnownAnswers(patient, settings.model, store);
}

async function createServer(
  settings: ChatModelSettings,
  kind: 'openai-compatible' | 'anthropic',
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ChatModel> {
  const apiKeyVariable = settings.apiKeyVariable ?? DEFAULT_KEY_VARIABLES[kind];
  const apiKey = requireApiKey(apiKeyVariable, environment);
  const { model, price } = settings;
  const timeoutMs = settings.timeoutSeconds * 1000;
  const shared = { model, apiKey, apiKeyVariable, timeoutMs, price };
  if (kind === 'anthropic') {
    const { createAnthropic } = await import('./anthropic.ts');
    const { baseUrl } = settings;
    return createAnthropic({ ...shared, ...(baseUrl === undefined ? {} : { baseUrl }) });
  }
  const { createOpenAiCompatible } = await import('./openai-compatible.ts');
  return createOpenAiCompatible({ ...shared, baseUrl: settings.baseUrl ?? DEFAULT_BASE_URL });
}
