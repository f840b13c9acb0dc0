/**
 * @file Gate: the fix parses no worse than what it fixes. Real C has error nodes from macros (5-7% of functions), so
 * both sides are counted and compared; zero is not demanded.
 */
import { fail, pass, type Gate } from './gate.ts';

export const parsesGate: Gate = {
  name: 'parses',
  check({ before, after }) {
    const was = before.errorNodes;
    const is = after.errorNodes;
    if (was === undefined || is === undefined)
      return pass(`not checked: no grammar for ${after.language}`);
    return is > was
      ? fail(`the fix has ${is} syntax error node(s), the original ${was}`)
      : pass(`${is} syntax error node(s), the original ${was}`);
  },
};
