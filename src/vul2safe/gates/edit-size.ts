/** @file Gate: the edit is a repair and not a rewrite: bounded in lexemes, absolutely and relative to the function. */
import { fail, pass, type Gate } from './gate.ts';

const MAXIMUM_SHARE = 0.75;
/** Small functions may change more: a three-line function is easily rewritten by an honest fix. */
const FREE_LEXEMES = 40;
const MAXIMUM_LEXEMES = 1500;

export const editSizeGate: Gate = {
  name: 'edit-size',
  check({ before, after, diff }) {
    const changed = diff.deleted.length + diff.inserted.length;
    const whole = before.lexemes.length + after.lexemes.length;
    const share = whole === 0 ? 1 : changed / whole;
    if (changed > MAXIMUM_LEXEMES)
      return fail(`${changed} lexemes changed, more than ${MAXIMUM_LEXEMES}`);
    if (changed > FREE_LEXEMES && share > MAXIMUM_SHARE)
      return fail(
        `${Math.round(100 * share)}% of all lexemes changed, more than ${100 * MAXIMUM_SHARE}%`,
      );
    return pass(`${changed} lexemes changed`);
  },
};
