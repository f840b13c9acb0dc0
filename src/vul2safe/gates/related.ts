/**
 * @file Gate: both texts are versions of one function. Measured as the share of the shorter version's lexemes that the
 * other one kept in order; unrelated functions share little beyond punctuation.
 */
import { fail, pass, type Gate } from './gate.ts';

const MINIMUM_SIMILARITY = 0.35;

export const relatedGate: Gate = {
  name: 'related',
  check({ before, after, diff }) {
    const shorter = Math.min(before.lexemes.length, after.lexemes.length);
    if (shorter === 0) return fail('one version is empty');
    const similarity = diff.kept / shorter;
    const percent = Math.round(100 * similarity);
    return similarity < MINIMUM_SIMILARITY
      ? fail(
          `the versions share ${percent}% of the shorter one's lexemes; they are different functions`,
        )
      : pass(`${percent}% of the shorter version's lexemes are shared`);
  },
};
