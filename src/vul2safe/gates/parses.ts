/**
 * @file Gate: the fix parses no worse than what it fixes. Real C has error nodes from macros (5-7% of functions), so
 * both sides are counted and compared; zero is not demanded, and where the original has errors, a few more are forgiven.
 * A fix that seems to parse worse is looked at again with what only the preprocessor understands put aside.
 */
import type { CodeView } from './code-view.ts';
import { fail, pass, type Gate } from './gate.ts';

export const parsesGate: Gate = {
  name: 'parses',
  check({ before, after }) {
    const is = after.errorNodes;
    // Nothing is better than none, so the original is parsed only when it matters: parsing is what costs most.
    if (is === 0) return pass('no syntax error node');
    const was = before.errorNodes;
    if (was === undefined || is === undefined)
      return pass(`not checked: no grammar for ${after.language}`);
    if (isBalanced(before) && !isBalanced(after))
      return fail('a bracket of the fix has no partner, all of the original have one');
    if (is <= was + tolerance(was)) return pass(`${is} syntax error node(s), the original ${was}`);
    const plainIs = after.plainErrorNodes ?? is;
    const plainWas = before.plainErrorNodes ?? was;
    return plainIs > plainWas + tolerance(plainWas)
      ? fail(`the fix has ${is} syntax error node(s), the original ${was}`)
      : pass(`${plainIs} syntax error node(s) once macros are put aside, the original ${plainWas}`);
  },
};

/** Every bracket has its partner; where `#if` may open the same brace in each branch, the round ones at least. */
function isBalanced({ lexemes }: CodeView): boolean {
  const open: string[] = [];
  const branches = lexemes.some(({ text, kind }) => kind === 'directive' && /^#\s*if/.test(text));
  for (const { text } of lexemes) {
    if (branches && (text === '{' || text === '}')) continue;
    if (text === '(' || text === '[' || text === '{') open.push(text);
    else if (text === ')' || text === ']' || text === '}')
      if (open.pop() !== PARTNER[text]) return false;
  }
  return open.length === 0;
}

const PARTNER: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Where macros broke the original's tree already, one more of them is no evidence against the fix. */
const tolerance = (was: number): number => (was === 0 ? 0 : Math.max(1, Math.floor(was / 4)));
