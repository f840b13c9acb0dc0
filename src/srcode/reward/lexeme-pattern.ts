/** @file A pattern of lexemes with abstract locals, and whether code fits it. */
import type { Lexeme } from '../../code/lexeme.ts';
import { isLocalAt } from '../../code/normalise.ts';
import type { Range } from '../../data/offsets.ts';

export interface LexemePattern {
  /** [lexeme] Text, or undefined for a local. */
  readonly texts: readonly (string | undefined)[];
  /** [lexeme] Which local, numbered by first use; -1 for the others. */
  readonly locals: readonly number[];
  /** The changed part, in lexemes of the pattern. */
  readonly core: Range;
  readonly secure: boolean;
  /** Share of its side of the pair, 0..1. */
  readonly share: number;
  readonly pairId: string;
  /** The core's text. */
  readonly excerpt: string;
}

/** One name for each of the pattern's locals, and different names for different ones. */
export function usesLocalsAlike(
  pattern: Pick<LexemePattern, 'locals'>,
  lexemes: readonly Lexeme[],
  start: number,
): boolean {
  const names: string[] = [];
  for (let i = 0; i < pattern.locals.length; i++) {
    const local = pattern.locals[i]!;
    if (local < 0) continue;
    const name = lexemes[start + i]!.text;
    const known = names[local];
    if (known === undefined) {
      if (names.includes(name)) return false;
      names[local] = name;
    } else if (known !== name) return false;
  }
  return true;
}

/** Whether one pattern occurs anywhere; for many patterns use the matcher. */
export function occursIn(
  pattern: Pick<LexemePattern, 'texts' | 'locals'>,
  lexemes: readonly Lexeme[],
  locals: ReadonlySet<string>,
): boolean {
  const { texts } = pattern;
  for (let start = 0; start + texts.length <= lexemes.length; start++) {
    let i = 0;
    while (i < texts.length) {
      const wanted = texts[i];
      const isLocal = isLocalAt(lexemes, start + i, locals);
      if (wanted === undefined ? !isLocal : isLocal || lexemes[start + i]!.text !== wanted) break;
      i++;
    }
    if (i === texts.length && usesLocalsAlike(pattern, lexemes, start)) return true;
  }
  return false;
}
