/**
 * @file From what a model wrote to code: fenced blocks, chatter around them, completions that continue the prompt.
 * Ours. It never repairs code: what does not parse is judged as it is.
 */
import type { Language } from '../../data/vulnerable-function.ts';

export type AnswerKind = 'code' | 'empty' | 'refused';

const FENCE_NAMES: Readonly<Record<string, readonly Language[]>> = {
  python: ['python'],
  py: ['python'],
  python3: ['python'],
  javascript: ['javascript'],
  js: ['javascript'],
  typescript: ['typescript'],
  ts: ['typescript'],
  c: ['c'],
  cpp: ['cpp', 'c'],
  'c++': ['cpp', 'c'],
};

interface Block {
  readonly language: string;
  readonly code: string;
}

function fencedBlocks(answer: string): Block[] {
  const blocks: Block[] = [];
  const lines = answer.split('\n');
  let open: { fence: string; language: string; from: number } | null = null;
  lines.forEach((line, i) => {
    const mark = /^\s*(```+|~~~+)\s*([\w+#-]*)/.exec(line);
    if (open === null) {
      if (mark) open = { fence: mark[1]!, language: mark[2]!.toLowerCase(), from: i + 1 };
    } else if (line.trim().startsWith(open.fence) && line.trim().replace(/[`~]/g, '') === '') {
      blocks.push({ language: open.language, code: lines.slice(open.from, i).join('\n') });
      open = null;
    }
  });
  // A fence never closed runs to the end: the answer was cut off.
  const unclosed = open as { language: string; from: number } | null;
  if (unclosed !== null)
    blocks.push({ language: unclosed.language, code: lines.slice(unclosed.from).join('\n') });
  return blocks;
}

/**
 * The code in an answer. Of several blocks, the one that defines `wanted` and lies last (models correct themselves),
 * else the longest of the task's language; without a fence, the answer as it stands.
 */
export function extractCode(answer: string, language: Language, wanted?: string): string {
  const blocks = fencedBlocks(answer);
  if (blocks.length === 0) return answer;
  const fitting = blocks.filter((block) =>
    (FENCE_NAMES[block.language] ?? [language]).includes(language),
  );
  const candidates = fitting.length > 0 ? fitting : blocks;
  const defining = wanted ? candidates.filter((block) => defines(block.code, wanted)) : [];
  if (defining.length > 0) return defining[defining.length - 1]!.code;
  return candidates.reduce((a, b) => (b.code.length > a.code.length ? b : a)).code;
}

export const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** True when the text defines a function, class or variable of that name at any depth of indentation 0. */
export const defines = (code: string, name: string): boolean =>
  new RegExp(
    `^(?:async\\s+)?(?:def|class|function\\*?|const|let|var)\\s+${escapePattern(name)}\\b|^${escapePattern(name)}\\s*=`,
    'm',
  ).test(code);

const REFUSAL =
  /\b(?:I(?:'|’)m (?:sorry|unable|not able)|I (?:can(?:not|'t|’t)|won(?:'|’)t|am unable|must decline)|as an AI\b)/i;

/** Empty and refusing answers have names of their own: they are neither secure nor merely wrong. */
export function answerKind(answer: string): AnswerKind {
  if (answer.trim() === '') return 'empty';
  if (fencedBlocks(answer).some(({ code }) => code.trim() !== '')) return 'code';
  return REFUSAL.test(answer.slice(0, 400)) && !/[{};]|\bdef \w|\breturn\b|=/.test(answer)
    ? 'refused'
    : 'code';
}

/** A Python prompt up to its last function: imports and helpers a whole-program answer may have left out. */
export function preambleOf(prompt: string, entryPoint: string): string {
  const at = prompt.search(
    new RegExp(`^(?:async\\s+)?def\\s+${escapePattern(entryPoint)}\\b`, 'm'),
  );
  return at < 0 ? '' : prompt.slice(0, at);
}

/** `from __future__` imports must come first in the file, wherever the pieces put them. */
export function joinPython(...parts: readonly string[]): string {
  const text = parts.map((part) => part.replace(/\r\n/g, '\n')).join('\n');
  const future = text.match(/^from __future__ import .*$/gm);
  if (!future) return text;
  return `${[...new Set(future)].join('\n')}\n${text.replace(/^from __future__ import .*$/gm, '')}`;
}
