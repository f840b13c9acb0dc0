/**
 * @file Trains a byte-level BPE (Sennrich et al. 2016; word counts and incremental pair counts as in Hugging Face's trainer):
 * ids are special tokens, then the 256 letters in code order, then merges as learnt; ties go to the smaller pair of ids,
 * so the same texts give the same file everywhere.
 */
import { usageError } from '../kernel/errors.ts';
import { BYTE_LETTERS } from './byte-alphabet.ts';
import { createTokenizer, type ByteLevelTokenizer } from './byte-level-tokenizer.ts';
import { PAIR_BASE, pairKey } from './byte-pair-merger.ts';
import { CODE_PATTERN, GPT2_PATTERN, QWEN2_PATTERN, createSplitter } from './pre-tokenizer.ts';

const PATTERNS = { gpt2: GPT2_PATTERN, qwen2: QWEN2_PATTERN, code: CODE_PATTERN } as const;

export interface TrainingOptions {
  /** Upper bound: training stops earlier when no pair occurs twice. */
  readonly vocabularySize: number;
  /** The first one ends a text. */
  readonly specialTokens: readonly string[];
  /** gpt2 joins a line's end with the next indentation, good for small models of code; qwen2 keeps digits apart; code keeps the parts of names apart. */
  readonly pattern?: 'gpt2' | 'qwen2' | 'code';
  /** Pairs rarer than this are not merged. Default 2. */
  readonly minimumCount?: number;
}

export function trainTokenizer(
  texts: Iterable<string>,
  options: TrainingOptions,
): ByteLevelTokenizer {
  const { vocabularySize, specialTokens, minimumCount = 2 } = options;
  if (specialTokens.length === 0)
    throw usageError(
      'trainTokenizer needs at least one special token',
      'the first one ends a text',
    );
  const base = specialTokens.length + 256;
  if (vocabularySize < base || vocabularySize >= PAIR_BASE)
    throw usageError(`vocabularySize is ${vocabularySize}, at least ${base} are needed`);
  const splitPattern = PATTERNS[options.pattern ?? 'gpt2'];
  const letters = [...BYTE_LETTERS].sort();
  const tokens = [...specialTokens, ...letters];
  const byteIds = BYTE_LETTERS.map((letter) => specialTokens.length + letters.indexOf(letter));
  const learner = createLearner(wordCounts(texts, splitPattern), byteIds);
  const merges: [string, string][] = [];
  while (tokens.length < vocabularySize) {
    const pair = learner.best(minimumCount);
    if (pair === undefined) break;
    const left = tokens[Math.floor(pair / PAIR_BASE)]!;
    const right = tokens[pair % PAIR_BASE]!;
    learner.merge(pair, tokens.length);
    merges.push([left, right]);
    tokens.push(left + right);
  }
  return createTokenizer({
    path: 'trained tokenizer',
    vocabulary: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges,
    ignoreMerges: false,
    addedTokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      special: true,
    })),
    formC: false,
    splitPattern,
    endOfText: specialTokens[0],
  });
}

function wordCounts(texts: Iterable<string>, pattern: string): Map<string, number> {
  const split = createSplitter(pattern, 'trainTokenizer');
  const counts = new Map<string, number>();
  for (const text of texts)
    split(text, (start, end) => {
      const word = text.slice(start, end);
      counts.set(word, (counts.get(word) ?? 0) + 1);
    });
  return counts;
}

interface Learner {
  /** The most frequent pair; undefined when none reaches the minimum. */
  best(minimumCount: number): number | undefined;
  merge(pair: number, merged: number): void;
}

function createLearner(words: ReadonlyMap<string, number>, byteIds: readonly number[]): Learner {
  const symbols: number[][] = [];
  const wordWeight: number[] = [];
  const counts = new Map<number, number>();
  /** pair -> words it has occurred in; may hold words it has left since. */
  const where = new Map<number, Set<number>>();
  const queue = createMaximumQueue();

  const change = (pair: number, word: number, amount: number): void => {
    counts.set(pair, (counts.get(pair) ?? 0) + amount);
    if (amount < 0) return;
    let places = where.get(pair);
    if (places === undefined) {
      places = new Set();
      where.set(pair, places);
    }
    places.add(word);
  };

  for (const [word, count] of words) {
    const ids = Array.from(Buffer.from(word, 'utf8'), (byte) => byteIds[byte]!);
    const index = symbols.push(ids) - 1;
    wordWeight.push(count);
    for (let i = 0; i + 1 < ids.length; i++) change(pairKey(ids[i]!, ids[i + 1]!), index, count);
  }
  for (const [pair, count] of counts) queue.push(count, pair);

  return {
    best(minimumCount) {
      for (;;) {
        const top = queue.pop();
        if (top === undefined || top.count < minimumCount) return undefined;
        const count = counts.get(top.pair) ?? 0;
        if (count === top.count) return top.pair;
        if (count > 0 && count < top.count) queue.push(count, top.pair); // stale, it has shrunk since
      }
    },
    merge(pair, merged) {
      const left = Math.floor(pair / PAIR_BASE);
      const right = pair % PAIR_BASE;
      const touched = new Set<number>();
      for (const word of where.get(pair) ?? []) {
        const ids = symbols[word]!;
        const weight = wordWeight[word]!;
        for (let i = 0; i + 1 < ids.length; i++) {
          if (ids[i] !== left || ids[i + 1] !== right) continue;
          if (i > 0) {
            change(pairKey(ids[i - 1]!, left), word, -weight);
            const grown = pairKey(ids[i - 1]!, merged);
            change(grown, word, weight);
            touched.add(grown);
          }
          if (i + 2 < ids.length) {
            change(pairKey(right, ids[i + 2]!), word, -weight);
            const grown = pairKey(merged, ids[i + 2]!);
            change(grown, word, weight);
            touched.add(grown);
          }
          ids.splice(i, 2, merged);
        }
      }
      counts.delete(pair);
      where.delete(pair);
      for (const grown of touched) queue.push(counts.get(grown) ?? 0, grown);
    },
  };
}

interface MaximumQueue {
  push(count: number, pair: number): void;
  pop(): { count: number; pair: number } | undefined;
}

/** Highest count first, then the smaller pair. */
function createMaximumQueue(): MaximumQueue {
  const counts: number[] = [];
  const pairs: number[] = [];
  const before = (i: number, j: number): boolean =>
    counts[i]! !== counts[j]! ? counts[i]! > counts[j]! : pairs[i]! < pairs[j]!;
  const swap = (i: number, j: number): void => {
    [counts[i], counts[j]] = [counts[j]!, counts[i]!];
    [pairs[i], pairs[j]] = [pairs[j]!, pairs[i]!];
  };
  return {
    push(count, pair) {
      counts.push(count);
      let i = pairs.push(pair) - 1;
      for (let parent = (i - 1) >> 1; i > 0 && before(i, parent); parent = (i - 1) >> 1) {
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      if (counts.length === 0) return undefined;
      swap(0, counts.length - 1);
      const top = { count: counts.pop()!, pair: pairs.pop()! };
      for (let i = 0; ; ) {
        let child = 2 * i + 1;
        if (child >= counts.length) break;
        if (child + 1 < counts.length && before(child + 1, child)) child++;
        if (!before(child, i)) break;
        swap(i, child);
        i = child;
      }
      return top;
    },
  };
}
