/**
 * @file Which identifiers of a text are its own choice (parameters, local variables), told from lexemes alone by the way
 * each language declares names (ours, heuristic: no syntax tree, so it also works on broken and partial code).
 * Kept out: names bound to modules (they are API), members, called functions that are not assigned, CONSTANTS.
 */
import type { Language } from '../data/vulnerable-function.ts';
import { lexerFamily } from './languages.ts';
import type { Lexeme } from './lexeme.ts';

const CONSTANT = /^[A-Z][A-Z0-9_]+$/;
const MEMBER_ACCESS: ReadonlySet<string> = new Set(['.', '->', '::', '?.']);
const C_DECLARATION_END: ReadonlySet<string> = new Set(['=', ';', ',', ')', '[', ':']);
const TYPE_KEYWORDS: ReadonlySet<string> = new Set(
  'char double float int long short signed unsigned void bool _Bool wchar_t auto const volatile register static byte boolean string uint ulong ushort sbyte decimal object var final final dynamic'.split(
    ' ',
  ),
);
const PYTHON_ASSIGNMENTS: ReadonlySet<string> = new Set([
  '=',
  ':=',
  '+=',
  '-=',
  '*=',
  '/=',
  '|=',
  '&=',
  '%=',
  '//=',
  '**=',
  '^=',
]);

/** True for an identifier behind `.`, `->`, `::`: a member's name is never local. */
export const isMember = (lexemes: readonly Lexeme[], index: number): boolean => {
  const before = lexemes[index - 1];
  return before?.kind === 'operator' && MEMBER_ACCESS.has(before.text);
};

/** Comment lexemes are skipped; hand in all of them or none. */
export function localNames(language: Language, all: readonly Lexeme[]): Set<string> {
  const lexemes = all.some((lexeme) => lexeme.kind === 'comment')
    ? all.filter((lexeme) => lexeme.kind !== 'comment')
    : all;
  const names = new Set<string>();
  switch (lexerFamily(language)) {
    case 'python':
      pythonNames(lexemes, names);
      break;
    case 'javascript':
      javascriptNames(lexemes, names);
      break;
    case 'php':
      for (const lexeme of lexemes)
        if (
          lexeme.kind === 'identifier' &&
          /^\$\w/.test(lexeme.text) &&
          !/^\$(?:this$|_[A-Z])/.test(lexeme.text)
        )
          names.add(lexeme.text);
      break;
    case 'go':
      goNames(lexemes, names);
      break;
    case 'rust':
    case 'ruby':
      assignedNames(lexemes, names);
      break;
    default:
      typedNames(lexemes, names);
  }
  return names;
}

const isName = (lexeme: Lexeme | undefined): boolean =>
  lexeme?.kind === 'identifier' && !CONSTANT.test(lexeme.text);

/** C, C++, Java, C#: a name behind a type, in front of `=`, `;`, `,`, `)`, `[` or `:`; and the others of its declaration. */
function typedNames(lexemes: readonly Lexeme[], names: Set<string>): void {
  let depth = 0;
  /** Bracket depth of the declaration we are in, or -1. */
  let declaring = -1;
  for (let i = 0; i < lexemes.length; i++) {
    const lexeme = lexemes[i]!;
    const { text } = lexeme;
    if (text === '(' || text === '[' || text === '{') depth++;
    else if (text === ')' || text === ']' || text === '}') depth--;
    if (text === ';' || depth < declaring) declaring = -1;
    if (!isName(lexeme)) continue;
    const next = lexemes[i + 1];
    if (next === undefined || !C_DECLARATION_END.has(next.text)) continue;
    if (isDeclaredHere(lexemes, i)) {
      names.add(text);
      if (next.text !== ')') declaring = depth;
    } else if (declaring === depth) {
      let before = i - 1;
      while (lexemes[before]?.text === '*') before--;
      if (lexemes[before]?.text === ',' && !inCall(lexemes, i)) names.add(text);
    }
  }
}

/** Behind a type: `int x`, `size_t x`, `struct a *x`, `vector<int> &x`, `char[] x`. */
function isDeclaredHere(lexemes: readonly Lexeme[], index: number): boolean {
  let at = index - 1;
  let stars = 0;
  for (;;) {
    const text = lexemes[at]?.text;
    if (text === '*' || text === '&' || text === '**' || text === '&&') stars++;
    else if (text !== 'const' && text !== 'restrict' && text !== '__restrict') break;
    at--;
  }
  const type = lexemes[at];
  if (type === undefined) return false;
  if (type.kind === 'keyword') return TYPE_KEYWORDS.has(type.text);
  if (type.kind === 'identifier') {
    if (lexemes[at - 1]?.text === '->') return false;
    if (stars === 0) return true;
    // `a * b;` multiplies, `T *b;` declares: what stands before the type tells.
    while (/^(?:::|\.)$/.test(lexemes[at - 1]?.text ?? '')) at -= 2; // std::string
    const before = lexemes[at - 1];
    return (
      before === undefined ||
      /^(?:[;{}(,:]|struct|union|enum|const|static|register|volatile|unsigned|class|typename)$/.test(
        before.text,
      ) ||
      before.kind === 'directive'
    );
  }
  if (type.text === '>' || type.text === ']') return stars <= 1 && lexemes[index + 1]?.text !== ')';
  return false;
}

/** Whether the declaration's `,` is rather an argument list's: some call's parenthesis is still open before it. */
const inCall = (lexemes: readonly Lexeme[], index: number): boolean => {
  for (let at = index - 1, depth = 0; at >= 0 && index - at < 200; at--) {
    const { text } = lexemes[at]!;
    if (text === ')' || text === ']' || text === '}') depth++;
    else if (text === '(' || text === '[' || text === '{') {
      if (depth === 0) return text === '(' || text === '[';
      depth--;
    } else if (text === ';' && depth === 0) return false;
  }
  return false;
};

function pythonNames(lexemes: readonly Lexeme[], names: Set<string>): void {
  for (let i = 0; i < lexemes.length; i++) {
    const { text, kind } = lexemes[i]!;
    if (kind === 'keyword') {
      if (text === 'def') parameterList(lexemes, i + 2, names);
      else if (text === 'lambda') listUntil(lexemes, i + 1, ':', names);
      else if (text === 'for') listUntil(lexemes, i + 1, 'in', names);
      else if (text === 'as' && isName(lexemes[i + 1]) && !isImport(lexemes, i))
        names.add(lexemes[i + 1]!.text);
      continue;
    }
    if (kind !== 'operator' || !PYTHON_ASSIGNMENTS.has(text)) continue;
    if (text === '=' && insideParentheses(lexemes, i)) continue; // a keyword argument
    let at = i - 1;
    while (isName(lexemes[at]) && !isMember(lexemes, at)) {
      names.add(lexemes[at]!.text);
      if (lexemes[at - 1]?.text !== ',') break;
      at -= 2;
    }
  }
}

const isImport = (lexemes: readonly Lexeme[], at: number): boolean => {
  for (let i = at; i >= 0 && at - i < 60; i--)
    if (lexemes[i]!.text === 'import') return true;
    else if (!/^[\w.,()]+$/.test(lexemes[i]!.text)) return false;
  return false;
};

/** Looks back over one statement at most; `{`, `[` and `(` all hold keyword arguments or defaults, never assignments. */
function insideParentheses(lexemes: readonly Lexeme[], index: number): boolean {
  for (let at = index - 1, depth = 0; at >= 0 && index - at < 400; at--) {
    const { text, kind } = lexemes[at]!;
    if (kind !== 'operator') continue;
    if (text === ')' || text === ']' || text === '}') depth++;
    else if (text === '(' || text === '[' || text === '{') {
      if (depth === 0) return true;
      depth--;
    }
  }
  return false;
}

/** Names directly inside the parentheses that open at `open`, types and default values left out. */
function parameterList(lexemes: readonly Lexeme[], open: number, names: Set<string>): void {
  if (lexemes[open]?.text !== '(') return;
  let depth = 0;
  for (let i = open; i < lexemes.length; i++) {
    const { text } = lexemes[i]!;
    if (text === '(' || text === '[' || text === '{') depth++;
    else if (text === ')' || text === ']' || text === '}') depth--;
    if (depth === 0) return;
    const before = lexemes[i - 1]?.text;
    // `*args` follows a bracket or comma; Go's `s *S` does not.
    const opener = before === '*' || before === '**' ? lexemes[i - 2]?.text : before;
    const begins = opener !== undefined && /^(?:[({[,]|\.\.\.)$/.test(opener);
    if (isName(lexemes[i]) && begins && text !== 'self' && text !== 'cls') names.add(text);
  }
}

function listUntil(
  lexemes: readonly Lexeme[],
  from: number,
  end: string,
  names: Set<string>,
): void {
  for (let i = from; i < lexemes.length && i < from + 60 && lexemes[i]!.text !== end; i++) {
    const before = lexemes[i - 1]!.text;
    if (isName(lexemes[i]) && before !== '=' && !isMember(lexemes, i)) names.add(lexemes[i]!.text);
  }
}

function javascriptNames(lexemes: readonly Lexeme[], names: Set<string>): void {
  for (let i = 0; i < lexemes.length; i++) {
    const { text, kind } = lexemes[i]!;
    const next = lexemes[i + 1];
    if (kind === 'keyword') {
      if (text === 'const' || text === 'let' || text === 'var') declaration(lexemes, i + 1, names);
      else if (text === 'function') {
        const open =
          lexemes[i + 1]?.text === '(' ? i + 1 : lexemes[i + 2]?.text === '(' ? i + 2 : i + 3;
        parameterList(lexemes, open, names);
      } else if (text === 'catch' && next?.text === '(') parameterList(lexemes, i + 1, names);
    } else if (text === '=>') {
      const before = lexemes[i - 1];
      if (isName(before)) names.add(before!.text);
      else if (before?.text === ')') parameterList(lexemes, openingOf(lexemes, i - 1), names);
    } else if (
      isName(lexemes[i]) &&
      next?.text === '=' &&
      !isMember(lexemes, i) &&
      /^(?:[;{})]|else)$/.test(lexemes[i - 1]?.text ?? ';')
    )
      names.add(text);
  }
  for (let i = 0; i < lexemes.length; i++)
    if (/^(?:require|import)$/.test(lexemes[i]!.text)) removeModuleNames(lexemes, i, names);
}

/** `const a = 1, { b, c: d } = e`: adds a, b, d. */
function declaration(lexemes: readonly Lexeme[], from: number, names: Set<string>): void {
  const open = lexemes[from];
  if (isName(open)) {
    names.add(open!.text);
    return;
  }
  if (open?.text !== '{' && open?.text !== '[') return;
  for (let i = from + 1, depth = 1; i < lexemes.length && depth > 0; i++) {
    const { text } = lexemes[i]!;
    if (text === '{' || text === '[') depth++;
    else if (text === '}' || text === ']') depth--;
    else if (isName(lexemes[i]) && lexemes[i + 1]?.text !== ':' && lexemes[i - 1]?.text !== '=')
      names.add(text);
  }
}

/** The names a `require(...)` or `import` binds are API, not the author's choice. */
function removeModuleNames(lexemes: readonly Lexeme[], at: number, names: Set<string>): void {
  const forward = lexemes[at]!.text === 'import' && lexemes[at + 1]?.text !== '(';
  const step = forward ? 1 : -1;
  for (let i = at + step; i >= 0 && i < lexemes.length && Math.abs(i - at) < 60; i += step) {
    const { text, kind } = lexemes[i]!;
    if (text === ';' || kind === 'string' || /^(?:const|let|var|from|\))$/.test(text)) return;
    names.delete(text);
  }
}

function openingOf(lexemes: readonly Lexeme[], close: number): number {
  for (let at = close, depth = 0; at >= 0 && close - at < 400; at--) {
    const { text } = lexemes[at]!;
    if (text === ')') depth++;
    else if (text === '(' && --depth === 0) return at;
  }
  return -1;
}

function goNames(lexemes: readonly Lexeme[], names: Set<string>): void {
  for (let i = 0; i < lexemes.length; i++) {
    const { text } = lexemes[i]!;
    if (text === 'func') {
      let open = i + 1;
      while (open < i + 4 && lexemes[open] !== undefined && lexemes[open]!.text !== '(') open++;
      parameterList(lexemes, open, names);
      const close = lexemes.findIndex((lexeme, at) => at > open && lexeme.text === ')');
      if (open === i + 1 && isName(lexemes[close + 1])) parameterList(lexemes, close + 2, names);
    } else if (text === 'var' && isName(lexemes[i + 1])) names.add(lexemes[i + 1]!.text);
    else if (text === ':=' || text === '=') {
      for (let at = i - 1; isName(lexemes[at]) && !isMember(lexemes, at); at -= 2) {
        names.add(lexemes[at]!.text);
        if (lexemes[at - 1]?.text !== ',') break;
      }
    }
  }
}

/** Rust, Ruby: whatever is assigned without a member access. */
function assignedNames(lexemes: readonly Lexeme[], names: Set<string>): void {
  for (let i = 0; i < lexemes.length; i++)
    if (isName(lexemes[i]) && !isMember(lexemes, i) && /^(?:=|:)$/.test(lexemes[i + 1]?.text ?? ''))
      names.add(lexemes[i]!.text);
}
