/**
 * @file Joins changes that only coincidence keeps apart: an unchanged stretch no longer than the changes on both sides of it
 * together belongs to them (after the "semantic cleanup" of Neil Fraser's diff-match-patch, which asks it of either side),
 * so that `a + str(x)` -> `q(a, (str(x),))` is one change.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import type { Hunk } from '../../code/diff.ts';
import type { Range } from '../../data/offsets.ts';
import type { LexemeChange } from './security-change.ts';

/** Hunks of the same block of changed lines only; unchanged lines always keep changes apart. */
export function absorbIslands(change: LexemeChange): Hunk[] {
  const joined: Hunk[] = [];
  const blocks = new Map<number, Hunk[]>();
  for (const hunk of change.hunks)
    blocks.set(hunk.block, [...(blocks.get(hunk.block) ?? []), hunk]);
  const weigh = (lexemes: readonly Lexeme[]) => (index: number) =>
    lexemes[index]!.end - lexemes[index]!.start;
  for (const hunks of blocks.values())
    joined.push(...joinClose(hunks, weigh(change.before), weigh(change.after)));
  return joined;
}

/** Joins hunks until every unchanged stretch between two outweighs them. `before` and `after` weigh one element each. */
export function joinClose(
  hunks: readonly Hunk[],
  before: (index: number) => number,
  after: (index: number) => number,
): Hunk[] {
  const size = (hunk: Hunk): number =>
    Math.max(weight(before, hunk.before), weight(after, hunk.after));
  let current = hunks.map((hunk) => ({ before: hunk.before, after: hunk.after }));
  for (;;) {
    const joined: Hunk[] = [];
    for (const hunk of current) {
      const last = joined.at(-1);
      const island = last && weight(before, { start: last.before.end, end: hunk.before.start });
      if (last === undefined || island === undefined || island > size(last) + size(hunk))
        joined.push(hunk);
      else
        joined[joined.length - 1] = {
          before: { start: last.before.start, end: hunk.before.end },
          after: { start: last.after.start, end: hunk.after.end },
        };
    }
    if (joined.length === current.length) return joined;
    current = joined;
  }
}

const weight = (weigh: (index: number) => number, { start, end }: Range): number => {
  let sum = 0;
  for (let i = start; i < end; i++) sum += weigh(i);
  return sum;
};
