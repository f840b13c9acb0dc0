/**
 * @file How a task becomes model input and how a program is taken out of an answer.
 * The embedded model reads "prompt <|answer|>" and writes the bare program; other models get a chat turn and answer with a fenced
 * block. Text outside the fenced block is not program text: it is neither run nor rewarded.
 */
import type { Range } from '../data/offsets.ts';

export const ANSWER_TOKEN = '<|answer|>';
export const END_TOKEN = '<|endoftext|>';

export const embeddedPrompt = (prompt: string): string => `${prompt.trim()}\n${ANSWER_TOKEN}`;

/** The program within an answer (UTF-16 range): the first fenced block if there is one, else the whole text. An unclosed fence runs to the end. */
export function programRange(answer: string): Range {
  const open = /^[ \t]*(```|~~~)[^\n]*\n/m.exec(answer);
  if (!open) return { start: 0, end: answer.length };
  const start = open.index + open[0].length;
  const close = answer
    .slice(start)
    .search(new RegExp(`^[ \\t]*${open[1] === '```' ? '```' : '~~~'}[ \\t]*$`, 'm'));
  return { start, end: close < 0 ? answer.length : start + close };
}

export function programOf(answer: string): string {
  const { start, end } = programRange(answer);
  return answer.slice(start, end);
}
