/**
 * @file Gate: both texts are versions of one function. Two measures, since punctuation alone makes small functions alike:
 * the share of the shorter version's lexemes that the other kept in order, and the share of the words of the bodies
 * (names, texts, numbers) that both use. And what was added has to be about this function (foreign-names.ts).
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { foreignNames } from './foreign-names.ts';
import { fail, pass, type Gate } from './gate.ts';

const MINIMUM_SIMILARITY = 0.35;
const MINIMUM_COMMON_WORDS = 0.35;
/** With fewer words in a body their share says nothing. */
const LEAST_WORDS = 6;

export const relatedGate: Gate = {
  name: 'related',
  check(question) {
    const { before, after, diff } = question;
    const shorter = Math.min(before.lexemes.length, after.lexemes.length);
    if (shorter === 0) return fail('one version is empty');
    const similarity = diff.kept / shorter;
    if (similarity < MINIMUM_SIMILARITY)
      return fail(
        `the versions share ${percent(similarity)} of the shorter one's lexemes; they are different functions`,
      );
    const common = commonWords(bodyWords(before.lexemes), bodyWords(after.lexemes));
    if (common !== undefined && common < MINIMUM_COMMON_WORDS)
      return fail(
        `the bodies share ${percent(common)} of their words; they are different functions`,
      );
    const foreign = foreignNames(question);
    if (foreign.length > 0)
      return fail(
        `what is added speaks of ${foreign.slice(0, 3).join(', ')}, which this function neither has nor declares; it belongs to another one`,
      );
    return pass(`${percent(similarity)} of the shorter version's lexemes are shared`);
  },
};

const percent = (share: number): string => `${Math.round(100 * share)}%`;

/** Behind the head, which two functions of one interface have in common anyway. */
function bodyWords(lexemes: readonly Lexeme[]): ReadonlySet<string> {
  const start = lexemes.findIndex((lexeme) => lexeme.text === '{' || lexeme.text === ':');
  const words = new Set<string>();
  for (let i = Math.max(0, start); i < lexemes.length; i++) {
    const { kind, text } = lexemes[i]!;
    if (kind === 'identifier' || kind === 'string' || (kind === 'number' && text.length > 1))
      words.add(text);
  }
  return words;
}

/** Share of the smaller set, 0..1; undefined when it is too small to say. */
function commonWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number | undefined {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < LEAST_WORDS) return undefined;
  let common = 0;
  for (const word of small) if (large.has(word)) common++;
  return common / small.size;
}
