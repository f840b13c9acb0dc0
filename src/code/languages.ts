/**
 * @file Which language a text is written in, and how each language's lexemes look. Detection trusts a file name first,
 * then counts cheap hints (ours). It does not tell C from C++ without a C++ hint, and says `unknown` when no hint fires.
 */
import type { Language } from '../data/vulnerable-function.ts';

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  cxx: 'cpp',
  hpp: 'cpp',
  hh: 'cpp',
  hxx: 'cpp',
  ipp: 'cpp',
  inl: 'cpp',
  py: 'python',
  pyw: 'python',
  js: 'javascript',
  jsx: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'typescript',
  tsx: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  java: 'java',
  go: 'go',
  php: 'php',
  rb: 'ruby',
  rs: 'rust',
  cs: 'csharp',
};

/** [language, hint, weight]; every hint is a linear-time expression. */
const HINTS: readonly (readonly [Language, RegExp, number])[] = [
  ['php', /<\?php/, 10],
  ['php', /\$this->|\bfunction\s+&?\w+\s*\([^)]{0,200}\$/, 5],
  ['python', /^[ \t]*(?:async )?def \w+\s*\(/m, 5],
  ['python', /^[ \t]*(?:elif .{0,200}|else|try|except.{0,80}):[ \t]*(?:#.*)?$/m, 3],
  ['python', /^[ \t]*(?:from [\w.]+ import |import [\w.]+[ \t]*$)/m, 3],
  ['python', /\b(?:self\.|None\b|True\b|False\b)/, 1],
  ['javascript', /\b(?:const|let|var)\s+(?:\w+|\{[^}]{0,200}\}|\[[^\]]{0,200}\])\s*=/, 4],
  ['javascript', /=>|===|!==|\brequire\(|\bmodule\.exports\b|\bfunction\s*\*?\s*\w*\s*\(/, 3],
  ['javascript', /\bexport (?:default|const|function|async)\b/, 3],
  [
    'typescript',
    /\b(?:interface|type)\s+\w+\s*(?:=|\{)|\)\s*:\s*(?:Promise<|string|number|void|boolean)\b/,
    4,
  ],
  ['typescript', /[(,]\s*\w+\??:\s*(?:string|number|boolean|any|unknown|Record<)/, 5],
  ['go', /^func (?:\([^)]{0,100}\) )?\w+\(/m, 6],
  ['go', /:=|^package \w+$/m, 3],
  ['java', /\b(?:public|private|protected)\s+(?:static\s+|final\s+)*[\w<>[\]]+\s+\w+\s*\(/, 6],
  ['java', /\b(?:throws \w+|import java[.x]|String\[\])/, 3],
  ['csharp', /^using [\w.]+;|\bnamespace [\w.]+|\basync Task\b|\bstring\.\w/m, 4],
  ['rust', /\bfn \w+\s*(?:<[^>]{0,100}>)?\(|\blet mut\b|\bimpl\b.{0,100}\bfor\b/, 6],
  ['ruby', /^[ \t]*def [\w.?!]+[^:]*$[\s\S]*^[ \t]*end\b/m, 4],
  ['c', /#\s*include\s*[<"]|\b(?:struct \w+ \*|size_t|uint\d+_t|unsigned|sizeof|NULL)\b|->/, 3],
  [
    'c',
    /\b(?:int|void|char|long|static|bool|u8|u32|ssize_t)\b[^;(){}]{0,120}\([^;]{0,400}\)\s*\{/,
    4,
  ],
  ['cpp', /\b(?:std::|template\s*<|nullptr\b|class \w+|namespace \w+|static_cast<)|\w::\w/, 6],
];

/** `c`, `cpp`, ... from the file name where its ending is known, else from the text; `unknown` rather than a guess. */
export function detectLanguage(code: string, fileName?: string): Language {
  const extension = fileName === undefined ? undefined : /\.(\w+)$/.exec(fileName)?.[1];
  const byName = extension === undefined ? undefined : BY_EXTENSION[extension.toLowerCase()];
  const head = code.length > 20_000 ? code.slice(0, 20_000) : code;
  if (byName !== undefined) {
    // A header may be either; only C++ hints make it C++.
    return byName === 'c' && extension?.toLowerCase() === 'h' && scoreOf('cpp', head) > 0
      ? 'cpp'
      : byName;
  }
  const scores = new Map<Language, number>();
  for (const [language, hint, weight] of HINTS)
    if (hint.test(head)) scores.set(language, (scores.get(language) ?? 0) + weight);
  // TypeScript is JavaScript with types, C++ is C with more: the extension wins as soon as one of its own hints fires.
  inherit(scores, 'typescript', 'javascript');
  inherit(scores, 'cpp', 'c');
  let best: Language = 'unknown';
  let bestScore = 0;
  for (const [language, score] of scores)
    if (score > bestScore) {
      best = language;
      bestScore = score;
    }
  return best;
}

function inherit(scores: Map<Language, number>, from: Language, base: Language): void {
  const own = scores.get(from);
  if (own !== undefined) scores.set(from, own + (scores.get(base) ?? 0));
}

const scoreOf = (language: Language, code: string): number =>
  HINTS.reduce(
    (sum, [name, hint, weight]) => sum + (name === language && hint.test(code) ? weight : 0),
    0,
  );

/** The languages whose conventions a lexer has to tell apart. */
export type LexerFamily = 'c' | 'python' | 'javascript' | 'java' | 'go' | 'php' | 'ruby' | 'rust';

export function lexerFamily(language: Language): LexerFamily {
  switch (language) {
    case 'c':
    case 'cpp':
      return 'c';
    case 'javascript':
    case 'typescript':
      return 'javascript';
    case 'csharp':
    case 'unknown':
      return 'java';
    default:
      return language;
  }
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const C_KEYWORDS =
  'auto break case const continue default do else enum extern for goto if inline register restrict return sizeof static struct switch typedef union volatile while';
const C_TYPES = 'char double float int long short signed unsigned void bool _Bool wchar_t';
const CPP_KEYWORDS =
  'alignas alignof catch class const_cast constexpr consteval decltype delete dynamic_cast explicit export false final friend mutable namespace new noexcept nullptr operator override private protected public reinterpret_cast static_assert static_cast template this throw true try typeid typename using virtual co_await co_return co_yield';
const JAVA_KEYWORDS =
  'abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for goto if implements import instanceof int interface long native new null package private protected public return short static strictfp super switch synchronized this throw throws transient true false try void volatile while var';

/** Words that are `keyword` lexemes. Type words of C are keywords too. */
export const KEYWORDS: Readonly<Record<Language, ReadonlySet<string>>> = {
  c: words(`${C_KEYWORDS} ${C_TYPES} true false`),
  cpp: words(`${C_KEYWORDS} ${C_TYPES} ${CPP_KEYWORDS}`),
  python: words(
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield',
  ),
  javascript: words(
    'await async break case catch class const continue debugger default delete do else export extends false finally for function if import in instanceof let new null of return static super switch this throw true try typeof undefined var void while with yield',
  ),
  typescript: words(
    'abstract any as asserts async await boolean break case catch class const constructor continue debugger declare default delete do else enum export extends false finally for function if implements import in infer instanceof interface is keyof let namespace never new null number of private protected public readonly return satisfies static string super switch symbol this throw true try type typeof undefined unknown var void while with yield',
  ),
  java: words(JAVA_KEYWORDS),
  csharp: words(
    `${JAVA_KEYWORDS} as async await base bool checked decimal delegate event explicit extern fixed foreach implicit in internal is lock namespace object operator out override params readonly ref sbyte sealed sizeof stackalloc string struct typeof uint ulong unchecked unsafe ushort using virtual`,
  ),
  go: words(
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false',
  ),
  php: words(
    'abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface isset list match namespace new null or print private protected public readonly require require_once return static switch throw trait true false try unset use var while xor yield',
  ),
  ruby: words(
    'BEGIN END alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield',
  ),
  rust: words(
    'as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while',
  ),
  unknown: words(`${C_KEYWORDS} ${C_TYPES} ${CPP_KEYWORDS} function def let var null None`),
};
