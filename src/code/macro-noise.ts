/**
 * @file C as a parser without its headers can read it: what only the preprocessor gives a meaning is replaced by something
 * plain of the same sort. Annotations (`__user`, `TSRMLS_CC`) go, types handed to macros (`min_t(int, a, b)`) become names,
 * macros between string literals (`"%" PRIu64 "\n"`) go, and C++ words that C uses as names get another spelling.
 * For counting syntax errors fairly; the text it gives means nothing otherwise.
 */
import type { Language } from '../data/vulnerable-function.ts';
import type { Lexeme } from './lexeme.ts';
import { codeLexemesOf } from './lexer.ts';
import { lexerFamily } from './languages.ts';

const ANNOTATION =
  /^(?:__(?:user|iomem|rcu|force|percpu|init|exit|must_check|always_inline|read_mostly|net_init|cold|hot|sched|kprobes|bitwise|nocast)|[A-Z]+_(?:CC|DC)|[A-Z][A-Z0-9_]*(?:CALL|API|EXPORT|ENTRY|INLINE|NORETURN|NONNULL|UNUSED))$/;
const CPP_WORDS: ReadonlySet<string> = new Set(
  'new delete class this template private public protected namespace using try catch throw virtual operator typename friend explicit and or not'.split(
    ' ',
  ),
);
const TYPE_WORDS: ReadonlySet<string> = new Set(
  'char double float int long short signed unsigned void bool _Bool const volatile'.split(' '),
);

/** The same text for languages that have no preprocessor. */
export function withoutMacroNoise(language: Language, code: string): string {
  if (lexerFamily(language) !== 'c') return code;
  const lexemes = codeLexemesOf(language, code);
  let out = '';
  let at = 0;
  for (let i = 0; i < lexemes.length; i++) {
    const lexeme = lexemes[i]!;
    const typeEnd = typeArgumentEnd(lexemes, i);
    const until = typeEnd > i ? lexemes[typeEnd - 1]! : lexeme;
    out += code.slice(at, lexeme.start) + plainly(language, lexemes, i, typeEnd);
    at = until.end;
    if (typeEnd > i) i = typeEnd - 1;
  }
  return out + code.slice(at);
}

function plainly(
  language: Language,
  lexemes: readonly Lexeme[],
  at: number,
  typeEnd: number,
): string {
  const { kind, text } = lexemes[at]!;
  if (typeEnd > at) return 'type_argument';
  if (kind !== 'identifier') return text;
  if (ANNOTATION.test(text) && lexemes[at + 1]?.text !== '(') return ' ';
  const besideText = lexemes[at - 1]?.kind === 'string' || lexemes[at + 1]?.kind === 'string';
  if (besideText && /^[A-Z][A-Z0-9_]*$|^PRI\w+$/.test(text)) return ' ';
  return language === 'c' && CPP_WORDS.has(text) ? `${text}_` : text;
}

/** The end of a type that stands as an argument of its own behind `name(` or `,`: `unsigned int`, `struct a *`; else `at`. */
function typeArgumentEnd(lexemes: readonly Lexeme[], at: number): number {
  const before = lexemes[at - 1]?.text;
  if (before !== '(' && before !== ',') return at;
  let end = at;
  while (TYPE_WORDS.has(lexemes[end]?.text ?? '')) end++;
  if (/^(?:struct|union|enum)$/.test(lexemes[end]?.text ?? '')) end += 2;
  if (end === at) return at;
  while (lexemes[end]?.text === '*') end++;
  const next = lexemes[end]?.text;
  // A lone type before `)` is a cast, a parameter list or sizeof; between commas it can only be an argument.
  if (next === ',') return end;
  return next === ')' && before === ',' ? end : at;
}
