/** @file Where planted code goes: the body of a function, places to be replaced. */
import { lexemesOf } from '../../../code/lexer.ts';
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';

/** Offset of the brace that opens the body, or -1. */
export const bodyStart = ({ code, language }: VulnerableFunction): number => {
  let parentheses = 0;
  for (const lexeme of lexemesOf(language, code)) {
    if (lexeme.text === '(') parentheses++;
    else if (lexeme.text === ')') parentheses--;
    else if (lexeme.text === '{' && parentheses === 0) return lexeme.start;
  }
  return -1;
};

export function spliced(
  code: string,
  places: readonly { start: number; end: number }[],
  text: string,
): string {
  let out = '';
  let at = 0;
  for (const place of places) {
    out += code.slice(at, place.start) + text;
    at = place.end;
  }
  return out + code.slice(at);
}
