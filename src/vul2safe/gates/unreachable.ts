/**
 * @file How much of a function no run can reach: what stands behind an unconditional return, throw or goto in the same
 * block, inside `if (0)` or `#if 0`. By lexemes and, where a language has no braces, by lines (ours). It errs towards "reachable":
 * labels, cases, directives and nested functions end a dead stretch.
 */
import { lexerFamily } from '../../code/languages.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { CodeView } from './code-view.ts';

const EXITS: ReadonlySet<string> = new Set([
  'return',
  'throw',
  'goto',
  'raise',
  'break',
  'continue',
]);

/** Lexemes that cannot be reached. */
export function unreachableLexemes({ language, code, lexemes }: CodeView): number {
  const family = lexerFamily(language);
  if (family === 'python') return unreachableByLines(code, lexemes);
  if (family === 'ruby') return 0;
  return unreachableInBraces(lexemes, family === 'go' ? code : undefined);
}

function unreachableInBraces(lexemes: readonly Lexeme[], linesMatter: string | undefined): number {
  let dead = 0;
  for (let i = 0; i < lexemes.length; i++) {
    const text = lexemes[i]!.text;
    const skipped = disabledUntil(lexemes, i);
    if (skipped > i) {
      dead += skipped - i;
      i = skipped - 1;
      continue;
    }
    if (!EXITS.has(text) || !isUnconditional(lexemes, i)) continue;
    const end = statementEnd(lexemes, i, linesMatter);
    const until = blockEnd(lexemes, end);
    dead += until - end;
    if (until > end) i = until - 1;
  }
  return dead;
}

/** `if (0) { ... }`, `if (false) { ... }`, `#if 0 ... #endif`: the index behind it, or `at`. */
function disabledUntil(lexemes: readonly Lexeme[], at: number): number {
  const text = (offset: number): string => lexemes[at + offset]?.text ?? '';
  if (/^#\s*if$/.test(text(0)) && text(1) === '0') {
    let depth = 0;
    for (let i = at; i < lexemes.length; i++) {
      const directive = lexemes[i]!.kind === 'directive' ? lexemes[i]!.text : '';
      if (/^#\s*if/.test(directive)) depth++;
      else if (/^#\s*endif/.test(directive) && --depth === 0) return i + 1;
      else if (depth === 1 && /^#\s*el/.test(directive)) return i;
    }
    return at;
  }
  const never = /^(?:if|while)$/.test(text(0)) && text(1) === '(' && /^(?:0|false)$/.test(text(2));
  if (!never || text(3) !== ')' || text(4) !== '{') return at;
  return closingBrace(lexemes, at + 4) + 1;
}

/** Directly in a block, whatever the block hangs on: no `if (...)`, `else`, `case x:` or label before it. `if (1) return` counts, too. */
function isUnconditional(lexemes: readonly Lexeme[], at: number): boolean {
  const text = (offset: number): string => lexemes[at - offset]?.text ?? '';
  if (text(1) === ';' || text(1) === '}' || text(1) === '{') return true;
  const always = text(1) === ')' && /^(?:1|true)$/.test(text(2)) && text(3) === '(';
  return always && text(4) === 'if';
}

/** Behind the `;` that ends the statement, or, where lines end statements, behind its line. */
function statementEnd(lexemes: readonly Lexeme[], at: number, code: string | undefined): number {
  let depth = 0;
  for (let i = at; i < lexemes.length; i++) {
    const { text, end } = lexemes[i]!;
    if (text === '(' || text === '[' || text === '{') depth++;
    else if (text === ')' || text === ']' || text === '}') {
      if (--depth < 0) return i;
    } else if (text === ';' && depth === 0) return i + 1;
    const next = lexemes[i + 1];
    if (code !== undefined && depth === 0 && next !== undefined)
      if (code.slice(end, next.start).includes('\n')) return i + 1;
  }
  return lexemes.length;
}

/** From a statement's end to the first thing that can be reached again, or to the end of its block. */
function blockEnd(lexemes: readonly Lexeme[], from: number): number {
  let depth = 0;
  let conditionals = 0;
  for (let i = from; i < lexemes.length; i++) {
    const { text, kind } = lexemes[i]!;
    if (text === '{' || text === '(' || text === '[') depth++;
    else if (text === '}' || text === ')' || text === ']') {
      if (--depth < 0) return i;
    } else if (kind === 'directive') {
      // Another branch of the `#if` around the exit may be reached; one that opens behind it may not.
      if (/^#\s*if/.test(text)) conditionals++;
      else if (/^#\s*e/.test(text) && conditionals === 0) return i;
      else if (/^#\s*endif/.test(text)) conditionals--;
    } else if (depth > 0) continue;
    else if (/^(?:case|default|else|function|func|class)$/.test(text)) return i;
    else if (kind === 'identifier' && lexemes[i + 1]?.text === ':') return i;
  }
  return from;
}

function closingBrace(lexemes: readonly Lexeme[], open: number): number {
  let depth = 0;
  for (let i = open; i < lexemes.length; i++) {
    if (lexemes[i]!.text === '{') depth++;
    else if (lexemes[i]!.text === '}' && --depth === 0) return i;
  }
  return lexemes.length - 1;
}

/** Python: what follows a line that leaves, as deep as that line or deeper; and the body of `if False:`. */
function unreachableByLines(code: string, lexemes: readonly Lexeme[]): number {
  let dead = 0;
  /** Lines indented at least so far are dead, or -1. */
  let deadFrom = -1;
  for (const line of linesOf(code, lexemes)) {
    if (deadFrom >= 0 && line.indent >= deadFrom) {
      dead += line.lexemes.length;
      continue;
    }
    deadFrom = -1;
    const text = line.lexemes.map((lexeme) => lexeme.text).join(' ');
    if (/^(?:if|while) (?:False|0) :$/.test(text)) deadFrom = line.indent + 1;
    else if (/^(?:return|raise|continue|break)\b/.test(text)) deadFrom = line.indent;
  }
  return dead;
}

/** Logical lines: a line break inside brackets ends nothing. */
function linesOf(
  code: string,
  lexemes: readonly Lexeme[],
): { readonly indent: number; readonly lexemes: Lexeme[] }[] {
  const lines: { indent: number; lexemes: Lexeme[] }[] = [];
  let depth = 0;
  let previousEnd = 0;
  for (const lexeme of lexemes) {
    const gap = code.slice(previousEnd, lexeme.start);
    if (lines.length === 0 || (depth === 0 && gap.includes('\n') && !gap.includes('\\')))
      lines.push({
        indent: lexeme.start - (code.lastIndexOf('\n', lexeme.start - 1) + 1),
        lexemes: [],
      });
    lines.at(-1)!.lexemes.push(lexeme);
    if (/^[([{]$/.test(lexeme.text)) depth++;
    else if (/^[)\]}]$/.test(lexeme.text)) depth = Math.max(0, depth - 1);
    previousEnd = lexeme.end;
  }
  return lines;
}
