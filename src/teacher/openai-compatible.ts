/**
 * @file ChatModel over any server that speaks the OpenAI chat API (vLLM, SGLang, llama.cpp, Ollama, OpenRouter, OpenAI), by
 * the openai library. Servers differ in structured output: the first refusal of `json_schema` steps down to `json_object`
 * and then to plain text, once per process. Retries are not done here (retry.ts).
 */
import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai';
import { wrongKeyError } from './api-key.ts';
import { ChatFailure, emptyAnswer, retryAfterMs, safeDetail } from './chat-failure.ts';
import type { ChatAnswer, ChatModel, ChatRequest } from './chat-model.ts';
import { costOf, FREE, tokenCount, type Price } from './price.ts';
import { LONGEST_ANSWER } from './structured-answer.ts';
import { fetchWhole, floodIn } from './whole-fetch.ts';

export interface OpenAiCompatibleOptions {
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Named when the key is refused. */
  readonly apiKeyVariable: string;
  readonly timeoutMs: number;
  readonly price?: Price;
}

const MODES = ['json_schema', 'json_object', 'plain'] as const;

export function createOpenAiCompatible(options: OpenAiCompatibleOptions): ChatModel {
  const client = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    maxRetries: 0,
    timeout: options.timeoutMs,
    fetch: fetchWhole,
  });
  let mode = 0;

  const ask = async (request: ChatRequest, asked: number, signal?: AbortSignal) =>
    client.chat.completions.create(
      {
        model: options.model,
        messages: [...request.messages],
        temperature: request.temperature,
        max_tokens: request.maxTokens,
        ...responseFormat(MODES[asked]!, request.schema),
      },
      signal === undefined ? {} : { signal },
    );

  return {
    name: 'openai-compatible',
    async complete(request, signal): Promise<ChatAnswer> {
      for (;;) {
        const asked = mode;
        try {
          return answerOf(await ask(request, asked, signal), options);
        } catch (thrown) {
          if (ChatFailure.isInstance(thrown)) throw thrown;
          const canStepDown = request.schema !== undefined && asked < MODES.length - 1;
          if (canStepDown && refusesFormat(thrown)) {
            mode = Math.max(mode, asked + 1);
            continue;
          }
          throw failureOf(thrown, options, signal);
        }
      }
    },
  };
}

function responseFormat(
  mode: (typeof MODES)[number],
  schema: ChatRequest['schema'],
): Pick<OpenAI.ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  if (schema === undefined || mode === 'plain') return {};
  if (mode === 'json_object') return { response_format: { type: 'json_object' } };
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { ...schema } },
    },
  };
}

const refusesFormat = (thrown: unknown): boolean =>
  thrown instanceof APIError &&
  (thrown.status === 400 ||
    thrown.status === 404 ||
    thrown.status === 422 ||
    thrown.status === 501) &&
  /response_format|json_schema|json_object|schema|structured|guided|grammar|not supported/i.test(
    thrown.message,
  );

function answerOf(completion: OpenAI.ChatCompletion, options: OpenAiCompatibleOptions): ChatAnswer {
  // Servers that misbehave answer 200 with anything at all; what is not a completion has no text.
  const text = completion?.choices?.[0]?.message?.content;
  const inputTokens = tokenCount(completion?.usage?.prompt_tokens);
  const outputTokens = tokenCount(completion?.usage?.completion_tokens);
  const costUsd = costOf(options.price ?? FREE, inputTokens, outputTokens);
  if (typeof text !== 'string' || text.trim() === '')
    throw emptyAnswer(inputTokens + outputTokens, costUsd);
  const model = typeof completion.model === 'string' ? completion.model : options.model;
  return { text: text.slice(0, LONGEST_ANSWER + 1), model, inputTokens, outputTokens, costUsd };
}

function failureOf(
  thrown: unknown,
  options: OpenAiCompatibleOptions,
  signal: AbortSignal | undefined,
): unknown {
  const flood = floodIn(thrown);
  if (flood !== undefined) return flood;
  if (signal?.aborted || thrown instanceof APIUserAbortError) return thrown;
  if (thrown instanceof APIConnectionTimeoutError)
    return new ChatFailure('teacher-timeout', `no answer within ${options.timeoutMs} ms`, {
      retryable: true,
      spent: 'unknown',
    });
  if (thrown instanceof APIConnectionError || !(thrown instanceof APIError)) {
    const cause =
      thrown instanceof Error && thrown.cause instanceof Error ? `: ${thrown.cause.message}` : '';
    const message = `${thrown instanceof Error ? thrown.message : String(thrown)}${cause}`;
    return new ChatFailure('teacher-unavailable', safeDetail(message, options.apiKey), {
      retryable: true,
      spent: 'unknown',
    });
  }
  const status = thrown.status ?? 0;
  if (status === 401 || status === 403) return wrongKeyError(options.apiKeyVariable, status);
  const detail = safeDetail(`HTTP ${status}: ${thrown.message}`, options.apiKey);
  const retryable =
    status === 0 || status === 408 || status === 409 || status === 429 || status >= 500;
  return new ChatFailure(retryable ? 'teacher-unavailable' : 'teacher-refused-request', detail, {
    retryable,
    retryAfterMs: retryAfterMs(thrown.headers?.get('retry-after'), Date.now()),
  });
}
