/**
 * @file Seeded random numbers. A stream is named by a seed and labels, e.g. `createRandom(seed, 'rl', arm, step)`:
 * nothing has to be stored to resume, since the stream of step n never depends on how many numbers step n-1 drew.
 * Generator: xoshiro128** (Blackman & Vigna 2018), seeded from SHA-256 of the labels. Not for secrets.
 */
import { createHash } from 'node:crypto';

export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** Standard normal (Box-Muller, one of the pair). */
  normal(): number;
  /** Unsigned 32-bit integer, e.g. to seed something else. */
  uint32(): number;
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

export function createRandom(...labels: readonly (string | number)[]): Random {
  const digest = createHash('sha256').update(JSON.stringify(labels)).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let d = digest.readInt32LE(12);

  const uint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  const next = (): number => uint32() / 4294967296;
  const integer = (limit: number): number => Math.floor(next() * limit);
  return {
    uint32,
    next,
    integer,
    chance: (probability) => next() < probability,
    pick(items) {
      if (items.length === 0) throw new RangeError('pick from an empty list');
      return items[integer(items.length)] as (typeof items)[number];
    },
    shuffle(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const held = copy[i] as (typeof items)[number];
        copy[i] = copy[j] as (typeof items)[number];
        copy[j] = held;
      }
      return copy;
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return radius * Math.cos(2 * Math.PI * next());
    },
  };
}
