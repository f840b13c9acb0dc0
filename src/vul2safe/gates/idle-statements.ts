/**
 * @file Edits of whole statements that change nothing: one that stands there twice now, and two neighbours that changed
 * places though neither touches what the other uses. By lexemes, without aliases (ours); a call beside anything but
 * a plain local keeps its place, since the order of effects may be the fix.
 */
import { lexerFamily } from '../../code/languages.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { CodeLexemes } from './constant-conditions.ts';

/** What the edit amounts to, in words, or undefined for one that may matter. */
export function idleStatementEdit(before: CodeLexemes, after: CodeLexemes): string | undefined {
  const grown = after.lexemes.length - before.lexemes.length;
  if (grown < 0) return undefined;
  const was = statementsOf(before);
  const is = statementsOf(after);
  const at = was.findIndex((statement, i) => statement !== is[i]);
  if (at < 0 || Math.abs(is.length - was.length) > 1) return undefined;
  if (grown > 0)
    return is.length === was.length + 1 && repeats(was, is, at)
      ? 'the fix only says a statement twice'
      : undefined;
  const isSwap =
    was.length === is.length &&
    was[at] === is[at + 1] &&
    was[at + 1] === is[at] &&
    was.slice(at + 2).every((statement, i) => statement === is[at + 2 + i]);
  return isSwap && areIndependent(was[at]!, was[at + 1]!)
    ? 'two statements that have nothing to do with each other changed places'
    : undefined;
}

/** `is` has at `at` a copy of the statement before it, and is `was` else. */
const repeats = (was: readonly string[], is: readonly string[], at: number): boolean =>
  at > 0 &&
  is[at] === is[at - 1] &&
  /\w/.test(is[at]!) &&
  was.slice(at).every((statement, i) => statement === is[at + 1 + i]);

/** Each statement, brace or label as its lexemes joined by blanks; Python's by lines. */
function statementsOf({ language, code, lexemes }: CodeLexemes): string[] {
  const byLines = lexerFamily(language) === 'python' || language === 'go';
  const statements: string[] = [];
  let texts: string[] = [];
  let depth = 0;
  lexemes.forEach((lexeme, i) => {
    const { text } = lexeme;
    texts.push(text);
    if (text === '(' || text === '[') depth++;
    else if (text === ')' || text === ']') depth--;
    const ends = byLines
      ? depth === 0 && breaksLine(code, lexeme, lexemes[i + 1])
      : depth === 0 && (text === ';' || text === '{' || text === '}');
    if (!ends) return;
    // In Python the depth of a line is part of what it says.
    const first = lexemes[i - texts.length + 1]!;
    const indent = byLines ? first.start - (code.lastIndexOf('\n', first.start - 1) + 1) : 0;
    statements.push(' '.repeat(indent) + texts.join(' '));
    texts = [];
  });
  if (texts.length > 0) statements.push(texts.join(' '));
  return statements;
}

const breaksLine = (code: string, lexeme: Lexeme, next: Lexeme | undefined): boolean =>
  next === undefined || code.slice(lexeme.end, next.start).includes('\n');

const LEAVES =
  /^\s*(?:return|goto|break|continue|throw|raise|if|for|while|else|elif|case|default|[{}#@])/;

function areIndependent(one: string, other: string): boolean {
  if (LEAVES.test(one) || LEAVES.test(other)) return false;
  const calls = [one, other].filter((statement) => /\w \(|\w\(/.test(statement));
  if (calls.length === 2) return false;
  const [caller] = calls;
  const plain = caller === one ? other : one;
  if (caller !== undefined && /->|\.|\[|\*/.test(plain)) return false;
  return !touches(one, other) && !touches(other, one);
}

/** Whether what `one` sets, or changes in passing, is mentioned in `other`. */
function touches(one: string, other: string): boolean {
  const target = /^\s*(.*?) (?:[-+*/%&|^]|<<|>>)?= /.exec(one)?.[1] ?? one;
  const names = target.match(/[A-Za-z_]\w*/g) ?? [];
  // Of `a -> b` the member is set, of `int x` the last word is the name.
  const name = names.at(-1);
  const changed = /\+\+|--/.test(one) ? (one.match(/[A-Za-z_]\w*/g) ?? []) : [];
  return [...(name === undefined ? [] : [name]), ...changed].some((word) =>
    new RegExp(`\\b${word}\\b`).test(other),
  );
}
