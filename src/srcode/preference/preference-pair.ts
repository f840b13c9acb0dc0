/** @file (implicit prompt, fixed, vulnerable) -> two token sequences and which of their tokens take part in the preference. */
import type { Range } from '../../data/offsets.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { tokenLabels } from '../../vul2safe/spans/token-labels.ts';
import { embeddedPrompt } from '../answer.ts';
import type { PromptRenderer } from '../rollouts.ts';

export interface PreferenceExample {
  readonly prompt: string;
  readonly fixed: string;
  readonly vulnerable: string;
  /** UTF-16 ranges in `fixed` and in `vulnerable`. */
  readonly secureSpans: readonly Range[];
  readonly vulnerableSpans: readonly Range[];
}

export interface PreferenceAnswer {
  readonly promptTokens: readonly number[];
  /** The end token included. */
  readonly tokens: readonly number[];
  /** [answer token] 1 where the token takes part. */
  readonly mask: Uint8Array;
}

export interface PreferencePair {
  readonly chosen: PreferenceAnswer;
  readonly rejected: PreferenceAnswer;
}

/**
 * A side without a span (a fix that only adds or only removes) speaks through the token at which the two answers part: that is
 * where the model decides (ours).
 */
export function preferencePair(
  example: PreferenceExample,
  tokenizer: Tokenizer,
  options: { readonly localized: boolean; readonly render?: PromptRenderer },
): PreferencePair {
  const promptTokens = tokenizer.encode((options.render ?? embeddedPrompt)(example.prompt)).ids;
  const encode = (program: string, spans: readonly Range[], kind: 'secure' | 'vulnerable') => {
    const { ids, ranges } = tokenizer.encode(program);
    const labels = tokenLabels({ [kind]: spans }, ranges);
    const marked = [...labels.map((label) => Number(label !== 'neutral')), 0];
    return {
      promptTokens,
      tokens: [...ids, tokenizer.endOfTextId],
      mask: options.localized ? Uint8Array.from(marked) : new Uint8Array(marked.length).fill(1),
    };
  };
  const chosen = encode(example.fixed, example.secureSpans, 'secure');
  const rejected = encode(example.vulnerable, example.vulnerableSpans, 'vulnerable');
  const parting = chosen.tokens.findIndex((token, at) => token !== rejected.tokens[at]);
  if (parting >= 0)
    for (const { mask } of [chosen, rejected])
      if (!mask.includes(1)) mask[Math.min(parting, mask.length - 1)] = 1;
  return { chosen, rejected };
}
