/**
 * @file An index of functions that finds copies of a given one: by the hashes of its forms, then by locality-sensitive
 * hashing of its sketch (25 bands of 5 minima: a pair of similarity 0.8 shares a band with probability 0.9999, one of 0.3
 * with 0.06). Typed arrays that grow by doubling, about 0.5 KB per function. A query looks at no more than 400 candidates,
 * newest first, so that masses of boilerplate cannot make it quadratic.
 */
import {
  BANDS,
  type Fingerprint,
  ROWS_PER_BAND,
  SKETCH_SIZE,
  estimateSimilarity,
} from './fingerprint.ts';
import { createHashIndex } from './hash-index.ts';

/** How a copy was recognised, strictest first. */
export const CLONE_KINDS = ['exact', 'layout', 'renamed', 'near'] as const;
export type CloneKind = (typeof CLONE_KINDS)[number];

export interface Clone {
  readonly ordinal: number;
  readonly kind: CloneKind;
  /** 1 for all kinds but `near`. */
  readonly similarity: number;
}

export interface CloneIndex {
  readonly size: number;
  /** Returns the ordinal given to this function: 0, 1, 2, ... */
  add(fingerprint: Fingerprint): number;
  /** The strictest match, or undefined. */
  find(fingerprint: Fingerprint): Clone | undefined;
  /** Bytes held in typed arrays. */
  bytes(): number;
}

const MOST_CANDIDATES = 400;

/** `threshold`: least estimated similarity of a `near` copy. */
export function createCloneIndex(threshold: number): CloneIndex {
  const exact = createHashIndex();
  const layout = createHashIndex();
  const renamed = createHashIndex();
  const abstract = createHashIndex();
  let size = 0;
  // Sketched functions have their own numbering; `owners` leads back.
  let sketched = 0;
  let owners = new Int32Array(256);
  let sketches = new Uint8Array(256 * SKETCH_SIZE);
  /** [sketched * BANDS + band] Next entry in the same bucket, or -1. */
  let next = new Int32Array(256 * BANDS);
  /** Entries kept to rehash when the table grows. */
  let keys = new Uint32Array(256 * BANDS);
  let heads = new Int32Array(8192).fill(-1);

  const link = (entry: number): void => {
    const bucket = keys[entry]! & (heads.length - 1);
    next[entry] = heads[bucket]!;
    heads[bucket] = entry;
  };
  const grow = (): void => {
    owners = grown(owners, Int32Array);
    sketches = grown(sketches, Uint8Array);
    next = grown(next, Int32Array);
    keys = grown(keys, Uint32Array);
    heads = new Int32Array(heads.length * 2).fill(-1);
    for (let entry = 0; entry < sketched * BANDS; entry++) link(entry);
  };
  const addSketch = (fingerprint: Fingerprint, ordinal: number): void => {
    const { sketch } = fingerprint;
    if (sketch === undefined) return;
    if (sketched === owners.length) grow();
    owners[sketched] = ordinal;
    sketches.set(sketch.bytes, sketched * SKETCH_SIZE);
    for (let band = 0; band < BANDS; band++) {
      keys[sketched * BANDS + band] = sketch.bands[band]!;
      link(sketched * BANDS + band);
    }
    sketched++;
  };
  const findNear = (fingerprint: Fingerprint): Clone | undefined => {
    const { sketch } = fingerprint;
    if (sketch === undefined) return undefined;
    let best = -1;
    let bestSimilarity = threshold;
    let left = MOST_CANDIDATES;
    for (let band = 0; band < BANDS && left > 0; band++) {
      const key = sketch.bands[band]!;
      for (
        let entry = heads[key & (heads.length - 1)]!;
        entry >= 0 && left > 0;
        entry = next[entry]!
      ) {
        if (keys[entry] !== key) continue;
        const candidate = Math.floor(entry / BANDS);
        if (candidate === best || sharesEarlierBand(sketch.bytes, candidate, band)) continue;
        left--;
        const similarity = estimateSimilarity(sketch.bytes, sketches, 0, candidate * SKETCH_SIZE);
        if (similarity < bestSimilarity) continue;
        best = candidate;
        bestSimilarity = similarity;
        if (similarity === 1) left = 0;
      }
    }
    return best < 0
      ? undefined
      : { ordinal: owners[best]!, kind: 'near', similarity: bestSimilarity };
  };
  /** Such a candidate has been looked at already. */
  const sharesEarlierBand = (bytes: Uint8Array, candidate: number, band: number): boolean => {
    for (let earlier = 0; earlier < band; earlier++) {
      const from = earlier * ROWS_PER_BAND;
      const at = candidate * SKETCH_SIZE + from;
      let row = 0;
      while (row < ROWS_PER_BAND && bytes[from + row] === sketches[at + row]) row++;
      if (row === ROWS_PER_BAND) return true;
    }
    return false;
  };

  return {
    get size() {
      return size;
    },
    add(fingerprint) {
      const ordinal = size++;
      exact.add(fingerprint.exact, ordinal);
      if (fingerprint.layout !== undefined) layout.add(fingerprint.layout, ordinal);
      if (fingerprint.renamed !== undefined) renamed.add(fingerprint.renamed, ordinal);
      // A function that is a copy up to names adds no new sketch: its original answers for it.
      const known =
        fingerprint.abstract === undefined ? ordinal : abstract.add(fingerprint.abstract, ordinal);
      if (known === ordinal) addSketch(fingerprint, ordinal);
      return ordinal;
    },
    find(fingerprint) {
      const same = (index: { get(hash: number): number }, hash: number | undefined): number =>
        hash === undefined ? -1 : index.get(hash);
      const byText = same(exact, fingerprint.exact);
      if (byText >= 0) return { ordinal: byText, kind: 'exact', similarity: 1 };
      const byLayout = same(layout, fingerprint.layout);
      if (byLayout >= 0) return { ordinal: byLayout, kind: 'layout', similarity: 1 };
      const byName = Math.max(
        same(renamed, fingerprint.renamed),
        same(abstract, fingerprint.abstract),
      );
      if (byName >= 0) return { ordinal: byName, kind: 'renamed', similarity: 1 };
      return findNear(fingerprint);
    },
    bytes: () =>
      owners.byteLength +
      sketches.byteLength +
      next.byteLength +
      keys.byteLength +
      heads.byteLength,
  };
}

function grown<T extends Int32Array | Uint32Array | Uint8Array>(
  old: T,
  kind: new (length: number) => T,
): T {
  const larger = new kind(old.length * 2);
  larger.set(old as never);
  return larger;
}
