/**
 * @file Gate: the function can still be called as before: same name, same number of parameters, and no function of the
 * text has gone (helpers may be added). Types and qualifiers may change.
 */
import { fail, pass, type Gate } from './gate.ts';

export const signatureGate: Gate = {
  name: 'signature',
  check({ before, after }) {
    const was = before.functions;
    if (was.length === 0) return pass('not checked: no function signature was recognised');
    for (const wanted of was) {
      const candidates = after.functions.filter((candidate) => candidate.name === wanted.name);
      if (candidates.length === 0)
        return fail(
          `${wanted.name} is gone; the fix defines ${after.functions.map((f) => f.name).join(', ') || 'nothing'}`,
        );
      if (!candidates.some((found) => found.parameters.length === wanted.parameters.length))
        return fail(
          `${wanted.name} took ${wanted.parameters.length} parameter(s) and now takes ${candidates[0]!.parameters.length}`,
        );
    }
    return pass();
  },
};
