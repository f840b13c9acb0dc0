/**
 * @file Finds code that somebody quoted: by lexemes, so layout and comments do not matter; exactly if possible, else the
 * one place that differs in at most a fifth of the quote's lexemes (approximate matching, Sellers 1980). Ours: the bound,
 * and that a fuzzy match must beat every other place.
 */
import type { Range } from '../data/offsets.ts';
import type { Language } from '../data/vulnerable-function.ts';
import type { Lexeme } from './lexeme.ts';
import { codeLexemesOf } from './lexer.ts';
import { withoutComments } from './normalise.ts';

const FUZZY_SHARE = 0.2;
const MAXIMUM_CELLS = 4_000_000;

/** UTF-16 range in the code the lexemes come from; undefined when the quote is not there. `lexemes` may hold comments. */
export function locateQuote(
  language: Language,
  lexemes: readonly Lexeme[],
  quote: string,
): Range | undefined {
  const code = withoutComments(lexemes);
  const wanted = codeLexemesOf(language, quote)
    .map((lexeme) => lexeme.text)
    .filter((text) => text !== '...' && text !== '…');
  if (wanted.length === 0 || code.length === 0) return undefined;
  const found = exactMatch(code, wanted) ?? fuzzyMatch(code, wanted);
  return found === undefined
    ? undefined
    : { start: code[found.start]!.start, end: code[found.end - 1]!.end };
}

/** The first place where all lexemes stand in a row. */
function exactMatch(code: readonly Lexeme[], wanted: readonly string[]): Range | undefined {
  for (let start = 0; start + wanted.length <= code.length; start++) {
    let i = 0;
    while (i < wanted.length && code[start + i]!.text === wanted[i]) i++;
    if (i === wanted.length) return { start, end: start + i };
  }
  return undefined;
}

function fuzzyMatch(code: readonly Lexeme[], wanted: readonly string[]): Range | undefined {
  const allowed = Math.floor(wanted.length * FUZZY_SHARE);
  if (allowed === 0 || code.length * wanted.length > MAXIMUM_CELLS) return undefined;
  // cost[i], from[i]: the cheapest way to match the first i wanted lexemes ending here, and where it began.
  let cost = Array.from({ length: wanted.length + 1 }, (_, i) => i);
  let from = new Array<number>(wanted.length + 1).fill(0);
  let best: { start: number; end: number; cost: number } | undefined;
  let ties = 0;
  code.forEach((lexeme, at) => {
    const nextCost = [0];
    const nextFrom = [at + 1];
    for (let i = 1; i <= wanted.length; i++) {
      const step = cost[i - 1]! + (lexeme.text === wanted[i - 1] ? 0 : 1);
      const skip = cost[i]! + 1;
      const miss = nextCost[i - 1]! + 1;
      const least = Math.min(step, skip, miss);
      nextCost.push(least);
      nextFrom.push(least === step ? from[i - 1]! : least === skip ? from[i]! : nextFrom[i - 1]!);
    }
    // from[0] is where a match that begins with the next lexeme begins.
    cost = nextCost;
    from = nextFrom;
    const total = cost[wanted.length]!;
    const start = from[wanted.length]!;
    if (total > allowed || start > at) return;
    if (best === undefined || total < best.cost) {
      best = { start, end: at + 1, cost: total };
      ties = 0;
    } else if (total === best.cost && start >= best.end) ties++;
  });
  return best === undefined || ties > 0 ? undefined : best;
}
