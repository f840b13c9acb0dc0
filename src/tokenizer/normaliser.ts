/**
 * @file Unicode normalisation before tokenization, with a way back: offsets in the normalised text -> offsets in the original.
 * Form C never joins across the left side of an ASCII character, so each run up to the next ASCII character is mapped alone.
 */

export interface NormalisedText {
  readonly text: string;
  /** Offset in `text` -> offset in the original; inside a cluster that changed, its end. */
  toOriginal(offset: number): number;
}

const identity = (text: string): NormalisedText => ({ text, toOriginal: (offset) => offset });

/** A base character with its marks, or a run of Hangul jamo: what Form C may compose. */
const CLUSTER = /[\u1100-\u11ff]+\p{M}*|[\s\S]\p{M}*/gu;

export function normaliseFormC(original: string): NormalisedText {
  const text = original.normalize('NFC');
  if (text === original) return identity(original);
  /** Ascending: [normalised offset, original offset]; between two entries both sides advance alike, or the piece changed. */
  const from: number[] = [];
  const to: number[] = [];
  const changed: boolean[] = [];
  let at = 0;
  let mapped = 0;
  const add = (piece: string, normalised: string): void => {
    from.push(mapped);
    to.push(at);
    changed.push(piece !== normalised);
    at += piece.length;
    mapped += normalised.length;
  };
  for (const [run] of original.matchAll(
    /[\0-\x7f]?[^\0-\x7f]+|[\0-\x7f]+(?![^\0-\x7f])|[\0-\x7f]/g,
  )) {
    const normalised = run.normalize('NFC');
    if (normalised === run) {
      add(run, run);
      continue;
    }
    const clusters = run.match(CLUSTER) ?? [];
    const pieces = clusters.map((cluster) => cluster.normalize('NFC'));
    if (pieces.join('') !== normalised) add(run, normalised);
    else for (const [i, cluster] of clusters.entries()) add(cluster, pieces[i]!);
  }
  from.push(mapped);
  to.push(at);
  return {
    text,
    toOriginal(offset) {
      let low = 0;
      let high = from.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (from[middle]! <= offset) low = middle;
        else high = middle - 1;
      }
      const inside = offset - from[low]!;
      if (inside === 0) return to[low]!;
      return changed[low] ? to[low + 1]! : to[low]! + inside;
    },
  };
}
