/**
 * @file From attributions to one number per token, and the rules that keep the reward from being gamed (ours, SPEC section 4):
 * credit only for live code of a program that parses, works and is complete; each secure pattern once; a cap on all credit and
 * on all penalty; an attribution of amount a over n tokens gives each a/n. An answer that is no honest attempt gets a penalty
 * on its last token, deeper than any honest attempt's, so that saying nothing never pays.
 */
import type { Range } from '../../data/offsets.ts';
import type { Attribution, ChannelName, TokenRewards } from '../../data/token-rewards.ts';
import { tokensUnder } from '../../vul2safe/spans/token-labels.ts';
import type { ProgramContext } from './channel.ts';
import { isDead } from './dead-code.ts';

export interface CombineOptions {
  /** Multiplies a channel's amounts; 0 is off. */
  readonly weights: Readonly<Record<ChannelName, number>>;
  /** Cap on the credit of one program, per weak spot of its task. */
  readonly creditPerSpot: number;
  /** Cap on the penalty of one program, per weak spot of its task. */
  readonly penaltyPerSpot: number;
  /** What falls on the last token of an answer that is no working program, beyond the deepest penalty. */
  readonly faultPenalty: number;
}

export const DEFAULT_COMBINE: CombineOptions = {
  weights: { pair: 1, rules: 1, judge: 0, contrast: 0, likelihood: 0 },
  creditPerSpot: 1,
  penaltyPerSpot: 1,
  faultPenalty: 1,
};

/** Attributions in the program's coordinates -> rewards, and what was paid in the answer's coordinates. */
export function combine(
  context: ProgramContext,
  attributions: readonly Attribution[],
  options: CombineOptions,
): TokenRewards {
  const spots = Math.max(1, context.task.weakSpots);
  const tokens = payableTokens(context);
  const weighted = attributions
    .map((item) => ({ ...item, amount: item.amount * options.weights[item.channel] }))
    .filter((item) => item.amount !== 0 && tokens(item).length > 0);
  const penalties = weighted.filter((item) => item.amount < 0);
  const credits = context.standing.fault === undefined ? earned(context, weighted) : [];
  const paid = [
    ...capped(penalties, options.penaltyPerSpot * spots),
    ...capped(credits, options.creditPerSpot * spots),
  ].sort((a, b) => a.start - b.start || a.end - b.end);
  const rewards = new Float32Array(context.rollout.tokens.length);
  for (const item of paid) {
    const under = tokens(item);
    for (const token of under) rewards[token] = rewards[token]! + item.amount / under.length;
  }
  const placed = paid.map((item) => ({
    ...item,
    start: item.start + context.place.start,
    end: item.end + context.place.start,
  }));
  return { rewards, attributions: [...placed, ...fault(context, rewards, options, spots)] };
}

/** Live code only, and of each rule the first occurrence only. */
function earned(context: ProgramContext, items: readonly Attribution[]): Attribution[] {
  const seen = new Set<string>();
  return items
    .filter((item) => item.amount > 0 && !isDead(context.dead, item))
    .sort((a, b) => a.start - b.start)
    .filter((item) => {
      const key = `${item.channel} ${item.rule}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

/** Scaled down together where their sum goes beyond the cap. */
function capped(items: readonly Attribution[], cap: number): Attribution[] {
  const total = items.reduce((sum, item) => sum + Math.abs(item.amount), 0);
  return total <= cap
    ? [...items]
    : items.map((item) => ({ ...item, amount: (item.amount * cap) / total }));
}

/** Tokens with a character of a range of the program that is neither in a comment nor outside the program. */
function payableTokens(context: ProgramContext): (range: Range) => number[] {
  const { rollout, place, comments } = context;
  // The token that ends the answer has no characters of its own, nor credit for those before it.
  const ending = rollout.finishReason === 'stop' ? rollout.tokens.length - 1 : -1;
  return (range) => {
    const start = Math.max(0, range.start) + place.start;
    const end = Math.min(range.end + place.start, place.end);
    return tokensUnder(rollout.tokenRanges, { start, end }).filter((token) => {
      if (token === ending) return false;
      const at = rollout.tokenRanges[token]!;
      return !comments.some(
        (comment) =>
          comment.start + place.start <= Math.max(at.start, start) &&
          Math.min(at.end, end) <= comment.end + place.start &&
          at.start < at.end,
      );
    });
  };
}

function fault(
  context: ProgramContext,
  rewards: Float32Array,
  options: CombineOptions,
  spots: number,
): Attribution[] {
  const why = context.standing.fault;
  const last = rewards.length - 1;
  if (why === undefined || last < 0) return [];
  const owed = options.penaltyPerSpot * spots + options.faultPenalty;
  const given = -rewards.reduce((sum, amount) => sum + amount, 0);
  const amount = -Math.max(0, owed - given);
  rewards[last] = rewards[last]! + amount;
  return [
    {
      ...context.rollout.tokenRanges[last]!,
      channel: 'rules',
      rule: 'no-honest-attempt',
      amount,
      why,
    },
  ];
}
