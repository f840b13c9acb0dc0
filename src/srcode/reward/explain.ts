/** @file What each token earned and why, in words; the same for the command line, the HTML view and reports. */
import type { Rollout } from '../../data/rollout.ts';
import type { Attribution, TokenRewards } from '../../data/token-rewards.ts';
import { tokensUnder } from '../../vul2safe/spans/token-labels.ts';

export interface ExplainedToken {
  readonly text: string;
  /** UTF-16, in the answer. */
  readonly start: number;
  readonly end: number;
  readonly reward: number;
  /** One sentence for each attribution that touches the token. */
  readonly reasons: readonly string[];
}

export function explainTokens(
  rollout: Rollout,
  { rewards, attributions }: TokenRewards,
): ExplainedToken[] {
  const reasons: string[][] = rollout.tokens.map(() => []);
  for (const item of attributions)
    for (const token of tokensOf(rollout, item)) reasons[token]!.push(sentenceOf(item));
  return rollout.tokenRanges.map(({ start, end }, token) => ({
    text: rollout.text.slice(start, end),
    start,
    end,
    reward: rewards[token]!,
    reasons: rewards[token] === 0 ? [] : reasons[token]!,
  }));
}

/** A penalty without characters of its own falls on the last token. */
const tokensOf = (rollout: Rollout, item: Attribution): number[] =>
  item.start === item.end ? [rollout.tokens.length - 1] : tokensUnder(rollout.tokenRanges, item);

/** e.g. "-0.80 rules javascript/command-injection: a shell command is built from a parameter" */
export const sentenceOf = ({ amount, channel, rule, why }: Attribution): string =>
  `${signed(amount)} ${channel} ${rule}: ${why}`;

export const signed = (amount: number): string =>
  `${amount < 0 ? '−' : '+'}${Math.abs(amount).toFixed(2)}`;
