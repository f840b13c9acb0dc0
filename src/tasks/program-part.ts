/** @file One function of a program to be rendered, whatever the language. */
import type { Snippet } from './family.ts';

export interface ProgramPart {
  readonly name: string;
  readonly args: readonly string[];
  readonly returns?: string | undefined;
  readonly declarations?: string | undefined;
  readonly snippet: Snippet;
  /** A remark above the function, or undefined. */
  readonly note?: string | undefined;
}

export const indentBy = (text: string, spaces: number): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(spaces) + line))
    .join('\n');
