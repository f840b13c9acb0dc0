/**
 * @file A source text as a plain tree. A Python method cut out of its class begins indented, which no Python program may;
 * such text is parsed as the body of an `if`, and offsets are shifted back.
 */
import { parseSyntaxSync } from '../../code/syntax-tree.ts';
import type { SourceText } from '../finding.ts';
import { copyTree, type SyntaxNode } from './syntax-node.ts';

const INDENTED = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+\S/;
const HEAD = 'if 1:\n';

export interface PlainTree {
  readonly root: SyntaxNode;
  /** Error and missing nodes. */
  readonly errors: number;
}

/** The grammar of the language must be loaded. */
export function parsePlain(source: SourceText): PlainTree {
  const head = source.language === 'python' && INDENTED.test(source.code) ? HEAD : '';
  const tree = parseSyntaxSync(source.language, head + source.code);
  try {
    return { root: copyTree(tree.root.tree, head.length), errors: tree.errors };
  } finally {
    tree.free();
  }
}
