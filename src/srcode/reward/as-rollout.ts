/** @file A given text as if a model had sampled it, so that it can be rewarded: through a tokenizer, or with lexemes as tokens. */
import { lexemesOf } from '../../code/lexer.ts';
import type { Range } from '../../data/offsets.ts';
import type { Rollout } from '../../data/rollout.ts';
import type { Task } from '../../data/task.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

/** The stop token is appended, as for an answer that ended by itself. Log-probabilities are zero: nobody sampled this. */
export function asRollout(task: Task, text: string, tokenizer?: Tokenizer): Rollout {
  const { ids, ranges } = tokenizer?.encode(text) ?? lexemesAsTokens(task, text);
  const end = { start: text.length, end: text.length };
  return {
    taskId: task.id,
    promptTokens: [],
    tokens: [...ids, tokenizer?.endOfTextId ?? -1],
    logprobs: new Array<number>(ids.length + 1).fill(0),
    text,
    tokenRanges: [...ranges, end],
    finishReason: 'stop',
  };
}

/** One token per lexeme, with the white space before it; what follows the last lexeme is a token of its own. */
function lexemesAsTokens(task: Task, text: string): { ids: number[]; ranges: Range[] } {
  const ranges: Range[] = [];
  let at = 0;
  for (const lexeme of lexemesOf(task.language, text)) {
    ranges.push({ start: at, end: lexeme.end });
    at = lexeme.end;
  }
  if (at < text.length) ranges.push({ start: at, end: text.length });
  return { ids: ranges.map((_, index) => index), ranges };
}
