/**
 * @file Fast non-cryptographic hashes in two 32-bit lanes (multiply and xor-shift, finalised as in MurmurHash3), joined
 * to 53 bits so that they fit a JavaScript number exactly. For finding equal texts, never against an adversary:
 * among a million texts the chance of any collision is about 6e-5.
 */

const FIRST = 0x9e3779b1;
const SECOND = 0x85ebca6b;

/** Bijective scrambling of 32 bits. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A hash that takes 32-bit values one by one; mutable, meant to be made once and reused. */
export interface RunningHash {
  reset(): void;
  add(value: number): void;
  /** 53 bits. */
  digest(): number;
}

export function createRunningHash(): RunningHash {
  let a = 0;
  let b = 0;
  let count = 0;
  return {
    reset() {
      a = 0x243f6a88;
      b = 0x13198a2e;
      count = 0;
    },
    add(value) {
      a = Math.imul(a ^ value, FIRST);
      a ^= a >>> 15;
      b = Math.imul(b ^ value, SECOND);
      b ^= b >>> 13;
      count++;
    },
    digest: () => (mix32(a ^ count) & 0x1fffff) * 4294967296 + mix32(b + count),
  };
}

/** 32 bits of the part of a text from `start` to `end`; equal parts have equal hashes wherever they stand. */
export function hashRange32(text: string, start: number, end: number): number {
  let h = 0x243f6a88 ^ (end - start);
  for (let i = start; i < end; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), FIRST);
    h ^= h >>> 15;
  }
  return mix32(h);
}

const whole = createRunningHash();

/** 53 bits of a text. */
export function hashText53(text: string): number {
  whole.reset();
  for (let i = 0; i < text.length; i++) whole.add(text.charCodeAt(i));
  return whole.digest();
}
