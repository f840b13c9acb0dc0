/**
 * @file Fixes of some data sets repeat what they replaced: where a fix changes a C function's head, PrimeVul's text holds
 * the old lines of the head and then the new ones. Such a text does not compile, and a model would learn to write it.
 * Ours: drops the run of old head lines if, and only if, that makes one well-formed head of a malformed one.
 */
import { lexerFamily } from '../../code/languages.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { lexemesOf } from '../../code/lexer.ts';
import type { Language } from '../../data/vulnerable-function.ts';

/** A head of more lines is not looked at. */
const MOST_HEAD_LINES = 40;

/** `after` without the lines of the head that `before` has and that `after` writes anew; `after` itself where nothing is stale. */
export function withoutStaleHead(language: Language, before: string, after: string): string {
  if (lexerFamily(language) !== 'c') return after;
  const headEnd = startOfBody(language, after);
  if (headEnd < 0 || isOneHead(language, after.slice(0, headEnd))) return after;
  const oldHead = before.slice(0, Math.max(0, startOfBody(language, before)));
  const known = new Set(linesOf(oldHead).map((line) => line.trim()));
  const lines = linesOf(after.slice(0, headEnd));
  if (lines.length > MOST_HEAD_LINES) return after;
  for (let from = 0; from < lines.length - 1; from++)
    for (let to = from + 1; to < lines.length && known.has(lines[to - 1]!.trim()); to++) {
      const head = [...lines.slice(0, from), ...lines.slice(to)].join('');
      if (isOneHead(language, head)) return head + after.slice(headEnd);
    }
  return after;
}

const linesOf = (text: string): string[] => text.split(/(?<=\n)/);

/** Offset of the first brace that is not inside parentheses closed later; the head lies before it. */
const startOfBody = (language: Language, code: string): number =>
  lexemesOf(language, code).find((lexeme) => lexeme.text === '{')?.start ?? -1;

/** Balanced parentheses, and one name with a parameter list that no other such name follows. */
function isOneHead(language: Language, head: string): boolean {
  const lexemes = lexemesOf(language, head).filter((lexeme) => lexeme.kind !== 'comment');
  let depth = 0;
  const named: string[] = [];
  for (const [i, { text }] of lexemes.entries()) {
    if (text === '(') {
      if (depth++ === 0 && isName(lexemes[i - 1])) named.push(lexemes[i - 1]!.text);
    } else if (text === ')' && --depth < 0) return false;
  }
  const name = named[0];
  return depth === 0 && name !== undefined && named.filter((other) => other === name).length === 1;
}

const isName = (lexeme: Lexeme | undefined): boolean => lexeme?.kind === 'identifier';
