/**
 * @file The functions that have passed, in bounded memory: equal texts and layouts are remembered for ever (one 53-bit hash
 * of the layout, which equal texts share, 13 to 16 bytes per function), names and near copies among the last `capacity` to
 * 2 x `capacity` functions, in two generations of which the older is dropped when the younger is full. So memory hardly
 * grows between ten thousand records and a million.
 */
import { type CloneIndex, type CloneKind, createCloneIndex } from '../leaks/clone-index.ts';
import type { Fingerprint } from '../leaks/fingerprint.ts';
import { createHashIndex } from '../leaks/hash-index.ts';

export interface SeenCopy {
  /** `layout`, too, for an equal text whose original has left the generations. */
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
  /** Hashes of their texts. */
  readonly texts: number[];
  readonly index: CloneIndex;
}

const NEAR_REACH = 100_000;
/** Where only equal functions are looked for, the generations serve to name the original. */
const NAME_REACH = 20_000;

/** `threshold`: least similarity of a near copy, or false to look for equal texts and layouts alone. */
export function createSeenFunctions(
  threshold: number | false,
  capacity = threshold === false ? NAME_REACH : NEAR_REACH,
): SeenFunctions {
  const passed = createHashIndex();
  const keyOf = ({ layout, exact }: Fingerprint): number => layout ?? exact;
  const open = (base: number): Generation => ({
    base,
    ids: [],
    texts: [],
    index: createCloneIndex(threshold === false ? 1 : threshold),
  });
  let generations: readonly Generation[] = [open(0)]; // youngest first
  let count = 0;
  return {
    find(fingerprint) {
      const number = passed.get(keyOf(fingerprint));
      if (number >= 0) {
        const holder = generations.find(({ base }) => number >= base);
        const place = number - (holder?.base ?? 0);
        const sameText =
          fingerprint.layout === undefined || holder?.texts[place] === fingerprint.exact;
        return {
          kind: sameText ? 'exact' : 'layout',
          similarity: 1,
          original: holder?.ids[place] ?? `kept record number ${number + 1}`,
        };
      }
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
      passed.add(keyOf(fingerprint), count++);
      const { ids, texts, index } = generations[0]!;
      ids.push(id);
      texts.push(fingerprint.exact);
      if (threshold !== false) index.add(fingerprint);
    },
  };
}
