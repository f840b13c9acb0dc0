/** @file Puts snippets together into one C file: the headers that the code needs, shared declarations, then functions. */
import { createRandom } from '../kernel/random.ts';
import { indentBy } from './program-part.ts';
import type { ProgramPart } from './program-part.ts';
import type { Style } from './style.ts';

/** What makes a header necessary. */
const HEADERS: readonly (readonly [string, RegExp])[] = [
  ['stdint.h', /\bu?int(?:8|16|32|64)_t\b|\bSIZE_MAX\b/],
  ['stdio.h', /\bv?s?n?printf\b|\bsnprintf\b|\bfopen\b|\bFILE\b/],
  ['stdlib.h', /\b(?:malloc|calloc|realloc|free|abs|strtol|atoi)\b/],
  ['string.h', /\b(?:mem|str)[a-z]+\s*\(/],
  ['limits.h', /\bINT_(?:MAX|MIN)\b|\bUINT_MAX\b/],
  ['stddef.h', /\bsize_t\b/],
];

export function renderC(
  parts: readonly ProgramPart[],
  style: Style,
  seed: number,
  shuffled: boolean,
): string {
  const random = createRandom(seed, 'order');
  const ordered = shuffled ? random.shuffle(parts) : parts;
  const brace = style.form === 'arrow' || style.form === 'exports-arrow' ? '\n{' : ' {';
  const functions = ordered.map((part) => {
    const note = part.note === undefined ? '' : `/* ${part.note} */\n`;
    const head = `${part.returns ?? 'void'} ${part.name}(${part.args.join(', ') || 'void'})`;
    return `${note}${head.replace(/\* /, '*')}${brace}\n${indentBy(part.snippet.body, 4)}\n}${part.snippet.after === undefined ? '' : `\n\n${part.snippet.after}`}`;
  });
  const declarations = [...new Set(parts.flatMap((part) => part.declarations ?? []))];
  const code = [...declarations, ...functions].join('\n\n');
  const headers = HEADERS.filter(([, needs]) => needs.test(code)).map(
    ([header]) => `#include <${header}>`,
  );
  const head = (shuffled ? random.shuffle(headers) : headers).join('\n');
  return `${head === '' ? '' : `${head}\n\n`}${code}\n`;
}
