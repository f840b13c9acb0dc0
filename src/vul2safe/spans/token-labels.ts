/**
 * @file Spans of characters -> labels of tokens, exactly: a token is labelled when one of its characters lies in a span.
 * A token without characters (the rest of a character split over several tokens) goes with the token that holds it.
 */
import type { Range } from '../../data/offsets.ts';

export type TokenLabel = 'secure' | 'vulnerable' | 'neutral';

export interface LabelledRanges {
  readonly vulnerable?: readonly Range[];
  readonly secure?: readonly Range[];
}

/** [token] `ranges` ascending and contiguous (the Tokenizer port). Where both kinds touch a token, vulnerable wins. */
export function tokenLabels(spans: LabelledRanges, ranges: readonly Range[]): TokenLabel[] {
  const labels = new Array<TokenLabel>(ranges.length).fill('neutral');
  for (const kind of ['secure', 'vulnerable'] as const)
    for (const token of (spans[kind] ?? []).flatMap((span) => tokensUnder(ranges, span)))
      labels[token] = kind;
  return labels;
}

/** Indexes of the tokens that hold a character of `span`, ascending; O(log tokens + answer). */
export function tokensUnder(ranges: readonly Range[], span: Range): number[] {
  if (span.start >= span.end) return [];
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end <= span.start) low = middle + 1;
    else high = middle;
  }
  const tokens: number[] = [];
  for (let token = low; token < ranges.length; token++) {
    const { start, end } = ranges[token]!;
    if (start === end) {
      // Its character ends here, and is in the span only if the span reaches as far.
      if (tokens.length > 0 && span.end >= end) tokens.push(token);
    } else if (start >= span.end) break;
    else tokens.push(token);
  }
  return tokens;
}
