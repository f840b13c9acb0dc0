/**
 * @file ChatModel over the Anthropic API by its own library. Structured answers come as the input of a tool the model is
 * made to call. The API takes no temperature any more, so votes differ by the model's own sampling. Retries: retry.ts.
 */
import Anthropic, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk';
import { wrongKeyError } from './api-key.ts';
import { ChatFailure, emptyAnswer, retryAfterMs, safeDetail } from './chat-failure.ts';
import type { ChatAnswer, ChatModel } from './chat-model.ts';
import { costOf, FREE, tokenCount, type Price } from './price.ts';
import { LONGEST_ANSWER } from './structured-answer.ts';
import { fetchWhole, floodIn } from './whole-fetch.ts';

export interface AnthropicOptions {
  readonly model: string;
  readonly apiKey: string;
  readonly apiKeyVariable: string;
  readonly timeoutMs: number;
  readonly baseUrl?: string;
  readonly price?: Price;
}

const ANSWER_TOOL = 'answer';

export function createAnthropic(options: AnthropicOptions): ChatModel {
  const client = new Anthropic({
    apiKey: options.apiKey,
    maxRetries: 0,
    timeout: options.timeoutMs,
    fetch: fetchWhole,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
  });
  return {
    name: 'anthropic',
    async complete(request, signal): Promise<ChatAnswer> {
      const system = request.messages.filter((message) => message.role === 'system');
      const turns = request.messages.flatMap(({ role, content }) =>
        role === 'system' ? [] : [{ role, content }],
      );
      try {
        const message = await client.messages.create(
          {
            model: options.model,
            max_tokens: request.maxTokens,
            system: system.map((part) => part.content).join('\n\n'),
            messages: turns,
            ...(request.schema === undefined
              ? {}
              : {
                  tools: [
                    {
                      name: ANSWER_TOOL,
                      description: 'Gives the answer.',
                      input_schema: { ...request.schema, type: 'object' as const },
                    },
                  ],
                  tool_choice: { type: 'tool' as const, name: ANSWER_TOOL },
                }),
          },
          signal === undefined ? {} : { signal },
        );
        return answerOf(message, options);
      } catch (thrown) {
        if (ChatFailure.isInstance(thrown)) throw thrown;
        throw failureOf(thrown, options, signal);
      }
    },
  };
}

function answerOf(message: Anthropic.Message, options: AnthropicOptions): ChatAnswer {
  // Servers that misbehave answer 200 with anything at all; what is not a message has no text.
  let text = '';
  for (const block of Array.isArray(message?.content) ? message.content : []) {
    if (block?.type === 'tool_use') text = JSON.stringify(block.input) ?? '';
    else if (block?.type === 'text' && text === '' && typeof block.text === 'string')
      text = block.text;
  }
  const inputTokens = tokenCount(message?.usage?.input_tokens);
  const outputTokens = tokenCount(message?.usage?.output_tokens);
  const costUsd = costOf(options.price ?? FREE, inputTokens, outputTokens);
  if (text.trim() === '') throw emptyAnswer(inputTokens + outputTokens, costUsd);
  return {
    text: text.slice(0, LONGEST_ANSWER + 1),
    model: typeof message.model === 'string' ? message.model : options.model,
    inputTokens,
    outputTokens,
    costUsd,
  };
}

function failureOf(
  thrown: unknown,
  options: AnthropicOptions,
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
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ChatFailure('teacher-unavailable', safeDetail(message, options.apiKey), {
      retryable: true,
      spent: 'unknown',
    });
  }
  const status = thrown.status ?? 0;
  if (status === 401 || status === 403) return wrongKeyError(options.apiKeyVariable, status);
  const retryable =
    status === 0 || status === 408 || status === 409 || status === 429 || status >= 500;
  const detail = safeDetail(`HTTP ${status}: ${thrown.message}`, options.apiKey);
  return new ChatFailure(retryable ? 'teacher-unavailable' : 'teacher-refused-request', detail, {
    retryable,
    retryAfterMs: retryAfterMs(thrown.headers?.get('retry-after'), Date.now()),
  });
}
