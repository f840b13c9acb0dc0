/**
 * @file A plain-object copy of a tree-sitter tree, made by one cursor pass. Rules look at nodes many times, and every
 * look at a tree-sitter node crosses into WebAssembly; copying once and walking objects is several times faster.
 * Comments are dropped: no rule may see them.
 */
import type { Tree } from 'web-tree-sitter';
import type { Range } from '../../data/offsets.ts';
import { openReader } from './tree-reader.ts';

export interface SyntaxNode {
  readonly type: string;
  readonly named: boolean;
  /** The grammar's field name of this node within its parent. */
  readonly field: string | null;
  /** UTF-16 range. */
  readonly start: number;
  readonly end: number;
  readonly parent: SyntaxNode | null;
  readonly children: readonly SyntaxNode[];
}
/** Most nodes are leaves: they share one list. */
const NO_CHILDREN: readonly SyntaxNode[] = [];

interface Growing extends Omit<SyntaxNode, 'children' | 'parent'> {
  readonly parent: Growing | null;
  children: readonly SyntaxNode[];
}

interface GrammarTables {
  readonly types: readonly string[];
  readonly named: readonly boolean[];
  /** Length of the tokens that are always written the same ("if", "=="), 0 for all other nodes: they need not be asked. */
  readonly fixedLengths: readonly number[];
  readonly fields: readonly (string | null)[];
}
const tablesByGrammar = new WeakMap<object, GrammarTables>();

function tablesOf(tree: Tree): GrammarTables {
  const known = tablesByGrammar.get(tree.language);
  if (known) return known;
  const types = tree.language.types;
  const tables = {
    types,
    named: types.map((_, id) => tree.language.nodeTypeIsNamed(id)),
    fixedLengths: types.map((type, id) =>
      tree.language.nodeTypeIsNamed(id) || !/^(\w+|[^\w\s"'`]+)$/.test(type) ? 0 : type.length,
    ),
    fields: tree.language.fields,
  };
  tablesByGrammar.set(tree.language, tables);
  return tables;
}

/**
 * Copies a tree, with `shift` taken off all offsets. The caller may delete the tree afterwards.
 * @param comments gets the ranges of the comments left out
 */
export function copyTree(tree: Tree, shift = 0, comments: Range[] = []): SyntaxNode {
  const { types, named, fixedLengths, fields } = tablesOf(tree);
  // A missing token has no length, so nothing can be taken for granted in a broken text.
  const sound = !tree.rootNode.hasError;
  const reader = openReader(tree);
  let leaf = false;
  const make = (parent: Growing | null): Growing => {
    const id = reader.typeId();
    const start = reader.start();
    const fixed = sound ? (fixedLengths[id] ?? 0) : 0;
    leaf = fixed > 0;
    const end = leaf ? start + fixed : reader.end();
    return {
      type: types[id] ?? 'ERROR',
      named: named[id] ?? true,
      field: fields[reader.fieldId()] ?? null,
      start: Math.max(0, start - shift),
      end: Math.max(0, end - shift),
      parent,
      children: NO_CHILDREN,
    };
  };
  const root = make(null);
  let parent = root;
  let deeper = reader.toFirstChild();
  while (deeper) {
    const node = make(parent);
    if (node.type === 'comment') comments.push({ start: node.start, end: node.end });
    else if (parent.children === NO_CHILDREN) parent.children = [node];
    else (parent.children as Growing[]).push(node);
    if (!leaf && reader.toFirstChild()) {
      parent = node;
      continue;
    }
    while (!reader.toNextSibling()) {
      if (!reader.toParent() || parent === root) {
        deeper = false;
        break;
      }
      parent = parent.parent!;
    }
  }
  reader.close();
  return root;
}

export const childOf = (node: SyntaxNode, field: string): SyntaxNode | undefined => {
  for (const child of node.children) if (child.field === field) return child;
  return undefined;
};

export const childrenOf = (node: SyntaxNode, field: string): SyntaxNode[] =>
  node.children.filter((child) => child.field === field);

export const namedChildren = (node: SyntaxNode): SyntaxNode[] =>
  node.children.filter((child) => child.named);

export const ancestorOf = (
  node: SyntaxNode,
  matches: (ancestor: SyntaxNode) => boolean,
): SyntaxNode | undefined => {
  for (let at = node.parent; at; at = at.parent) if (matches(at)) return at;
  return undefined;
};

/** Depth-first, in source order, the node itself first. Returning false from `visit` skips a node's children. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => boolean | undefined): void {
  if (visit(node) === false) return;
  for (const child of node.children) walk(child, visit);
}

export function someNode(node: SyntaxNode, matches: (node: SyntaxNode) => boolean): boolean {
  return matches(node) || node.children.some((child) => someNode(child, matches));
}
