/**
 * @file Can this record be judged from its own text? A function of a dozen lexemes, or a fix that touches only comments,
 * names or assertions, says too little: the weakness lies elsewhere, or the fix is not one. Such records are marked with
 * the reason, so that a build can leave them out and say so. Assertions are told by name (ours, heuristic).
 */
import { editKind } from '../../code/normalise.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { codeLexemesOf } from '../../code/lexer.ts';
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';

export interface Undecidable {
  readonly reason: 'tiny' | 'only-comments-changed' | 'only-names-changed' | 'only-asserts-changed';
  readonly detail: string;
}

export const LEAST_LEXEMES = 12;

const ASSERTION =
  /^(?:_?static_assert|_Static_assert|assert|assert\w*|ASSERT\w*|BUILD_BUG_ON\w*|DCHECK\w*|[A-Z_]+_ASSERT)$/;

/** Undefined for a record that can be judged alone. */
export function undecidableAlone(record: VulnerableFunction): Undecidable | undefined {
  const { language, code, upstreamFix } = record;
  const before = codeLexemesOf(language, code);
  if (before.length < LEAST_LEXEMES)
    return { reason: 'tiny', detail: `${before.length} lexemes, fewer than ${LEAST_LEXEMES}` };
  if (upstreamFix === undefined) return undefined;
  const kind = editKind(language, code, upstreamFix);
  if (kind === 'same')
    return {
      reason: 'only-comments-changed',
      detail: 'the fix changes white space and comments at most',
    };
  if (kind === 'renamed')
    return { reason: 'only-names-changed', detail: 'the fix changes the names of locals at most' };
  const after = codeLexemesOf(language, upstreamFix);
  if (textsWithoutAssertions(before) === textsWithoutAssertions(after))
    return { reason: 'only-asserts-changed', detail: 'the fix changes assertions at most' };
  return undefined;
}

/** The lexemes joined, without `assert(...)`-like statements and Python's `assert ...` up to the end of its line. */
function textsWithoutAssertions(lexemes: readonly Lexeme[]): string {
  const kept: string[] = [];
  for (let i = 0; i < lexemes.length; i++) {
    if (!ASSERTION.test(lexemes[i]!.text) || lexemes[i + 1]?.text !== '(') {
      kept.push(lexemes[i]!.text);
      continue;
    }
    let depth = 0;
    for (i++; i < lexemes.length; i++) {
      if (lexemes[i]!.text === '(') depth++;
      else if (lexemes[i]!.text === ')' && --depth === 0) break;
    }
    if (lexemes[i + 1]?.text === ';') i++;
  }
  return kept.join(' ');
}
