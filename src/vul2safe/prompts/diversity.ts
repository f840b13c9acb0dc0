/**
 * @file Whether a prompt is new: n-gram novelty against the others of its pair, and not the same text as any before it in
 * the set. The set's memory is a Bloom filter, so it stays flat. Figures for a whole set are taken at export.
 */
import { contentHash } from '../../kernel/content-hash.ts';

const GRAM = 4;

export const tokensOf = (text: string): string[] =>
  text.toLowerCase().match(/[a-z_$][\w$]*|\d+|[^\s\w]/g) ?? [];

export function gramsOf(tokens: readonly string[], n: number): string[] {
  const grams: string[] = [];
  for (let i = 0; i + n <= tokens.length; i++) grams.push(tokens.slice(i, i + n).join(' '));
  return grams;
}

/** Share of `text`'s n-grams that none of the others has, 0..1; 1 for a text too short to have any. */
export function noveltyAmong(text: string, others: readonly string[]): number {
  const grams = new Set(gramsOf(tokensOf(text), GRAM));
  if (grams.size === 0) return others.includes(text) ? 0 : 1;
  const known = new Set(others.flatMap((other) => gramsOf(tokensOf(other), GRAM)));
  let fresh = 0;
  for (const gram of grams) if (!known.has(gram)) fresh++;
  return fresh / grams.size;
}

/** Whether a text was taken before, over a whole set, in flat memory; false positives under 1% up to 10^6 texts. */
export interface TextMemory {
  /** True the first time. */
  remember(text: string): boolean;
}

export function createTextMemory(bits = 1 << 24): TextMemory {
  const filter = new Uint8Array(bits / 8);
  return {
    remember(text) {
      const hash = contentHash(tokensOf(text).join(' '));
      let fresh = false;
      for (let i = 0; i < 6; i++) {
        const at = Number.parseInt(hash.slice(8 * i, 8 * i + 8), 16) % bits;
        const mask = 1 << (at & 7);
        if ((filter[at >> 3]! & mask) === 0) fresh = true;
        filter[at >> 3]! |= mask;
      }
      return fresh;
    },
  };
}
