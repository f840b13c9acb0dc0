/**
 * @file Gate: something a machine executes has changed. White space and comments do not count, nor do consistent renames
 * of names the function itself declares, nor compile-time assertions, empty statements, dead branches and idle edits.
 * A changed API name (`strcpy` -> `strlcpy`, `yaml.load` -> `yaml.safe_load`) is a change: only declared names may be renamed.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { fail, pass, type Gate } from './gate.ts';
import { idleEdit } from './idle-edit.ts';
import { withoutInertCode } from './inert-code.ts';
import { isRenaming } from './renaming.ts';

export const substantiveGate: Gate = {
  name: 'substantive',
  check(question) {
    const { before, after } = question;
    if (before.code === after.code) return fail('both versions are the same text');
    if (sameTexts(before.lexemes, after.lexemes))
      return fail('only white space or comments differ');
    if (isRenaming(before.lexemes, after.lexemes, before.language))
      return fail('only names that the function itself declares differ');
    const was = withoutInertCode(before);
    const is = withoutInertCode(after);
    if (sameTexts(was, is) || isRenaming(was, is, before.language))
      return fail(
        'what differs has no effect at run time: compile-time assertions, empty statements, constant conditions',
      );
    const idle = idleEdit(question);
    if (idle !== undefined) return fail(idle);
    return pass();
  },
};

const sameTexts = (a: readonly Lexeme[], b: readonly Lexeme[]): boolean =>
  a.length === b.length && a.every((lexeme, i) => lexeme.text === b[i]!.text);
