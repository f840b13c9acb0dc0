/**
 * @file Names and parameters of the functions a text defines, read from lexemes, so that real C with macros and
 * fragments without their file still have a signature. Ours. It does not read types: a changed return type or
 * qualifier is not a changed signature here.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { lexerFamily } from '../../code/languages.ts';
import type { Language } from '../../data/vulnerable-function.ts';

export interface FunctionSignature {
  /** "(anonymous)" where the text gives none. */
  readonly name: string;
  /** The text of each parameter, white space reduced to one blank between lexemes. */
  readonly parameters: readonly string[];
}

const ANONYMOUS = '(anonymous)';
const MAXIMUM_FUNCTIONS = 64;

export function functionsIn(
  lexemes: readonly Lexeme[],
  language: Language,
): readonly FunctionSignature[] {
  switch (lexerFamily(language)) {
    case 'python':
    case 'ruby':
      return keywordFunctions(lexemes, new Set(['def']));
    case 'javascript':
      return javascriptFunctions(lexemes);
    case 'go':
      return keywordFunctions(lexemes, new Set(['func']));
    case 'rust':
      return keywordFunctions(lexemes, new Set(['fn']));
    case 'php':
      return keywordFunctions(lexemes, new Set(['function']));
    default:
      return braceFunctions(lexemes);
  }
}

/** `def name(...)`, `fn name(...)`, `func (receiver) name(...)`. */
function keywordFunctions(
  lexemes: readonly Lexeme[],
  keywords: ReadonlySet<string>,
): FunctionSignature[] {
  const found: FunctionSignature[] = [];
  for (let i = 0; i < lexemes.length && found.length < MAXIMUM_FUNCTIONS; i++) {
    if (!keywords.has(lexemes[i]!.text)) continue;
    let at = i + 1;
    if (lexemes[at]?.text === '(' && keywords.has('func')) at = closing(lexemes, at) + 1;
    const name = lexemes[at];
    if (name?.kind !== 'identifier') continue;
    const open = nextOpening(lexemes, at + 1, 8);
    if (open < 0) continue;
    const close = closing(lexemes, open);
    found.push({ name: name.text, parameters: parametersBetween(lexemes, open, close) });
  }
  return found;
}

const NOT_METHODS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'return', 'super']);

/** Declarations, assigned function expressions and arrows, and methods; the first one at any depth, the others at the same depth. */
function javascriptFunctions(lexemes: readonly Lexeme[]): FunctionSignature[] {
  const found: FunctionSignature[] = [];
  let depth = 0;
  let firstDepth = -1;
  const add = (name: string, open: number): void => {
    if (firstDepth < 0) firstDepth = depth;
    if (depth > firstDepth) return;
    const text = (index: number): string => lexemes[index]?.text ?? '';
    const parameters =
      text(open) === '(' ? parametersBetween(lexemes, open, closing(lexemes, open)) : [text(open)];
    found.push({ name, parameters });
  };
  for (let i = 0; i < lexemes.length && found.length < MAXIMUM_FUNCTIONS; i++) {
    const text = lexemes[i]!.text;
    if (text === '{') depth++;
    else if (text === '}') depth--;
    else if (text === 'function') {
      let at = i + 1;
      if (lexemes[at]?.text === '*') at++;
      const named = lexemes[at]?.kind === 'identifier';
      const open = named ? at + 1 : at;
      if (lexemes[open]?.text === '(')
        add(named ? lexemes[at]!.text : assignedName(lexemes, i), open);
    } else if (text === '=>') {
      const open = lexemes[i - 1]?.text === ')' ? opening(lexemes, i - 1) : i - 1;
      if (open >= 0) add(assignedName(lexemes, open), open);
    } else if (text === '(' && lexemes[i - 1]?.kind === 'identifier') {
      const name = lexemes[i - 1]!.text;
      const before = lexemes[i - 2]?.text;
      if (NOT_METHODS.has(name) || before === 'function' || before === '.' || before === 'new')
        continue;
      if (lexemes[closing(lexemes, i) + 1]?.text === '{') add(name, i);
    }
  }
  return found;
}

/** The name on the left of `name = <here>` or `name: <here>`, looking past `async`. */
function assignedName(lexemes: readonly Lexeme[], at: number): string {
  let i = at - 1;
  if (lexemes[i]?.text === 'async') i--;
  if (lexemes[i]?.text !== '=' && lexemes[i]?.text !== ':') return ANONYMOUS;
  const name = lexemes[i - 1];
  return name?.kind === 'identifier' ? name.text : ANONYMOUS;
}

const NOT_FUNCTION_NAMES = new Set([
  'if',
  'for',
  'while',
  'switch',
  'return',
  'sizeof',
  'catch',
  '__attribute__',
  '__declspec',
  'defined',
]);

/** C, C++, Java, C#: at depth 0, `name (` whose `)` is followed, before any `;` or `=`, by a body. */
function braceFunctions(lexemes: readonly Lexeme[]): FunctionSignature[] {
  const found: FunctionSignature[] = [];
  let depth = 0;
  for (let i = 0; i < lexemes.length && found.length < MAXIMUM_FUNCTIONS; i++) {
    const text = lexemes[i]!.text;
    if (text === '{') depth++;
    else if (text === '}') depth = Math.max(0, depth - 1);
    if (depth > 0 || text !== '(') continue;
    const name = lexemes[i - 1];
    const nameable = name !== undefined && /^[\w$~]+$|^operator/.test(name.text);
    if (!nameable || NOT_FUNCTION_NAMES.has(name.text)) continue;
    const close = closing(lexemes, i);
    if (bodyFollows(lexemes, close + 1) || found.length === 0)
      found.push({
        name: qualifiedName(lexemes, i - 1),
        parameters: parametersBetween(lexemes, i, close),
      });
    i = close;
  }
  return found;
}

function qualifiedName(lexemes: readonly Lexeme[], at: number): string {
  let name = lexemes[at]!.text;
  for (let i = at - 1; i > 0 && (lexemes[i]!.text === '::' || lexemes[i]!.text === '~'); i--) {
    name = lexemes[i]!.text + name;
    if (lexemes[i]!.text === '::' && lexemes[i - 1]?.kind === 'identifier')
      name = lexemes[--i]!.text + name;
  }
  return name;
}

function bodyFollows(lexemes: readonly Lexeme[], from: number): boolean {
  for (let i = from; i < Math.min(lexemes.length, from + 60); i++) {
    const text = lexemes[i]!.text;
    if (text === '{') return true;
    if (text === '=' || text === ')') return false;
    // K&R parameter declarations stand between `)` and `{`, each ending in `;`.
  }
  return false;
}

const OPENERS = new Set(['(', '[', '{']);
const CLOSERS = new Set([')', ']', '}']);

/** Index of the bracket that closes the one at `open`, or the last index. */
function closing(lexemes: readonly Lexeme[], open: number): number {
  let depth = 0;
  for (let i = open; i < lexemes.length; i++) {
    if (OPENERS.has(lexemes[i]!.text)) depth++;
    else if (CLOSERS.has(lexemes[i]!.text) && --depth === 0) return i;
  }
  return lexemes.length - 1;
}

function opening(lexemes: readonly Lexeme[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (CLOSERS.has(lexemes[i]!.text)) depth++;
    else if (OPENERS.has(lexemes[i]!.text) && --depth === 0) return i;
  }
  return -1;
}

function nextOpening(lexemes: readonly Lexeme[], from: number, within: number): number {
  for (let i = from; i < Math.min(lexemes.length, from + within); i++)
    if (lexemes[i]!.text === '(') return i;
  return -1;
}

function parametersBetween(lexemes: readonly Lexeme[], open: number, close: number): string[] {
  const parameters: string[] = [];
  let depth = 0;
  let current: string[] = [];
  for (let i = open + 1; i < close; i++) {
    const text = lexemes[i]!.text;
    if (OPENERS.has(text) || text === '<') depth++;
    else if (CLOSERS.has(text) || text === '>') depth = Math.max(0, depth - 1);
    if (text === ',' && depth === 0) {
      parameters.push(current.join(' '));
      current = [];
    } else current.push(text);
  }
  if (current.length > 0) parameters.push(current.join(' '));
  return parameters.filter((parameter) => parameter !== 'void');
}
