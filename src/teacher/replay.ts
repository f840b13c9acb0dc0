/** @file ChatModel that only repeats: answers come from a folder of recorded ones (the cache of an earlier build). */
import { existsSync } from 'node:fs';
import { inputError } from '../kernel/errors.ts';
import { createAnswerStore, questionKey } from './answer-cache.ts';
import { ChatFailure } from './chat-failure.ts';
import type { ChatModel } from './chat-model.ts';

/** `modelName` must be the one the answers were recorded with; it is part of every question's key. */
export function createReplay(directory: string, modelName: string): ChatModel {
  if (!existsSync(directory))
    throw inputError(
      `no such folder of recorded answers: ${directory}`,
      'give the `teacher-cache` folder of an earlier build',
    );
  const store = createAnswerStore(directory);
  return {
    name: 'replay',
    async complete(request) {
      const answer = store.read(questionKey(modelName, request));
      if (answer === undefined)
        throw new ChatFailure('teacher-unavailable', 'no recorded answer to this question', {
          retryable: false,
        });
      return answer;
    },
  };
}
