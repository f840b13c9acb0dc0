/**
 * @file Gate: the fix repairs the feature instead of removing it. Rejected are stubs (next to nothing of the body is
 * left) and edits that mostly delete: code goes and nothing takes its place. Real fixes do delete some code, so small
 * deletions and deletions beside replacements pass; thresholds were chosen on real pairs (docs/RESULTS.md).
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { fail, pass, type Gate, type GateQuestion } from './gate.ts';

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
    if (lost > FREE_LEXEMES && lost > MAXIMUM_NET_LOSS * was)
      return fail(
        `the fix deletes ${diff.deleted.length} of ${was} lexemes and adds ${diff.inserted.length}`,
      );
    const stub = newStub(question);
    if (stub !== undefined) return fail(stub);
    return pass(`${diff.deleted.length} lexemes deleted, ${diff.inserted.length} added`);
  },
};

/** A refusal where work used to be done: `throw new Error("not implemented")`, `raise NotImplementedError`. */
function newStub({ diff }: GateQuestion): string | undefined {
  const raised = diff.inserted.find(
    (lexeme) =>
      lexeme.text === 'NotImplementedError' ||
      (lexeme.kind === 'string' && UNFINISHED.test(lexeme.text)),
  );
  if (raised === undefined || diff.deleted.length < FREE_LEXEMES) return undefined;
  return `the fix refuses instead of working: ${shorten(raised)}`;
}

const shorten = (lexeme: Lexeme): string => lexeme.text.slice(0, 60);
