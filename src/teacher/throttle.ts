/** @file At most so many questions at once and per minute. */
import PQueue from 'p-queue';
import type { ChatModel } from './chat-model.ts';

export interface ThrottleOptions {
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
}

export function withThrottle(model: ChatModel, options: ThrottleOptions): ChatModel {
  const queue = new PQueue({
    concurrency: options.concurrency,
    ...(options.requestsPerMinute === undefined
      ? {}
      : { interval: 60_000, intervalCap: options.requestsPerMinute }),
  });
  return {
    name: model.name,
    complete: (request, signal) =>
      queue.add(() => model.complete(request, signal), signal === undefined ? {} : { signal }),
  };
}
