/**
 * @file The Tokenizer port for byte-level BPE files (GPT-2, Llama 3, Qwen 2/3, and our own): exact ids, exact characters.
 * Words are cached, so that code, which repeats its words, encodes at several MB/s.
 */
import { inputError } from '../kernel/errors.ts';
import type { Range } from '../data/offsets.ts';
import { BYTE_LETTERS, fromLetters, toLetters } from './byte-alphabet.ts';
import { PAIR_BASE, mergeWord, pairKey, type Merges } from './byte-pair-merger.ts';
import { normaliseFormC } from './normaliser.ts';
import { createSplitter } from './pre-tokenizer.ts';
import { readTokenizerFile, type AddedToken, type TokenizerFile } from './tokenizer-file.ts';
import type { Decoding, Encoding, Tokenizer } from './tokenizer.ts';
import { characterOffsets } from './utf8-map.ts';

/** Ids of one word and, per token, where its characters end (UTF-16, relative to the word). */
interface WordTokens {
  readonly ids: Int32Array;
  readonly ends: Int32Array;
}

const CACHED_WORDS = 100_000;
const CACHED_LENGTH = 48;
const END_OF_TEXT_NAMES = ['<|endoftext|>', '<|im_end|>', '<|end_of_text|>', '<|eot_id|>', '</s>'];

/** Also tells what only byte-level files know; the port is enough for most callers. */
export interface ByteLevelTokenizer extends Tokenizer {
  readonly file: TokenizerFile;
  /** The id of a token written in the file's alphabet, or of an added token. */
  idOf(token: string): number | undefined;
  /** The bytes of one token; undefined for an id that is not in the vocabulary. */
  bytesOf(id: number): Uint8Array | undefined;
  /** The bytes a token adds to a decoded text: none for a special token, nor for an id beyond the vocabulary. */
  textBytesOf(id: number): Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** A tokenizer from a tokenizer.json or a folder that holds one. */
export const loadTokenizer = (fileOrFolder: string): ByteLevelTokenizer =>
  createTokenizer(readTokenizerFile(fileOrFolder));

export function createTokenizer(file: TokenizerFile): ByteLevelTokenizer {
  const ids = new Map(Object.entries(file.vocabulary));
  const tokenBytes = new Map<number, Uint8Array>();
  for (const [token, id] of ids)
    tokenBytes.set(id, fromLetters(token) ?? Buffer.from(token, 'utf8'));
  const special = new Set<number>();
  for (const added of file.addedTokens) {
    ids.set(added.content, added.id);
    tokenBytes.set(added.id, Buffer.from(added.content, 'utf8'));
    if (added.special) special.add(added.id);
  }
  const byteIds = BYTE_LETTERS.map((letter, byte) => {
    const id = ids.get(letter);
    if (id === undefined)
      throw inputError(
        `${file.path}: model.vocab lacks the letter of byte ${byte}`,
        'byte-level BPE has all 256',
      );
    return id;
  });
  const merges = mergesOf(file, ids);
  const split = createSplitter(file.splitPattern, file.path);
  const added = addedTokenFinder(file.addedTokens, file.path);
  const cache = new Map<string, WordTokens>();

  function wordTokens(word: string): WordTokens {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const bytes = Buffer.from(word, 'utf8');
    const whole = file.ignoreMerges ? ids.get(toLetters(bytes)) : undefined;
    const symbols = new Int32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) symbols[i] = byteIds[bytes[i]!]!;
    const merged = whole === undefined ? mergeWord(symbols, merges) : Int32Array.of(whole);
    const offsets = bytes.length === word.length ? undefined : characterOffsets(bytes);
    const ends = new Int32Array(merged.length);
    let byteAt = 0;
    for (let i = 0; i < merged.length; i++) {
      byteAt += tokenBytes.get(merged[i]!)!.length;
      ends[i] = offsets === undefined ? byteAt : offsets[byteAt]!;
    }
    const tokens = { ids: merged, ends };
    if (word.length <= CACHED_LENGTH) {
      if (cache.size >= CACHED_WORDS) cache.clear();
      cache.set(word, tokens);
    }
    return tokens;
  }

  function encode(original: string): Encoding {
    const normalised = file.formC ? normaliseFormC(original) : undefined;
    const text = normalised?.text ?? original;
    const outIds: number[] = [];
    const outEnds: number[] = [];
    const plain = (from: number, to: number): void => {
      if (from === to) return;
      split(from === 0 && to === text.length ? text : text.slice(from, to), (start, end) => {
        const tokens = wordTokens(text.slice(from + start, from + end));
        for (let i = 0; i < tokens.ids.length; i++) {
          outIds.push(tokens.ids[i]!);
          outEnds.push(from + start + tokens.ends[i]!);
        }
      });
    };
    let at = 0;
    for (const { start, end, id } of added(text)) {
      plain(at, start);
      outIds.push(id);
      outEnds.push(end);
      at = end;
    }
    plain(at, text.length);
    let start = 0;
    const ranges = outEnds.map((offset): Range => {
      const range = { start, end: normalised?.toOriginal(offset) ?? offset };
      start = range.end;
      return range;
    });
    return { ids: outIds, ranges };
  }

  /** Models pad their output layer beyond the vocabulary; such an id says nothing. */
  const textBytesOf = (id: number): Uint8Array =>
    special.has(id) ? NO_BYTES : (tokenBytes.get(id) ?? NO_BYTES);

  function decode(tokens: readonly number[]): Decoding {
    const parts = tokens.map(textBytesOf);
    const bytes = Buffer.concat(parts);
    const offsets = characterOffsets(bytes);
    let byteAt = 0;
    const ranges = parts.map((part): Range => {
      const start = offsets[byteAt]!;
      byteAt += part.length;
      return { start, end: offsets[byteAt]! };
    });
    return { text: bytes.toString('utf8'), ranges };
  }

  let largest = 0;
  for (const id of tokenBytes.keys()) largest = Math.max(largest, id);
  return {
    file,
    vocabularySize: largest + 1,
    endOfTextId: endOfTextId(file, ids),
    encode,
    decode,
    idOf: (token) => ids.get(token),
    bytesOf: (id) => tokenBytes.get(id),
    textBytesOf,
  };
}

function mergesOf(file: TokenizerFile, ids: ReadonlyMap<string, number>): Merges {
  const table = new Map<number, number>();
  file.merges.forEach(([left, right], rank) => {
    const [a, b, merged] = [ids.get(left), ids.get(right), ids.get(left + right)];
    if (a === undefined || b === undefined || merged === undefined)
      throw inputError(
        `${file.path}: model.merges[${rank}] = "${left} ${right}" is not in model.vocab`,
      );
    table.set(pairKey(a, b), rank * PAIR_BASE + merged);
  });
  return { table };
}

function endOfTextId(file: TokenizerFile, ids: ReadonlyMap<string, number>): number {
  const name = file.endOfText ?? END_OF_TEXT_NAMES.find((candidate) => ids.has(candidate));
  const id = name === undefined ? undefined : ids.get(name);
  if (id === undefined)
    throw inputError(
      `${file.path}: no end-of-text token (${name === undefined ? `looked for ${END_OF_TEXT_NAMES.join(', ')}` : `"${name}" is not in the vocabulary`})`,
      'name it as eos_token in tokenizer_config.json beside it',
    );
  return id;
}

/** Finds added tokens in a text: at each place the longest. */
function addedTokenFinder(
  tokens: readonly AddedToken[],
  where: string,
): (text: string) => { start: number; end: number; id: number }[] {
  const single = tokens.find((token) => token.single_word);
  if (single !== undefined)
    throw inputError(`${where}: added token "${single.content}" with single_word is not supported`);
  if (tokens.length === 0) return () => [];
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const escaped = [...byContent.keys()]
    .sort((a, b) => b.length - a.length)
    .map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const expression = new RegExp(escaped.join('|'), 'g');
  return (text) => {
    const found: { start: number; end: number; id: number }[] = [];
    let floor = 0;
    for (const match of text.matchAll(expression)) {
      const token = byContent.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (token.lstrip) while (start > floor && /\s/.test(text[start - 1]!)) start--;
      if (token.rstrip) while (end < text.length && /\s/.test(text[end]!)) end++;
      found.push({ start, end, id: token.id });
      floor = end;
    }
    return found;
  };
}
