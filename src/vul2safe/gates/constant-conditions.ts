/**
 * @file Lexemes without conditions that are decided before anything runs: a branch never taken goes (`if (0) ...`,
 * `if (x != x) return;`), one always taken loses its `if` (`if (1) {...}`, `do {...} while (0);`, `if True:`). What has an
 * `else` stays. By lexemes, and in Python by lines (ours).
 */
import type { Lexeme } from '../../code/lexeme.ts';
import type { Language } from '../../data/vulnerable-function.ts';

/** What of a code view is needed here. */
export interface CodeLexemes {
  readonly language: Language;
  readonly code: string;
  readonly lexemes: readonly Lexeme[];
}

export function withoutConstantConditions({ language, code, lexemes }: CodeLexemes): Lexeme[] {
  const dropped = new Set<number>();
  const drop = (from: number, end: number): void => {
    for (let i = from; i < end; i++) dropped.add(i);
  };
  lexemes.forEach(({ text }, at) => {
    if (dropped.has(at)) return;
    if (text === 'if' && language === 'python') dropPythonBranch(lexemes, at, code, drop);
    else if (text === 'if') dropBranch(lexemes, at, drop);
    else if (text === 'do') dropOnceLoop(lexemes, at, drop);
  });
  return lexemes.filter((_, i) => !dropped.has(i));
}

type Drop = (from: number, end: number) => void;

function dropBranch(lexemes: readonly Lexeme[], at: number, drop: Drop): void {
  if (lexemes[at + 1]?.text !== '(' || lexemes[at - 1]?.text === 'else') return;
  const close = closingAt(lexemes, at + 1);
  const holds = constantOf(textsOf(lexemes, at + 2, close));
  if (holds === undefined) return;
  const isBlock = lexemes[close + 1]?.text === '{';
  const last = isBlock ? closingAt(lexemes, close + 1) : semicolonAt(lexemes, close + 1);
  if (lexemes[last + 1]?.text === 'else') return;
  if (!holds) drop(at, last + 1);
  else {
    drop(at, close + (isBlock ? 2 : 1));
    if (isBlock) drop(last, last + 1);
  }
}

/** `do { ... } while (0);` */
function dropOnceLoop(lexemes: readonly Lexeme[], at: number, drop: Drop): void {
  if (lexemes[at + 1]?.text !== '{') return;
  const last = closingAt(lexemes, at + 1);
  const isOnce = /^\} while \( (?:0|false) \)/.test(textsOf(lexemes, last, last + 5).join(' '));
  // Inside another loop a `break` would leave this one instead.
  const isInner = textsOf(lexemes, 0, at).some((text) => /^(?:for|while|do|switch)$/.test(text));
  const leaves = textsOf(lexemes, at, last).some((text) => /^(?:break|continue)$/.test(text));
  if (!isOnce || (isInner && leaves)) return;
  drop(at, at + 2);
  drop(last, last + (lexemes[last + 5]?.text === ';' ? 6 : 5));
}

/** `if <constant>:` with the lines under it, or with the rest of its line. */
function dropPythonBranch(lexemes: readonly Lexeme[], at: number, code: string, drop: Drop): void {
  const indentAt = (i: number): number => {
    const { start } = lexemes[i]!;
    return start - (code.lastIndexOf('\n', start - 1) + 1);
  };
  const startsLine = (i: number): boolean =>
    code.slice(lexemes[i]!.start - indentAt(i), lexemes[i]!.start).trim() === '';
  if (!startsLine(at)) return;
  let colon = at + 1;
  for (let depth = 0; colon < lexemes.length; colon++) {
    const { text } = lexemes[colon]!;
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text)) depth--;
    else if (text === ':' && depth === 0) break;
  }
  const holds = constantOf(textsOf(lexemes, at + 1, colon));
  if (holds === undefined) return;
  let last = colon + 1;
  while (last < lexemes.length && !(startsLine(last) && indentAt(last) <= indentAt(at))) last++;
  if (/^(?:else|elif)$/.test(lexemes[last]?.text ?? '')) return;
  drop(at, holds ? colon + 1 : last);
}

const textsOf = (lexemes: readonly Lexeme[], from: number, end: number): string[] =>
  lexemes.slice(from, end).map(({ text }) => text);

const OR = new Set(['||', 'or']);
const AND = new Set(['&&', 'and']);

/** What a condition is whatever the variables are; undefined when it depends on them. */
function constantOf(texts: readonly string[]): boolean | undefined {
  const inner = unwrapped(texts);
  const alternatives = splitAt(inner, OR);
  if (alternatives.length > 1) return joined(alternatives.map(constantOf), true);
  const parts = splitAt(inner, AND);
  if (parts.length > 1) return joined(parts.map(constantOf), false);
  const [first, operator, second] = inner;
  if (inner.length === 2 && (first === '!' || first === 'not')) {
    const negated = constantOf([operator!]);
    return negated === undefined ? undefined : !negated;
  }
  if (inner.length === 1) {
    if (/^(?:0|false|False|None|NULL|nil|null)$/.test(first!)) return false;
    return /^(?:1|true|True)$/.test(first!) ? true : undefined;
  }
  return inner.length === 3 ? comparisonOf(first!, operator!, second!) : undefined;
}

/** `decisive` settles the whole; otherwise all have to be known. */
function joined(parts: readonly (boolean | undefined)[], decisive: boolean): boolean | undefined {
  if (parts.includes(decisive)) return decisive;
  return parts.includes(undefined) ? undefined : !decisive;
}

const IF_EQUAL: Readonly<Record<string, boolean>> = {
  '==': true,
  '===': true,
  '<=': true,
  '>=': true,
  '!=': false,
  '!==': false,
  '<': false,
  '>': false,
};

function comparisonOf(a: string, operator: string, b: string): boolean | undefined {
  const ifEqual = IF_EQUAL[operator];
  if (ifEqual === undefined || !/^\w+$/.test(a) || !/^\w+$/.test(b)) return undefined;
  if (a === b) return ifEqual;
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return undefined;
  if (/^[=!]/.test(operator)) return !ifEqual;
  return operator.startsWith('<') ? Number(a) < Number(b) : Number(a) > Number(b);
}

function unwrapped(texts: readonly string[]): readonly string[] {
  if (texts[0] !== '(' || texts.at(-1) !== ')') return texts;
  let depth = 0;
  for (const [i, text] of texts.entries()) {
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0 && i < texts.length - 1) return texts;
  }
  return unwrapped(texts.slice(1, -1));
}

/** The pieces between separators outside brackets. */
function splitAt(texts: readonly string[], separators: ReadonlySet<string>): string[][] {
  const pieces: string[][] = [[]];
  let depth = 0;
  for (const text of texts) {
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text)) depth--;
    if (depth === 0 && separators.has(text)) pieces.push([]);
    else pieces.at(-1)!.push(text);
  }
  return pieces;
}

/** The index of the bracket that closes the one at `open`, or of the last lexeme. */
export function closingAt(lexemes: readonly Lexeme[], open: number): number {
  let depth = 0;
  for (let i = open; i < lexemes.length; i++) {
    const { text } = lexemes[i]!;
    if (text === '(' || text === '{' || text === '[') depth++;
    else if ((text === ')' || text === '}' || text === ']') && --depth === 0) return i;
  }
  return lexemes.length - 1;
}

/** The semicolon that ends the statement at `from`. */
function semicolonAt(lexemes: readonly Lexeme[], from: number): number {
  for (let i = from; i < lexemes.length; i++) {
    const { text } = lexemes[i]!;
    if (text === '(' || text === '[' || text === '{') i = closingAt(lexemes, i);
    else if (text === ';') return i;
  }
  return lexemes.length - 1;
}
