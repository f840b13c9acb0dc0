/**
 * @file Whether two lexeme sequences are equal up to a one-to-one renaming of names that the text itself declares
 * (parameters, variables, the function). Free names (APIs, fields, macros, types) must stay as they are.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { lexerFamily } from '../../code/languages.ts';
import { localNames } from '../../code/local-names.ts';
import type { Language } from '../../data/vulnerable-function.ts';

/** True when the texts differ in nothing but a renaming, and in at least one name. */
export function isRenaming(
  before: readonly Lexeme[],
  after: readonly Lexeme[],
  language: Language,
): boolean {
  const renames = oneToOneRenames(before, after);
  if (renames === undefined || renames.size === 0) return false;
  const declaredBefore = ownNames(before, language);
  const declaredAfter = ownNames(after, language);
  return [...renames].every(([from, to]) => declaredBefore.has(from) && declaredAfter.has(to));
}

/** Old name -> new name of all that differ; undefined when more than names differs, or two become one. */
export function oneToOneRenames(
  before: readonly Lexeme[],
  after: readonly Lexeme[],
): ReadonlyMap<string, string> | undefined {
  if (before.length !== after.length) return undefined;
  const forth = new Map<string, string>();
  const back = new Map<string, string>();
  for (let i = 0; i < before.length; i++) {
    const from = before[i]!;
    const to = after[i]!;
    if (from.kind !== to.kind) return undefined;
    if (from.kind !== 'identifier') {
      if (from.text !== to.text) return undefined;
      continue;
    }
    if ((forth.get(from.text) ?? to.text) !== to.text) return undefined;
    if ((back.get(to.text) ?? from.text) !== from.text) return undefined;
    forth.set(from.text, to.text);
    back.set(to.text, from.text);
  }
  return new Map([...forth].filter(([from, to]) => from !== to));
}

/** Two ways of telling what a text declares; each sees some declarations the other does not. */
const ownNames = (lexemes: readonly Lexeme[], language: Language): ReadonlySet<string> =>
  new Set([...declaredNames(lexemes, language), ...localNames(language, lexemes)]);

const ASSIGNERS = new Set(['=', ':=']);
const C_DECLARATION_ENDS = new Set(['=', ';', ',', ')', '[', ':', '{']);
const BINDERS = new Set([
  'let',
  'const',
  'var',
  'function',
  'def',
  'class',
  'for',
  'as',
  'catch',
  'func',
  'fn',
  'mut',
  'lambda',
  'import',
  'async',
]);

/** Names bound in the text, by the shapes of declarations; a name that is only used is free. */
export function declaredNames(lexemes: readonly Lexeme[], language: Language): ReadonlySet<string> {
  const family = lexerFamily(language);
  const typed = family === 'c' || family === 'java' || family === 'go' || family === 'rust';
  const declared = new Set<string>();
  let firstParenthesis = -1;
  let depth = 0;
  for (let i = 0; i < lexemes.length; i++) {
    const lexeme = lexemes[i]!;
    if (lexeme.text === '(') {
      depth++;
      if (firstParenthesis < 0) {
        firstParenthesis = i;
        const name = lexemes[i - 1];
        if (name?.kind === 'identifier') declared.add(name.text);
      }
    } else if (lexeme.text === ')') depth--;
    if (lexeme.kind !== 'identifier') continue;
    const previous = lexemes[i - 1];
    const next = lexemes[i + 1];
    if (previous?.text === '.' || previous?.text === '->' || previous?.text === '::') continue;
    if (previous !== undefined && BINDERS.has(previous.text)) declared.add(lexeme.text);
    else if (next?.text === '=>') declared.add(lexeme.text);
    else if (!typed && next !== undefined && ASSIGNERS.has(next.text) && depth === 0)
      declared.add(lexeme.text);
    else if (!typed && inParameterList(lexemes, i)) declared.add(lexeme.text);
    else if (typed && next !== undefined && C_DECLARATION_ENDS.has(next.text)) {
      if (followsType(lexemes, i)) declared.add(lexeme.text);
    } else if (family === 'go' && next?.text === ':=') declared.add(lexeme.text);
  }
  return declared;
}

/** `type name`, `type *name`, `type a, b`: the lexeme before is a type word or identifier, perhaps behind stars. */
function followsType(lexemes: readonly Lexeme[], at: number): boolean {
  let i = at - 1;
  while (i >= 0 && ['*', '&', '**', '&&'].includes(lexemes[i]!.text)) i--;
  const word = lexemes[i];
  if (word === undefined) return false;
  const stars = i < at - 1;
  if (word.kind === 'keyword')
    return !/^(?:return|case|goto|else|sizeof|throw|new|delete)$/.test(word.text);
  if (word.kind === 'identifier') {
    if (!stars) return true;
    // `a * b;` may be a product: a declaration starts a statement or a parameter.
    const start = lexemes[i - 1];
    return (
      start === undefined ||
      ['{', '}', ';', '(', ','].includes(start.text) ||
      start.kind === 'keyword'
    );
  }
  if (word.text === '>') return true; // a template type
  if (word.text === ',') return !stars && declarationList(lexemes, i);
  return false;
}

/** Whether the comma at `at` continues `type a, b` at statement level rather than an argument list. */
function declarationList(lexemes: readonly Lexeme[], at: number): boolean {
  for (let i = at; i >= 0 && i > at - 200; i--) {
    const text = lexemes[i]!.text;
    if (text === ')' || text === '(') return false;
    if (text === ';' || text === '{' || text === '}') {
      const first = lexemes[i + 1];
      const second = lexemes[i + 2];
      return (
        first !== undefined &&
        (first.kind === 'keyword' ||
          (first.kind === 'identifier' && (second?.kind === 'identifier' || second?.text === '*')))
      );
    }
  }
  return false;
}

/** Inside the parentheses of a `def f(...)`, `function f(...)` or `(...) =>`. */
function inParameterList(lexemes: readonly Lexeme[], at: number): boolean {
  let depth = 0;
  for (let i = at - 1; i >= 0 && i > at - 120; i--) {
    const text = lexemes[i]!.text;
    if (text === ')' || text === ']' || text === '}') depth++;
    else if (text === '(' || text === '[' || text === '{') {
      if (depth > 0) depth--;
      else if (text === '(') {
        const previous = lexemes[i - 1]?.text;
        const second = lexemes[i - 2]?.text;
        return (
          previous === 'function' ||
          second === 'function' ||
          second === 'def' ||
          previous === 'lambda' ||
          arrowFollows(lexemes, i)
        );
      }
    } else if (text === ';' || (text === '=' && lexemes[i + 1] === lexemes[at])) return false;
  }
  return false;
}

function arrowFollows(lexemes: readonly Lexeme[], open: number): boolean {
  let depth = 0;
  for (let i = open; i < lexemes.length && i < open + 200; i++) {
    const text = lexemes[i]!.text;
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0) {
      const next = lexemes[i + 1]?.text;
      return next === '=>' || next === '{';
    }
  }
  return false;
}
