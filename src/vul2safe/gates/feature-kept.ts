/**
 * @file Gate: the fix repairs the feature instead of removing it. Rejected are stubs (next to nothing of the body is
 * left) and edits that mostly delete: code goes and nothing takes its place, or stays and can no longer be reached. Real
 * fixes do delete some code, so small deletions and deletions beside replacements pass; thresholds were chosen on real pairs (docs/RESULTS.md).
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { fail, pass, type Gate, type GateQuestion } from './gate.ts';
import { unreachableLexemes } from './unreachable.ts';

const STUB_SHARE = 0.4;
/** Lexemes deleted beyond what was inserted, as a share of the original. */
const MAXIMUM_NET_LOSS = 0.25;
/** Below this many lexemes lost a share says little. */
const FREE_LEXEMES = 12;

const UNFINISHED = /\b(?:TODO|FIXME|not implemented|removed for|disabled)\b/i;

export const featureKeptGate: Gate = {
  name: 'feature-kept',
  check(question) {
    const { before, after, diff } = question;
    const was = before.lexemes.length;
    const is = after.lexemes.length;
    const lost = diff.deleted.length - diff.inserted.length;
    if (is === 0) return fail('the fix is empty');
    if (was - is > FREE_LEXEMES && is < STUB_SHARE * was)
      return fail(`the fix keeps ${is} of ${was} lexemes; the feature is gone`);
    const lostBeyondTexts = count(diff.deleted, isWork) - count(diff.inserted, isWork);
    const worked = count(before.lexemes, isWork);
    if (
      lost > FREE_LEXEMES &&
      lost > MAXIMUM_NET_LOSS * was &&
      (lostBeyondTexts > FREE_LEXEMES || lostBeyondTexts > MAXIMUM_NET_LOSS * worked)
    )
      return fail(
        `the fix deletes ${diff.deleted.length} of ${was} lexemes and adds ${diff.inserted.length}`,
      );
    const stub = newStub(question) ?? hollowBody(before.lexemes, after.lexemes);
    if (stub !== undefined) return fail(stub);
    const cutOff = unreachableLexemes(after) - unreachableLexemes(before);
    if (cutOff > FREE_LEXEMES)
      return fail(`${cutOff} of ${is} lexemes can no longer be reached in the fix`);
    return pass(`${diff.deleted.length} lexemes deleted, ${diff.inserted.length} added`);
  },
};

/** A text put together from twenty pieces becomes one text with placeholders: the pieces and their `+` are no feature. */
const isWork = ({ kind, text }: Lexeme): boolean => kind !== 'string' && text !== '+';
const count = (lexemes: readonly Lexeme[], matches: (lexeme: Lexeme) => boolean): number =>
  lexemes.reduce((sum, lexeme) => sum + (matches(lexeme) ? 1 : 0), 0);

/** A refusal where work used to be done: `throw new Error("not implemented")`, `raise NotImplementedError`. */
function newStub({ diff }: GateQuestion): string | undefined {
  const raised = diff.inserted.find(
    (lexeme) =>
      lexeme.text === 'NotImplementedError' ||
      (lexeme.kind === 'string' && UNFINISHED.test(lexeme.text)),
  );
  const lost = diff.deleted.length - diff.inserted.length;
  if (raised === undefined || lost < FREE_LEXEMES) return undefined;
  return `the fix refuses instead of working: ${shorten(raised)}`;
}

const LONGEST_STUB = 12;
const STUB_WORD =
  /^(?:return|throw|raise|pass|panic|new|None|null|nil|NULL|nullptr|undefined|true|false|True|False|void|-?\d+|[{}();.:,-]|\w*(?:Error|Exception))$/;

/** A body that did something and now only returns a constant or refuses, however small it was. */
function hollowBody(before: readonly Lexeme[], after: readonly Lexeme[]): string | undefined {
  const was = bodyOf(before);
  const is = bodyOf(after);
  if (is.length > LONGEST_STUB || was.length < is.length + 6) return undefined;
  const isHollow = is.every(({ kind, text }) => kind === 'string' || STUB_WORD.test(text));
  const worked = was.some((lexeme, i) => lexeme.kind === 'identifier' && was[i + 1]?.text === '(');
  return isHollow && worked ? 'the fix does nothing but return or refuse' : undefined;
}

/** What follows the first `{` or `:` behind the parameter list. */
function bodyOf(lexemes: readonly Lexeme[]): readonly Lexeme[] {
  let depth = 0;
  for (const [i, { text }] of lexemes.entries()) {
    if (text === '(' || text === '[') depth++;
    else if (text === ')' || text === ']') depth--;
    else if (depth === 0 && (text === '{' || text === ':')) return lexemes.slice(i + 1);
  }
  return lexemes;
}

const shorten = (lexeme: Lexeme): string => lexeme.text.slice(0, 60);
