/**
 * @file A text that is put together from pieces, `"a" + b + "c"` or `a${b}c`, taken apart into literals and expressions,
 * so that rules can put it together again in a safe way.
 */
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';
import type { Program } from './program.ts';

export type TextPart =
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'expression'; readonly node: SyntaxNode; readonly text: string };

export interface ComposedText {
  readonly parts: readonly TextPart[];
  /** The node that holds the composition: the argument itself, or the initialiser of the variable it names. */
  readonly node: SyntaxNode;
  /** Set when the composition stands in a variable's declaration. */
  readonly variable: string | undefined;
}

/** The pieces of an expression that builds text and holds at least one literal and one expression; else undefined. */
export function composedText(program: Program, node: SyntaxNode): ComposedText | undefined {
  const declarator = program.declaratorOf(node);
  const source = declarator?.childForFieldName('value') ?? node;
  const parts = partsOf(source);
  if (parts === undefined) return undefined;
  const merged = mergeLiterals(parts);
  const kinds = new Set(merged.map((part) => part.kind));
  if (kinds.size < 2) return undefined;
  return {
    parts: merged,
    node: source,
    variable: declarator === undefined ? undefined : node.text,
  };
}

function partsOf(node: SyntaxNode): TextPart[] | undefined {
  switch (node.type) {
    case 'parenthesized_expression': {
      const inner = node.namedChild(0);
      return inner === null ? undefined : partsOf(inner);
    }
    case 'string':
      return [{ kind: 'literal', value: unquote(node.text) }];
    case 'template_string':
      return templateParts(node);
    case 'binary_expression': {
      if (node.childForFieldName('operator')?.text !== '+') return [expression(node)];
      const left = node.childForFieldName('left');
      const right = node.childForFieldName('right');
      if (left === null || right === null) return undefined;
      const both = [partsOf(left), partsOf(right)];
      return both[0] && both[1] ? [...both[0], ...both[1]] : undefined;
    }
    default:
      return [expression(node)];
  }
}

const expression = (node: SyntaxNode): TextPart => ({ kind: 'expression', node, text: node.text });

function templateParts(node: SyntaxNode): TextPart[] | undefined {
  const parts: TextPart[] = [];
  const offset = node.startIndex;
  const text = node.text;
  let at = 1;
  for (const child of node.namedChildren) {
    if (child?.type !== 'template_substitution') continue;
    parts.push({ kind: 'literal', value: unescapeText(text.slice(at, child.startIndex - offset)) });
    const inner = child.namedChild(0);
    if (inner === null) return undefined;
    parts.push(...(partsOf(inner) ?? [expression(inner)]));
    at = child.endIndex - offset;
  }
  parts.push({ kind: 'literal', value: unescapeText(text.slice(at, -1)) });
  return parts.filter((part) => part.kind !== 'literal' || part.value !== '');
}

function mergeLiterals(parts: readonly TextPart[]): TextPart[] {
  const merged: TextPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.kind === 'literal' && last?.kind === 'literal')
      merged[merged.length - 1] = { kind: 'literal', value: last.value + part.value };
    else merged.push(part);
  }
  return merged;
}

const unquote = (text: string): string => unescapeText(text.slice(1, -1));

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function unescapeText(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character);
}

/** A JavaScript string literal in single quotes, or double where it holds single ones. */
export function quote(value: string): string {
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll(mark, `\\${mark}`);
  return `${mark}${escaped}${mark}`;
}

/** Pieces as one expression: `'a' + b`. A single expression stays alone. */
export function joinParts(parts: readonly TextPart[]): string {
  return parts
    .map((part) =>
      part.kind === 'literal'
        ? quote(part.value)
        : needsParentheses(part.node)
          ? `(${part.text})`
          : part.text,
    )
    .join(' + ');
}

const needsParentheses = (node: SyntaxNode): boolean =>
  /^(?:binary|ternary|assignment|arrow|yield|sequence)/.test(node.type);
