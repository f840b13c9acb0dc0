/**
 * @file A candidate as it is judged: without the stale head some data sets leave in it, and without give-away comments.
 * Comments of a fix that say what it is ("fixed CVE-2020-1") are taken out before judging: a model that learns from
 * the pair would learn the label, not the code. Only comments the original does not have, and only whole ones.
 */
import { lexemesOf } from '../../code/lexer.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { givesAway } from '../gates/give-away.ts';
import { withoutStaleHead } from './stale-head.ts';

export const cleanCandidate = (language: Language, before: string, after: string): string =>
  withoutGiveAwayComments(language, before, withoutStaleHead(language, before, after));

function withoutGiveAwayComments(language: Language, before: string, after: string): string {
  if (givesAway(after) === undefined) return after;
  const known = new Set(commentsOf(language, before).map((comment) => comment.text));
  let cleaned = '';
  let at = 0;
  for (const comment of commentsOf(language, after)) {
    if (known.has(comment.text) || givesAway(comment.text) === undefined) continue;
    const lineStart = after.lastIndexOf('\n', comment.start - 1) + 1;
    const alone = after.slice(lineStart, comment.start).trim() === '';
    const lineEnd = after.indexOf('\n', comment.end);
    const restIsBlank = lineEnd >= 0 && after.slice(comment.end, lineEnd).trim() === '';
    // A comment that has its line to itself goes with the line; one behind code goes with the blanks before it.
    const wholeLine = alone && restIsBlank;
    const trimmed = after.slice(at, wholeLine ? lineStart : comment.start);
    cleaned += wholeLine ? trimmed : trimmed.replace(/[ \t]+$/, '');
    at = wholeLine ? lineEnd + 1 : comment.end;
  }
  return cleaned + after.slice(at);
}

const commentsOf = (
  language: Language,
  code: string,
): readonly { text: string; start: number; end: number }[] =>
  lexemesOf(language, code).filter((lexeme) => lexeme.kind === 'comment');
