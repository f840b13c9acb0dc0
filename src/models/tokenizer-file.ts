/**
 * @file What a checkpoint needs to know of its `tokenizer.json` without being a tokenizer: the token texts by id, which
 * of them are special, the merges, and whether the vocabulary fits the embedding. Encoding is src/tokenizer's.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { inputError } from '../kernel/errors.ts';
import type { ModelConfig } from './config.ts';
import { parseJson, readTextFile } from './json-file.ts';

const id = z.number().int().nonnegative();

const tokenizerSchema = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id, content: z.string(), special: z.boolean().optional() }))
    .nullish(),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
  model: z.looseObject({
    type: z.string().nullish(),
    vocab: z.record(z.string(), id),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
  }),
});
export type TokenizerFile = z.infer<typeof tokenizerSchema>;

/** Parses a tokenizer.json text; `path` is only for messages. */
export const parseTokenizerFile = (text: string, path: string): TokenizerFile =>
  parseJson(text, path, tokenizerSchema);

/** Checks that the tokenizer and the model belong together. @throws inputError naming file and field. */
export function checkTokenizer(tokenizer: TokenizerFile, path: string, config: ModelConfig): void {
  const fits = (tokenId: number, text: string, field: string): void => {
    if (tokenId < config.vocabularySize) return;
    throw inputError(
      `${path}: field ${field}: token ${JSON.stringify(text)} has id ${tokenId}, but the model's vocabulary (vocab_size) ends at ${config.vocabularySize - 1}`,
      'the tokenizer and the weights do not belong together',
    );
  };
  for (const [text, tokenId] of Object.entries(tokenizer.model.vocab))
    fits(tokenId, text, 'model.vocab');
  for (const token of tokenizer.added_tokens ?? []) fits(token.id, token.content, 'added_tokens');
  const special = [config.bosTokenId, ...config.eosTokenIds];
  for (const tokenId of special)
    if (tokenId !== undefined && tokenId >= config.vocabularySize)
      throw inputError(
        `${path}: the configuration names token ${tokenId} as begin or end of text, but the model's vocabulary (vocab_size) ends at ${config.vocabularySize - 1}`,
      );
}

/** Reads and checks a model folder's tokenizer.json. */
export function readTokenizerFile(folder: string, config: ModelConfig): TokenizerFile {
  const path = join(folder, 'tokenizer.json');
  const tokenizer = parseTokenizerFile(readTextFile(path, 'the tokenizer'), path);
  checkTokenizer(tokenizer, path, config);
  return tokenizer;
}

export interface VocabularyToken {
  readonly text: string;
  readonly kind: 'normal' | 'special' | 'added';
}

/** [id] Every token the tokenizer can produce; ids without one (padding of the embedding) are undefined. */
export function vocabularyById(tokenizer: TokenizerFile): (VocabularyToken | undefined)[] {
  const tokens: (VocabularyToken | undefined)[] = [];
  for (const [text, tokenId] of Object.entries(tokenizer.model.vocab))
    tokens[tokenId] = { text, kind: 'normal' };
  for (const { id: tokenId, content, special } of tokenizer.added_tokens ?? [])
    tokens[tokenId] = { text: content, kind: special ? 'special' : 'added' };
  return tokens;
}

/** Merges as [left, right], whichever of the two forms the file uses. */
export const mergePairs = (tokenizer: TokenizerFile): [string, string][] =>
  (tokenizer.model.merges ?? []).map((merge) => {
    if (typeof merge !== 'string') return merge;
    const space = merge.indexOf(' ', 1);
    return [merge.slice(0, space), merge.slice(space + 1)];
  });
