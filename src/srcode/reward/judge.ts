/** @file Channel `judge`: code that a teacher quotes as decisive. A quote is located by lexemes, fuzzily; one that cannot be located counts for nothing. */
import { locateQuote } from '../../code/locate-quote.ts';
import type { Attribution } from '../../data/token-rewards.ts';
import type { ProgramContext, RewardChannel } from './channel.ts';

export interface JudgeQuote {
  readonly quote: string;
  readonly secure: boolean;
  /** 0..1, how sure the judge is. */
  readonly confidence: number;
  readonly why: string;
}

/** Asks a teacher about one program; an empty answer is an answer. */
export type Judge = (context: ProgramContext) => Promise<readonly JudgeQuote[]>;

export function createJudgeChannel(judge: Judge): RewardChannel {
  return {
    name: 'judge',
    attribute: (batch) =>
      Promise.all(
        batch.map(async (context) => {
          if (!context.standing.parses) return [];
          const quotes = await judge(context);
          return quotes.flatMap((quote, index) => located(context, quote, index));
        }),
      ),
  };
}

function located(context: ProgramContext, quote: JudgeQuote, index: number): Attribution[] {
  const range = locateQuote(context.task.language, context.lexemes, quote.quote);
  if (range === undefined) return [];
  const confidence = Math.min(1, Math.max(0, quote.confidence));
  return [
    {
      ...range,
      channel: 'judge',
      // Two quotes of one place are one opinion.
      rule: quote.secure ? `judge:secure:${range.start}` : `judge:vulnerable:${index}`,
      amount: quote.secure ? confidence : -confidence,
      why: quote.why,
    },
  ];
}
