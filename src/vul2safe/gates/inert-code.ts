/**
 * @file Lexemes that do nothing at run time, removed so that versions can be compared by what they do: compile-time
 * assertions, empty statements, `(void)x;` and conditions that are constant.
 * By lexeme patterns (ours): it errs towards keeping code.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { closingAt, type CodeLexemes, withoutConstantConditions } from './constant-conditions.ts';

const COMPILE_TIME_ASSERTIONS = new Set([
  'static_assert',
  '_Static_assert',
  'BUILD_BUG_ON',
  'BUILD_ASSERT',
  'STATIC_ASSERT',
  'COMPILE_ASSERT',
  'BUILD_BUG_ON_NOT_POWER_OF_2',
  'G_STATIC_ASSERT',
  'BOOST_STATIC_ASSERT',
  'Q_STATIC_ASSERT',
  'QEMU_BUILD_BUG_ON',
  'MOZ_STATIC_ASSERT',
]);

export function withoutInertCode(view: CodeLexemes): Lexeme[] {
  const { language } = view;
  const lexemes = withoutConstantConditions(view);
  const kept: Lexeme[] = [];
  for (let i = 0; i < lexemes.length; i++) {
    const end = inertUntil(lexemes, i, kept.at(-1), language);
    if (end > i) i = end - 1;
    else kept.push(lexemes[i]!);
  }
  return kept;
}

/** The index after inert code that begins at `at`, or `at` itself. */
function inertUntil(
  lexemes: readonly Lexeme[],
  at: number,
  previous: Lexeme | undefined,
  language: Language,
): number {
  const text = (offset: number): string => lexemes[at + offset]?.text ?? '';
  const statementStarts =
    previous === undefined || [';', '{', '}'].includes(previous.text) || language === 'python';
  if (COMPILE_TIME_ASSERTIONS.has(text(0)) && text(1) === '(')
    return skipSemicolon(lexemes, closingAt(lexemes, at + 1) + 1);
  if (language !== 'python' && text(0) === ';' && statementStarts) return at + 1;
  if (text(0) === '(' && text(1) === 'void' && text(2) === ')' && text(4) === ';') return at + 5;
  if (text(0) === 'void' && text(1) === '0' && text(2) === ';') return at + 3;
  return at;
}

const skipSemicolon = (lexemes: readonly Lexeme[], at: number): number =>
  lexemes[at]?.text === ';' ? at + 1 : at;
