/**
 * @file A source text as a plain tree. A Python method cut out of its class begins indented, which no Python program may;
 * such text is parsed as the body of an `if`, and offsets are shifted back.
 */
import { parseSyntaxSync } from '../../code/syntax-tree.ts';
import type { Range } from '../../data/offsets.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { SourceText } from '../finding.ts';
import { copyTree, type SyntaxNode } from './syntax-node.ts';

const INDENTED = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+\S/;
const HEAD = 'if 1:\n';

export interface PlainTree {
  readonly root: SyntaxNode;
  /** The text with blanks for comments, at equal offsets: whoever looks at text finds none of a comment's. */
  readonly code: string;
  /** Error and missing nodes. */
  readonly errors: number;
  /** Units of text that were parsed in front of the source; 0 unless it begins indented. */
  readonly head: number;
}

/** The grammar of the language must be loaded. */
export const parsePlain = ({ language, code }: SourceText): PlainTree =>
  parseText(language, code, language === 'python' && INDENTED.test(code) ? HEAD : '');

/** The text as it stands, or behind `head`. The grammar of the language must be loaded. */
export function parseText(language: Language, code: string, head = ''): PlainTree {
  const tree = parseSyntaxSync(language, head + code);
  try {
    const comments: Range[] = [];
    const root = copyTree(tree.root.tree, head.length, comments);
    return {
      root,
      code: blanked(code, comments),
      errors: tree.errors,
      head: head.length,
    };
  } finally {
    tree.free();
  }
}

const blank = (text: string): string =>
  text.includes('\n') ? text.replace(/[^\n]/g, ' ') : ' '.repeat(text.length);
/** Line breaks stay. */
function blanked(code: string, comments: readonly Range[]): string {
  let text = '';
  let at = 0;
  for (const { start, end } of comments) {
    text += code.slice(at, start) + blank(code.slice(start, end));
    at = end;
  }
  return at === 0 ? code : text + code.slice(at);
}
