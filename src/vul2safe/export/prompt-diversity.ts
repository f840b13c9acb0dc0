/**
 * @file How alike the prompts of a set are: distinct-n (Li et al. 2016; unique n-grams over all n-grams) and self-BLEU
 * (Zhu et al. 2018; each prompt's BLEU-4 against the others, lower is more diverse). Both depend on how many prompts are
 * looked at, so they are taken on a seeded sample whose size is reported; self-BLEU uses equal weights and +1 smoothing.
 */
import { createRandom } from '../../kernel/random.ts';

export interface PromptDiversity {
  readonly prompts: number;
  readonly sampled: number;
  readonly distinct1: number;
  readonly distinct2: number;
  readonly distinct3: number;
  readonly selfBleu: number;
  readonly meanWords: number;
}

const DISTINCT_SAMPLE = 2000;
const BLEU_SAMPLE = 200;
const ORDER = 4;

/** Keeps a uniform sample of what streams past (reservoir sampling). */
export function createReservoir(size: number, seed: number) {
  const random = createRandom(seed, 'prompt-diversity');
  const kept: string[] = [];
  let seen = 0;
  return {
    add(text: string): void {
      seen++;
      if (kept.length < size) kept.push(text);
      else {
        const at = random.integer(seen);
        if (at < size) kept[at] = text;
      }
    },
    get seen() {
      return seen;
    },
    kept: kept as readonly string[],
  };
}

export const createPromptReservoir = (seed: number) => createReservoir(DISTINCT_SAMPLE, seed);

const wordsOf = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

export function promptDiversity(sample: readonly string[], prompts: number): PromptDiversity {
  const texts = sample.map(wordsOf);
  const words = texts.reduce((sum, text) => sum + text.length, 0);
  return {
    prompts,
    sampled: sample.length,
    distinct1: distinct(texts, 1),
    distinct2: distinct(texts, 2),
    distinct3: distinct(texts, 3),
    selfBleu: selfBleu(texts.slice(0, BLEU_SAMPLE)),
    meanWords: sample.length === 0 ? 0 : words / sample.length,
  };
}

function* ngrams(words: readonly string[], n: number): Generator<string> {
  for (let i = 0; i + n <= words.length; i++) yield words.slice(i, i + n).join(' ');
}

function distinct(texts: readonly string[][], n: number): number {
  const seen = new Set<string>();
  let all = 0;
  for (const words of texts)
    for (const gram of ngrams(words, n)) {
      seen.add(gram);
      all++;
    }
  return all === 0 ? 0 : seen.size / all;
}

const countsOf = (words: readonly string[], n: number): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const gram of ngrams(words, n)) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
};

function selfBleu(texts: readonly string[][]): number {
  if (texts.length < 2) return 0;
  const tables = texts.map((words) =>
    Array.from({ length: ORDER }, (_, n) => countsOf(words, n + 1)),
  );
  // The two largest counts of every n-gram: a text's own count must not stand for the others'.
  const largest = Array.from({ length: ORDER }, (_, n) => {
    const best = new Map<string, { first: number; owner: number; second: number }>();
    tables.forEach((table, owner) => {
      for (const [gram, count] of table[n]!) {
        const held = best.get(gram);
        if (held === undefined) best.set(gram, { first: count, owner, second: 0 });
        else if (count > held.first) best.set(gram, { first: count, owner, second: held.first });
        else if (count > held.second) best.set(gram, { ...held, second: count });
      }
    });
    return best;
  });
  const scores = texts.map((words, own) => {
    let logSum = 0;
    for (let n = 0; n < ORDER; n++) {
      let matched = 0;
      let total = 0;
      for (const [gram, count] of tables[own]![n]!) {
        const best = largest[n]!.get(gram)!;
        matched += Math.min(count, best.owner === own ? best.second : best.first);
        total += count;
      }
      logSum += Math.log((matched + 1) / (total + 1));
    }
    const lengths = texts.filter((_, i) => i !== own).map((other) => other.length);
    const closest = lengths.reduce((a, b) =>
      Math.abs(b - words.length) < Math.abs(a - words.length) ? b : a,
    );
    const brevity = words.length >= closest ? 1 : Math.exp(1 - closest / Math.max(1, words.length));
    return brevity * Math.exp(logSum / ORDER);
  });
  return scores.reduce((a, b) => a + b, 0) / scores.length;
}
