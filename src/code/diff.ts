/**
 * @file What changed between two sequences: Myers' greedy O(ND) algorithm in its linear-space form (Myers 1986, section 4b)
 * over interned elements. Law: replacing each hunk's `before` by its `after` turns the one sequence into the other.
 * Simplified: above `maximumEdits` edits the part not yet compared is one hunk; the law still holds.
 */
import type { Range } from '../data/offsets.ts';
import type { Lexeme } from './lexeme.ts';

/** Element ranges; at least one of the two is not empty. Hunks ascend and are never adjacent. */
export interface Hunk {
  readonly before: Range;
  readonly after: Range;
}

export interface DiffOptions {
  /** Compare as if comments were not there; they then belong to no hunk. Default true. */
  readonly ignoreComments?: boolean;
}

/** Hunks of lexeme indexes. Lexemes are equal when their texts are. */
export function diffLexemes(
  before: readonly Lexeme[],
  after: readonly Lexeme[],
  options: DiffOptions = {},
): Hunk[] {
  if (options.ignoreComments === false)
    return diffSequences(
      before.map((l) => l.text),
      after.map((l) => l.text),
    );
  const beforeIndexes = codeIndexes(before);
  const afterIndexes = codeIndexes(after);
  const hunks = diffSequences(
    beforeIndexes.map((index) => before[index]!.text),
    afterIndexes.map((index) => after[index]!.text),
  );
  return hunks.map((hunk) => ({
    before: toWhole(hunk.before, beforeIndexes, before.length),
    after: toWhole(hunk.after, afterIndexes, after.length),
  }));
}

const codeIndexes = (lexemes: readonly Lexeme[]): number[] =>
  lexemes.flatMap((lexeme, index) => (lexeme.kind === 'comment' ? [] : [index]));

/** A range of comment-free indexes as a range of all indexes; comments inside come along, those at the rims do not. */
function toWhole(range: Range, indexes: readonly number[], length: number): Range {
  if (range.start === range.end) {
    const at = range.start === 0 ? (indexes[0] ?? length) : indexes[range.start - 1]! + 1;
    return { start: at, end: at };
  }
  return { start: indexes[range.start]!, end: indexes[range.end - 1]! + 1 };
}

/** Hunks between two sequences of strings or numbers. */
export function diffSequences<T extends string | number>(
  before: readonly T[],
  after: readonly T[],
  maximumEdits = 20_000,
): Hunk[] {
  const ids = new Map<T, number>();
  const intern = (items: readonly T[]): Int32Array => {
    const out = new Int32Array(items.length);
    items.forEach((item, index) => {
      let id = ids.get(item);
      if (id === undefined) {
        id = ids.size;
        ids.set(item, id);
      }
      out[index] = id;
    });
    return out;
  };
  return diffInterned(intern(before), intern(after), maximumEdits);
}

/** As `diffSequences`, on numbers that already stand for the elements. */
export function diffInterned(a: Int32Array, b: Int32Array, maximumEdits = 20_000): Hunk[] {
  const removed = new Uint8Array(a.length);
  const added = new Uint8Array(b.length);
  const half = a.length + b.length + 2;
  const forward = new Int32Array(2 * half + 1);
  const backward = new Int32Array(2 * half + 1);
  let budget = maximumEdits;

  const compare = (aFrom: number, aTo: number, bFrom: number, bTo: number): void => {
    while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) {
      aFrom++;
      bFrom++;
    }
    while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) {
      aTo--;
      bTo--;
    }
    const middle = aFrom < aTo && bFrom < bTo ? middleSnake(aFrom, aTo, bFrom, bTo) : undefined;
    if (middle === undefined) {
      removed.fill(1, aFrom, aTo);
      added.fill(1, bFrom, bTo);
      return;
    }
    compare(aFrom, middle.a, bFrom, middle.b);
    compare(middle.a, aTo, middle.b, bTo);
  };

  /** A point on an optimal path, neither corner; undefined when the budget is spent or nothing is shared. */
  function middleSnake(
    aFrom: number,
    aTo: number,
    bFrom: number,
    bTo: number,
  ): { a: number; b: number } | undefined {
    const n = aTo - aFrom;
    const m = bTo - bFrom;
    const delta = n - m;
    const odd = (delta & 1) !== 0;
    const limit = Math.ceil((n + m) / 2);
    forward[half + 1] = 0;
    backward[half + 1] = 0;
    for (let d = 0; d <= limit; d++) {
      if (--budget < 0) return undefined;
      for (let k = -d + 2 * Math.max(0, d - m); k <= d - 2 * Math.max(0, d - n); k += 2) {
        let x =
          k === -d || (k !== d && forward[half + k - 1]! < forward[half + k + 1]!)
            ? forward[half + k + 1]!
            : forward[half + k - 1]! + 1;
        let y = x - k;
        while (x < n && y < m && a[aFrom + x] === b[bFrom + y]) {
          x++;
          y++;
        }
        forward[half + k] = x;
        const mirrored = delta - k;
        if (odd && mirrored >= -(d - 1) && mirrored <= d - 1 && x + backward[half + mirrored]! >= n)
          return pointInside(aFrom + x, bFrom + y, aFrom, aTo, bFrom, bTo);
      }
      for (let k = -d + 2 * Math.max(0, d - m); k <= d - 2 * Math.max(0, d - n); k += 2) {
        let x =
          k === -d || (k !== d && backward[half + k - 1]! < backward[half + k + 1]!)
            ? backward[half + k + 1]!
            : backward[half + k - 1]! + 1;
        let y = x - k;
        while (x < n && y < m && a[aTo - 1 - x] === b[bTo - 1 - y]) {
          x++;
          y++;
        }
        backward[half + k] = x;
        const mirrored = delta - k;
        if (!odd && mirrored >= -d && mirrored <= d && x + forward[half + mirrored]! >= n)
          return pointInside(aTo - x, bTo - y, aFrom, aTo, bFrom, bTo);
      }
    }
    return undefined;
  }

  compare(0, a.length, 0, b.length);
  return hunksOf(removed, added);
}

/** A split at a corner would recurse for ever: then the two parts share nothing and are one replacement. */
const pointInside = (
  a: number,
  b: number,
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
): { a: number; b: number } | undefined =>
  (a === aFrom && b === bFrom) || (a === aTo && b === bTo) ? undefined : { a, b };

function hunksOf(removed: Uint8Array, added: Uint8Array): Hunk[] {
  const hunks: Hunk[] = [];
  let i = 0;
  let j = 0;
  while (i < removed.length || j < added.length) {
    if (removed[i] !== 1 && added[j] !== 1) {
      i++;
      j++;
      continue;
    }
    const hunk = { before: { start: i, end: i }, after: { start: j, end: j } };
    while (removed[i] === 1) i++;
    while (added[j] === 1) j++;
    hunk.before.end = i;
    hunk.after.end = j;
    hunks.push(hunk);
  }
  return hunks;
}

/** The law in code: `before` with every hunk replaced by what `after` has there. */
export function applyHunks<T>(
  before: readonly T[],
  after: readonly T[],
  hunks: readonly Hunk[],
): T[] {
  const out: T[] = [];
  let at = 0;
  for (const hunk of hunks) {
    out.push(
      ...before.slice(at, hunk.before.start),
      ...after.slice(hunk.after.start, hunk.after.end),
    );
    at = hunk.before.end;
  }
  out.push(...before.slice(at));
  return out;
}
