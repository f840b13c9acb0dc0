/**
 * @file Forms of a program that ignore what does not matter: layout and comments; and, alpha-renamed, also the names its
 * author chose for locals. API names, members, operators and literals stay. Used to find copies, no-op edits and patterns.
 */
import type { Language } from '../data/vulnerable-function.ts';
import type { Lexeme } from './lexeme.ts';
import { codeLexemesOf } from './lexer.ts';
import { isMember, localNames } from './local-names.ts';

export const withoutComments = (lexemes: readonly Lexeme[]): Lexeme[] =>
  lexemes.filter((lexeme) => lexeme.kind !== 'comment');

/** Lexeme texts joined by one space: equal for programs that differ only in white space and comments. */
export const normalisedCode = (language: Language, code: string): string =>
  codeLexemesOf(language, code)
    .map((lexeme) => lexeme.text)
    .join(' ');

/** As `normalisedCode`, with locals renamed to «1», «2», ... in order of appearance. */
export const renamedCode = (language: Language, code: string): string =>
  renamedTexts(language, codeLexemesOf(language, code)).join(' ');

/** [lexeme] Texts with locals renamed consistently; `lexemes` without comments. */
export function renamedTexts(
  language: Language,
  lexemes: readonly Lexeme[],
  locals: ReadonlySet<string> = localNames(language, lexemes),
): string[] {
  const numbers = new Map<string, number>();
  return lexemes.map((lexeme, index) => {
    if (!isLocalAt(lexemes, index, locals)) return lexeme.text;
    let number = numbers.get(lexeme.text);
    if (number === undefined) {
      number = numbers.size + 1;
      numbers.set(lexeme.text, number);
    }
    return `«${number}»`;
  });
}

/** Whether the lexeme at `index` (of a list without comments) is a use of one of `locals`. */
export const isLocalAt = (
  lexemes: readonly Lexeme[],
  index: number,
  locals: ReadonlySet<string>,
): boolean =>
  lexemes[index]!.kind === 'identifier' &&
  locals.has(lexemes[index]!.text) &&
  !isMember(lexemes, index);

/** 'same' (layout and comments at most), 'renamed' (locals too), or 'changed'. */
export function editKind(
  language: Language,
  before: string,
  after: string,
): 'same' | 'renamed' | 'changed' {
  if (normalisedCode(language, before) === normalisedCode(language, after)) return 'same';
  return renamedCode(language, before) === renamedCode(language, after) ? 'renamed' : 'changed';
}
