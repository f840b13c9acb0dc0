/**
 * @file The budget cap, in tokens and in money. Before a question its worst case is set aside (a generous estimate of the
 * input and all of maxTokens), afterwards the real use is booked; so concurrent questions together cannot exceed the cap.
 * A question that does not fit waits for those in flight, and fails with `budget-exhausted` when none is left.
 */
import { ChatFailure } from './chat-failure.ts';
import type { ChatModel, ChatRequest } from './chat-model.ts';
import { costOf, FREE, type Price } from './price.ts';

export interface BudgetOptions {
  /** Input and output together. */
  readonly tokens?: number;
  readonly usd?: number;
  readonly price?: Price;
}

export interface BudgetUse {
  readonly tokens: number;
  readonly usd: number;
}

export interface BudgetedModel extends ChatModel {
  readonly used: BudgetUse;
}

/** No tokenizer makes more tokens than UTF-8 bytes; text and code make about a third. */
const CHARACTERS_PER_TOKEN = 1.5;
const TOKENS_PER_MESSAGE = 16;

export function estimateInputTokens(request: ChatRequest): number {
  const characters =
    request.messages.reduce((sum, message) => sum + message.content.length, 0) +
    (request.schema === undefined ? 0 : JSON.stringify(request.schema).length);
  return (
    Math.ceil(characters / CHARACTERS_PER_TOKEN) + TOKENS_PER_MESSAGE * request.messages.length
  );
}

export function withBudget(model: ChatModel, options: BudgetOptions): BudgetedModel {
  const price = options.price ?? FREE;
  const tokensCap = options.tokens ?? Number.POSITIVE_INFINITY;
  const usdCap = options.usd ?? Number.POSITIVE_INFINITY;
  const used = { tokens: 0, usd: 0 };
  const held = { tokens: 0, usd: 0, questions: 0 };
  const waiting: (() => void)[] = [];

  const fits = (tokens: number, usd: number): boolean =>
    used.tokens + held.tokens + tokens <= tokensCap && used.usd + held.usd + usd <= usdCap;

  return {
    name: model.name,
    used,
    async complete(request, signal) {
      const inputTokens = estimateInputTokens(request);
      const tokens = inputTokens + request.maxTokens;
      const usd = costOf(price, inputTokens, request.maxTokens);
      while (!fits(tokens, usd)) {
        if (held.questions === 0)
          throw new ChatFailure(
            'budget-exhausted',
            `the next question could use ${tokens} tokens; ${used.tokens} tokens and ${used.usd.toFixed(4)} USD are used of ${describe(options)}`,
            { retryable: false },
          );
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      held.tokens += tokens;
      held.usd += usd;
      held.questions++;
      try {
        const answer = await model.complete(request, signal);
        used.tokens += answer.inputTokens + answer.outputTokens;
        used.usd += answer.costUsd;
        return answer;
      } catch (thrown) {
        if (ChatFailure.isInstance(thrown)) {
          // A server that hung up may have done (and charged) the whole work.
          const spent = thrown.spent === 'unknown' ? { tokens, usd } : thrown.spent;
          if (spent !== 'nothing') {
            used.tokens += spent.tokens;
            used.usd += spent.usd;
          }
        }
        throw thrown;
      } finally {
        held.tokens -= tokens;
        held.usd -= usd;
        held.questions--;
        for (const wake of waiting.splice(0)) wake();
      }
    },
  };
}

const describe = (options: BudgetOptions): string =>
  [
    ...(options.tokens === undefined ? [] : [`${options.tokens} tokens`]),
    ...(options.usd === undefined ? [] : [`${options.usd} USD`]),
  ].join(' and ');
