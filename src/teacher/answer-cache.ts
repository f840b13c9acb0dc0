/**
 * @file Answers kept on disk by the content of their question, so that no question is answered (and paid) twice: not after
 * a kill, not by a second build. One small file per answer, renamed into place whole. Also the source of the replay teacher.
 * Questions and keys of servers are not stored, only the question's hash and the answer.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { contentHash } from '../kernel/content-hash.ts';
import type { ChatAnswer, ChatModel, ChatRequest } from './chat-model.ts';

const answerSchema = z.object({
  text: z.string(),
  model: z.string(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
});

export interface AnswerStore {
  read(key: string): ChatAnswer | undefined;
  write(key: string, answer: ChatAnswer): void;
}

/** What makes two questions the same: everything the model sees, and the vote. */
export const questionKey = (model: string, request: ChatRequest): string =>
  contentHash(
    {
      model,
      messages: request.messages,
      schema: request.schema,
      temperature: request.temperature,
      maxTokens: request.maxTokens,
      vote: request.vote,
    },
    40,
  );

export function createAnswerStore(directory: string): AnswerStore {
  const pathOf = (key: string): string => join(directory, key.slice(0, 2), `${key}.json`);
  let written = 0;
  return {
    read(key) {
      let text: string;
      try {
        text = readFileSync(pathOf(key), 'utf8');
      } catch {
        return undefined;
      }
      try {
        return answerSchema.parse(JSON.parse(text));
      } catch {
        return undefined; // not written by us, or by a disk that failed: ask again
      }
    },
    write(key, answer) {
      const path = pathOf(key);
      mkdirSync(join(directory, key.slice(0, 2)), { recursive: true });
      const aside = `${path}.${process.pid}.${written++}.tmp`;
      writeFileSync(aside, JSON.stringify(answer));
      renameSync(aside, path);
    },
  };
}

/**
 * Around the server itself, inside everything that could make an answer wait: what arrives is on disk before anybody else
 * learns of it, so a kill can only cost answers that had not yet been read from the network.
 */
export function withAnswersKept(
  model: ChatModel,
  modelName: string,
  store: AnswerStore,
): ChatModel {
  return {
    name: model.name,
    async complete(request, signal) {
      const answer = await model.complete(request, signal);
      store.write(questionKey(modelName, request), answer);
      return answer;
    },
  };
}

/** Asks only what the store does not know; questions that are being asked are shared, too. */
export function withKnownAnswers(
  model: ChatModel,
  modelName: string,
  store: AnswerStore,
): ChatModel {
  const asking = new Map<string, Promise<ChatAnswer>>();
  return {
    name: model.name,
    async complete(request, signal) {
      const key = questionKey(modelName, request);
      const known = store.read(key);
      if (known !== undefined) return known;
      const shared = asking.get(key);
      if (shared !== undefined) return shared;
      const asked = model.complete(request, signal);
      asking.set(key, asked);
      try {
        return await asked;
      } finally {
        asking.delete(key);
      }
    },
  };
}
