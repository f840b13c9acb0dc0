import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyHunks, diffLexemes, diffSequences } from './diff.ts';
import { lexemesOf } from './lexer.ts';

const edits = (hunks: ReturnType<typeof diffSequences>): number =>
  hunks.reduce((sum, h) => sum + h.before.end - h.before.start + h.after.end - h.after.start, 0);

/** Shortest edit script by dynamic programming, the oracle. */
function shortest(a: readonly number[], b: readonly number[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 0; i <= a.length; i++)
    for (let j = 0; j <= b.length; j++)
      table[i]![j] =
        i === 0 || j === 0
          ? i + j
          : a[i - 1] === b[j - 1]
            ? table[i - 1]![j - 1]!
            : 1 + Math.min(table[i - 1]![j]!, table[i]![j - 1]!);
  return table[a.length]![b.length]!;
}

describe('diffSequences', () => {
  const sequence = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 });

  it('rebuilds the new sequence from the old one and the hunks, with the fewest edits', () => {
    fc.assert(
      fc.property(sequence, sequence, (before, after) => {
        const hunks = diffSequences(before, after);
        expect(applyHunks(before, after, hunks)).toEqual(after);
        expect(edits(hunks)).toBe(shortest(before, after));
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps the law when it runs out of edits', () => {
    fc.assert(
      fc.property(sequence, sequence, fc.nat(6), (before, after, budget) => {
        expect(applyHunks(before, after, diffSequences(before, after, budget))).toEqual(after);
      }),
    );
  });

  it('compares thousands of different elements', () => {
    const before = Array.from({ length: 3_000 }, (_, i) => i % 97);
    const after = Array.from({ length: 3_000 }, (_, i) => (i * 7 + (i >> 3)) % 89);
    expect(applyHunks(before, after, diffSequences(before, after))).toEqual(after);
  });
});

describe('diffLexemes', () => {
  it('does not see comments and white space unless asked to', () => {
    const before = lexemesOf('c', 'int f(int a) { /* old */ return a ; }');
    const after = lexemesOf('c', 'int f( int a ) { // new\n return a; }');
    expect(diffLexemes(before, after)).toEqual([]);
    expect(diffLexemes(before, after, { ignoreComments: false })).toHaveLength(1);
  });

  it('gives ranges of lexeme indexes, comments at the rims left out', () => {
    const before = lexemesOf('c', '/* a */ x = 1; /* b */');
    const after = lexemesOf('c', 'x = /* c */ 22 /* d */ + 1;');
    expect(diffLexemes(before, after)).toEqual([
      { before: { start: 3, end: 3 }, after: { start: 3, end: 6 } },
    ]);
  });
});
