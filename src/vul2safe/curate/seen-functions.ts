/**
 * @file The functions that have passed, in bounded memory: equal texts and layouts are remembered for ever (two 53-bit
 * hashes, 24-96 bytes per function), near copies among the last `capacity` to 2 x `capacity` functions, in two generations
 * of which the older is dropped when the younger is full. So memory hardly grows between a thousand records and a million.
 */
import { type CloneIndex, type CloneKind, createCloneIndex } from '../leaks/clone-index.ts';
import type { Fingerprint } from '../leaks/fingerprint.ts';
import { createHashIndex } from '../leaks/hash-index.ts';

export interface SeenCopy {
  readonly kind: CloneKind;
  readonly similarity: number;
  /** The original's id, or its number where the id is no longer held. */
  readonly original: string;
}

export interface SeenFunctions {
  find(fingerprint: Fingerprint): SeenCopy | undefined;
  add(fingerprint: Fingerprint, id: string): void;
}

interface Generation {
  /** Number of its first function. */
  readonly base: number;
  readonly ids: string[];
  readonly index: CloneIndex;
}

/** `threshold`: least similarity of a near copy, or false to look for equal texts and layouts alone. */
export function createSeenFunctions(threshold: number | false, capacity = 100_000): SeenFunctions {
  const exact = createHashIndex();
  const layout = createHashIndex();
  const open = (base: number): Generation => ({
    base,
    ids: [],
    index: createCloneIndex(threshold === false ? 1 : threshold),
  });
  let generations: readonly Generation[] = [open(0)]; // youngest first
  let count = 0;
  const originalOf = (number: number): string => {
    const holder = generations.find(({ base }) => number >= base);
    return holder?.ids[number - holder.base] ?? `kept record number ${number + 1}`;
  };
  return {
    find(fingerprint) {
      const same = exact.get(fingerprint.exact);
      if (same >= 0) return { kind: 'exact', similarity: 1, original: originalOf(same) };
      const laid = fingerprint.layout === undefined ? -1 : layout.get(fingerprint.layout);
      if (laid >= 0) return { kind: 'layout', similarity: 1, original: originalOf(laid) };
      if (threshold === false) return undefined;
      for (const { index, ids } of generations) {
        const clone = index.find(fingerprint);
        if (clone !== undefined)
          return { kind: clone.kind, similarity: clone.similarity, original: ids[clone.ordinal]! };
      }
      return undefined;
    },
    add(fingerprint, id) {
      if (generations[0]!.ids.length === capacity) generations = [open(count), generations[0]!];
      const number = count++;
      exact.add(fingerprint.exact, number);
      if (fingerprint.layout !== undefined) layout.add(fingerprint.layout, number);
      generations[0]!.ids.push(id);
      if (threshold !== false) generations[0]!.index.add(fingerprint);
    },
  };
}
