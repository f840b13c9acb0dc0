/**
 * @file One comparison without its renames: where a fix gives a local another name everywhere, the new name is read as the
 * old one, so that the words of names neither speak for nor against it. A swapped pair is not disguised by a rename then.
 */
import type { Lexeme } from '../../../code/lexeme.ts';
import { localNames } from '../../../code/local-names.ts';
import type { GateQuestion } from '../../gates/gate.ts';
import { compareLexemes } from '../../gates/index.ts';

/** The same question where nothing was renamed. */
export function withoutRenames(question: GateQuestion): GateQuestion {
  const renames = renamesOf(question);
  if (renames.size === 0) return question;
  const lexemes = question.after.lexemes.map((lexeme): Lexeme => {
    const old = lexeme.kind === 'identifier' ? renames.get(lexeme.text) : undefined;
    return old === undefined ? lexeme : { ...lexeme, text: old };
  });
  const { after } = question;
  return {
    before: question.before,
    after: {
      language: after.language,
      code: after.code,
      lexemes,
      get comments() {
        return after.comments;
      },
      get functions() {
        return after.functions;
      },
      get errorNodes() {
        return after.errorNodes;
      },
      get plainErrorNodes() {
        return after.plainErrorNodes;
      },
      get analysis() {
        return after.analysis;
      },
      get dangers() {
        return after.dangers;
      },
      get moreDangers() {
        return after.moreDangers;
      },
    },
    cwe: question.cwe,
    diff: compareLexemes(question.before.lexemes, lexemes),
  };
}

/** New name -> old name, of locals that changed their name at every place, at two or more of them. */
function renamesOf({ before, after, diff }: GateQuestion): ReadonlyMap<string, string> {
  const pairs = new Map<string, Map<string, number>>();
  for (const { deleted, inserted } of diff.hunks) {
    if (deleted.length !== inserted.length) continue;
    deleted.forEach((from, i) => {
      const to = inserted[i]!;
      if (from.kind !== 'identifier' || to.kind !== 'identifier' || from.text === to.text) return;
      const counts = pairs.get(to.text) ?? new Map<string, number>();
      counts.set(from.text, (counts.get(from.text) ?? 0) + 1);
      pairs.set(to.text, counts);
    });
  }
  const renames = new Map<string, string>();
  if (pairs.size === 0) return renames;
  const oldTexts = new Set(before.lexemes.map((lexeme) => lexeme.text));
  const newTexts = new Set(after.lexemes.map((lexeme) => lexeme.text));
  const oldLocals = localNames(before.language, before.lexemes);
  const newLocals = localNames(after.language, after.lexemes);
  for (const [to, counts] of pairs) {
    const [from, times] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
    if (times < 2 || oldTexts.has(to) || newTexts.has(from)) continue;
    if (oldLocals.has(from) && newLocals.has(to)) renames.set(to, from);
  }
  return renames;
}
