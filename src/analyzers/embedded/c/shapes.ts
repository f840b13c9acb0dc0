/** @file C: small shapes of expressions that several rules look at. */
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';

export const isString = (node: SyntaxNode | undefined): boolean =>
  node !== undefined && /^(string_literal|concatenated_string|raw_string_literal)$/.test(node.type);
export const base = (text: string): string =>
  text.replace(/^[&(*\s]+|[)\s]+$/g, '').replace(/\s*[[+].*$/, '');
export const indexOf = (subscript: SyntaxNode): SyntaxNode | undefined => {
  const list = childOf(subscript, 'indices');
  return list ? namedChildren(list)[0] : undefined;
};
export const isWritten = (node: SyntaxNode): boolean =>
  node.parent?.type === 'assignment_expression' && node.field === 'left';
/** Call -> argument that is written to, argument that bounds it. */
export const FILLS: ReadonlyMap<string, readonly [target: number, size: number]> = new Map([
  ['recv', [1, 2]],
  ['read', [1, 2]],
  ['fread', [0, 1]],
  ['fgets', [0, 1]],
  ['snprintf', [0, 1]],
  ['vsnprintf', [0, 1]],
  ['strncpy', [0, 2]],
  ['strlcpy', [0, 2]],
  ['memcpy', [0, 2]],
  ['memset', [0, 2]],
  ['memmove', [0, 2]],
]);
