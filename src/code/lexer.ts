/**
 * @file Text -> lexemes, for any text whatever: never throws, linear time, ranges ascend, and what lies between two
 * lexemes is white space. Hand-written scanner (ours) with one set of conventions per language family.
 * Simplified: Python f-strings are one string; JSX text, Ruby's % and here-documents are lexed as ordinary code;
 * a `/` after `)` in JavaScript is a division.
 */
import type { Language } from '../data/vulnerable-function.ts';
import type { Lexeme, LexemeKind } from './lexeme.ts';
import { createRecentTexts } from './recent.ts';
import { KEYWORDS, lexerFamily } from './languages.ts';
import {
  backtickEnd,
  heredocEnd,
  lineEnd,
  pythonStringStart,
  quotedEnd,
  rawStringEnd,
  regexEnd,
  templateEnd,
  tripleQuotedEnd,
} from './literals.ts';

const WORD = 1;
const DIGIT = 2;
const SPACE = 4;

/** [char code < 128] What a character may be part of. */
const CLASS = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_$]/.test(character)) CLASS[code] = WORD;
  else if (/[0-9]/.test(character)) CLASS[code] = WORD | DIGIT;
  else if (/\s/.test(character)) CLASS[code] = SPACE;
}

export const isSpace = (code: number): boolean =>
  code < 128
    ? CLASS[code] === SPACE
    : code === 0xa0 ||
      code === 0x1680 ||
      (code >= 0x2000 && code <= 0x200a) ||
      code === 0x2028 ||
      code === 0x2029 ||
      code === 0x202f ||
      code === 0x205f ||
      code === 0x3000 ||
      code === 0xfeff;

const isWord = (code: number): boolean =>
  code < 128 ? (CLASS[code]! & WORD) !== 0 : !Number.isNaN(code) && !isSpace(code);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const OPERATORS: ReadonlySet<string> = new Set(
  '>>>= ... === !== <<= >>= **= //= &&= ||= ??= >>> <=> ->* == != <= >= && || ?? ?. => -> :: ++ -- += -= *= /= %= &= |= ^= << >> ** // := <- .. ## |>'.split(
    ' ',
  ),
);
/** [char code < 128] 1 where a second character may lengthen an operator. */
const JOINS = new Uint8Array(128);
for (const operator of OPERATORS)
  for (const character of operator.slice(1)) JOINS[character.charCodeAt(0)] = 1;

const REGEX_AFTER_KEYWORD: ReadonlySet<string> = new Set(
  'return typeof case in of do else void delete instanceof new throw yield await'.split(' '),
);

interface Lexed {
  readonly all: readonly Lexeme[];
  /** Without comments; made when first asked for. */
  code: readonly Lexeme[] | undefined;
}

/** Curation, gates, spans and prompts look at the same two texts some ten times; eight records are in flight by default. */
const recent = createRecentTexts<Lexed>(48);
const lexed = (language: Language, code: string): Lexed =>
  recent.get(language, code, () => ({ all: scanLexemes(language, code), code: undefined }));

/** All lexemes of `code`, comments included. Shared between callers: not to be changed. */
export const lexemesOf = (language: Language, code: string): readonly Lexeme[] =>
  lexed(language, code).all;

/** The lexemes of `code` without comments. Shared between callers: not to be changed. */
export function codeLexemesOf(language: Language, code: string): readonly Lexeme[] {
  const entry = lexed(language, code);
  entry.code ??= entry.all.filter((lexeme) => lexeme.kind !== 'comment');
  return entry.code;
}

/** As `lexemesOf`, but nothing is kept: for texts that no later step will look at. */
export function scanLexemes(language: Language, code: string): Lexeme[] {
  const family = lexerFamily(language);
  const keywords = KEYWORDS[language];
  const lexemes: Lexeme[] = [];
  const hashComments = family === 'python' || family === 'ruby' || family === 'php';
  const slashComments = family !== 'python' && family !== 'ruby';
  /** JavaScript: brace depth at which each open template literal goes on. */
  const templates: number[] = [];
  let braces = 0;
  /** JavaScript: no regular expression ends before this offset (keeps a line of slashes linear). */
  let noRegexBefore = 0;
  let significant: Lexeme | undefined;
  let lineStart = true;
  let at = 0;
  const length = code.length;

  const push = (kind: LexemeKind, end: number): void => {
    const lexeme: Lexeme = { kind, text: code.slice(at, end), start: at, end };
    lexemes.push(lexeme);
    if (kind !== 'comment') significant = lexeme;
    at = end;
    lineStart = false;
  };
  const regexMayStart = (): boolean => {
    if (significant === undefined) return true;
    if (significant.kind === 'operator') return !/^(?:\)|\]|\+\+|--)$/.test(significant.text);
    return significant.kind === 'keyword' && REGEX_AFTER_KEYWORD.has(significant.text);
  };
  const wordEnd = (from: number): number => {
    let end = from;
    while (end < length && isWord(code.charCodeAt(end))) end++;
    return end;
  };

  while (at < length) {
    const first = code.charCodeAt(at);
    if (isSpace(first)) {
      if (first === 10) lineStart = true;
      at++;
      continue;
    }
    const second = code.charCodeAt(at + 1);
    if (isDigit(first) || (first === 46 && isDigit(second))) {
      push('number', numberEnd(code, at, family === 'c'));
      continue;
    }
    if (isWord(first)) {
      const prefixed = prefixedStringEnd(family, code, at);
      if (prefixed > 0) {
        push('string', prefixed);
        continue;
      }
      let end = wordEnd(at + 1);
      if (family === 'ruby' && /[?!]/.test(code[end] ?? '') && code[end + 1] !== '=') end++;
      const text = code.slice(at, end);
      push(keywords.has(text) ? 'keyword' : 'identifier', end);
      continue;
    }
    if (first === 47 && slashComments) {
      if (second === 47) {
        push('comment', lineEnd(code, at, family === 'c'));
        continue;
      }
      if (second === 42) {
        const end = code.indexOf('*/', at + 2);
        push('comment', end < 0 ? length : end + 2);
        continue;
      }
      if (family === 'javascript' && at >= noRegexBefore && regexMayStart()) {
        const end = regexEnd(code, at);
        if (end > 0) {
          push('string', wordEnd(end));
          continue;
        }
        noRegexBefore = -end;
      }
    }
    if (first === 35) {
      if (family === 'c' && lineStart) {
        pushDirective();
        continue;
      }
      if (hashComments) {
        push('comment', lineEnd(code, at, false));
        continue;
      }
      if (family === 'javascript' && isWord(second) && !isDigit(second)) {
        push('identifier', wordEnd(at + 1));
        continue;
      }
    }
    if (first === 34 || first === 39) {
      push(...quoted(first));
      continue;
    }
    if (first === 96) {
      if (family === 'javascript') pushTemplate();
      else push('string', backtickEnd(code, at, family === 'go'));
      continue;
    }
    if (first === 64 && second === 34) {
      push('string', quotedEnd(code, at + 1, true)); // C#'s verbatim string
      continue;
    }
    if (family === 'php' && code.startsWith('<<<', at)) {
      const end = heredocEnd(code, at);
      if (end > 0) {
        push('string', end);
        continue;
      }
    }
    if (first === 125 && templates.length > 0 && templates.at(-1) === braces) {
      pushTemplate();
      continue;
    }
    if (first === 123) braces++;
    if (first === 125) braces--;
    pushOperator(first);
  }
  return lexemes;

  function quoted(quote: number): [LexemeKind, number] {
    const tripled = code.charCodeAt(at + 1) === quote && code.charCodeAt(at + 2) === quote;
    if (tripled && (family === 'python' || (family === 'java' && quote === 34)))
      return ['string', tripleQuotedEnd(code, at)];
    if (family === 'rust' && quote === 39 && code[at + 2] !== "'" && code[at + 1] !== '\\')
      return ['identifier', Math.max(at + 1, wordEnd(at + 1))]; // a lifetime
    const multiline = family === 'php' || family === 'ruby' || family === 'rust';
    return ['string', quotedEnd(code, at, multiline)];
  }

  /** From a backtick or the `}` that ends a substitution, up to the closing backtick or the next `${`. */
  function pushTemplate(): void {
    const resumes = code.charCodeAt(at) === 125;
    const { end, opensSubstitution } = templateEnd(code, at + 1);
    if (resumes) templates.pop();
    if (opensSubstitution) templates.push(braces);
    push('string', end);
  }

  /** `#define` is a directive lexeme and the header of an `#include` a string; the rest of the line is lexed as code. */
  function pushDirective(): void {
    let end = at + 1;
    while (code[end] === ' ' || code[end] === '\t') end++;
    end = wordEnd(end);
    const text = code.slice(at, end);
    push('directive', end);
    if (!/include|import/.test(text)) return;
    while (at < length && (code[at] === ' ' || code[at] === '\t')) at++;
    if (code[at] !== '<') return;
    const stop = lineEnd(code, at, false);
    const close = code.slice(at, stop).indexOf('>');
    if (close > 0) push('string', at + close + 1);
  }

  function pushOperator(code0: number): void {
    const isPunctuation = code0 > 32 && code0 < 127;
    if (!isPunctuation || code0 === 92) {
      push('other', at + 1);
      return;
    }
    let run = 1;
    while (run < 4) {
      const next = code.charCodeAt(at + run);
      if (!(next < 128) || JOINS[next] === 0) break;
      run++;
    }
    for (; run > 1; run--) if (OPERATORS.has(code.slice(at, at + run))) break;
    // In a language with line comments `//` cannot be an operator here; in Python it is one.
    push('operator', at + run);
  }
}

function numberEnd(code: string, start: number, quoteSeparates: boolean): number {
  const hexadecimal = code[start] === '0' && /[xX]/.test(code[start + 1] ?? '');
  let end = start + 1;
  for (; end < code.length; end++) {
    const unit = code.charCodeAt(end);
    if (unit === 46) {
      if (code.charCodeAt(end + 1) === 46) break; // a range such as 0..10
      continue;
    }
    if (unit === 43 || unit === 45) {
      if (!(hexadecimal ? /[pP]/ : /[eE]/).test(code[end - 1]!)) break;
      if (!isDigit(code.charCodeAt(end + 1))) break;
      continue;
    }
    if (unit === 39 && quoteSeparates && isDigit(code.charCodeAt(end + 1))) continue;
    if (unit >= 128 || (CLASS[unit]! & WORD) === 0) break;
  }
  return end;
}

/** The end of a string with a letter prefix (Python's rb"", C++'s R"x(..)x", L"", u8'') starting at `at`, else 0. */
function prefixedStringEnd(family: string, code: string, at: number): number {
  if (family === 'python') {
    const quote = pythonStringStart(code, at);
    if (quote < 0) return 0;
    const mark = code.charCodeAt(quote);
    return code.charCodeAt(quote + 1) === mark && code.charCodeAt(quote + 2) === mark
      ? tripleQuotedEnd(code, quote)
      : quotedEnd(code, quote, false);
  }
  if (family !== 'c' && family !== 'rust') return 0;
  const first = code[at]!;
  if (!/[LuURbr]/.test(first)) return 0;
  const prefix = /^(?:u8R?|[LuU]R?|R|br?|r)(?=["'#])/.exec(code.slice(at, at + 4))?.[0];
  if (prefix === undefined) return 0;
  const quote = at + prefix.length;
  if (family === 'rust') return code[quote] === '"' ? quotedEnd(code, quote, true) : 0;
  if (code[quote] === '#' || /[br]/.test(prefix)) return 0;
  if (prefix.endsWith('R')) return code[quote] === '"' ? rawStringEnd(code, quote) : 0;
  return quotedEnd(code, quote, false);
}
