/** @file What changed inside a string literal: by words, so that one new placeholder in a long query does not mark the whole query. */
import { diffSequences } from '../../code/diff.ts';
import type { Range } from '../../data/offsets.ts';
import { joinClose } from './islands.ts';

const WORD = /\w+|\s+|[^\w\s]/g;
const isLiteral = (text: string): boolean => /^[A-Za-z]{0,3}["'`]/.test(text);
/** Two literals are versions of one another when this share of the longer one's words stayed. */
const SHARED = 0.5;
/** Shorter literals are marked whole, as any other lexeme; only long ones would drown their neighbours. */
const LONG = 80;

/** Ranges within each literal; undefined when they are no long literals or not versions of one another. */
export function narrowToChange(
  before: string,
  after: string,
): { before: Range[]; after: Range[] } | undefined {
  if (!isLiteral(before) || !isLiteral(after)) return undefined;
  if (Math.max(before.length, after.length) < LONG) return undefined;
  const old = before.match(WORD) ?? [];
  const young = after.match(WORD) ?? [];
  const fine = diffSequences(old, young);
  const removed = fine.reduce((sum, { before: { start, end } }) => sum + end - start, 0);
  if (old.length - removed < SHARED * Math.max(old.length, young.length)) return undefined;
  const hunks = joinClose(
    fine,
    (i) => old[i]!.length,
    (i) => young[i]!.length,
  );
  return {
    before: rangesOf(
      old,
      hunks.map((hunk) => hunk.before),
    ),
    after: rangesOf(
      young,
      hunks.map((hunk) => hunk.after),
    ),
  };
}

function rangesOf(words: readonly string[], hunks: readonly Range[]): Range[] {
  const offsets = [0];
  for (const word of words) offsets.push(offsets.at(-1)! + word.length);
  return hunks
    .filter((hunk) => hunk.start < hunk.end)
    .map((hunk) => ({ start: offsets[hunk.start]!, end: offsets[hunk.end]! }));
}
