/**
 * @file The functions of a text: name, parameters, where the body lies. For C/C++, Python, JavaScript/TypeScript, Java and Go.
 * A function without a body (a declaration) is left out.
 */
import type { Range } from '../data/offsets.ts';
import type { Language } from '../data/vulnerable-function.ts';
import { walkSyntax, type SyntaxNode, type SyntaxTree } from './syntax-tree.ts';

export interface FunctionSyntax extends Range {
  /** As a caller writes it, without class or namespace; '' for a function without a name. */
  readonly name: string;
  /** Names in order; a parameter without a name (a pattern, a bare C type) stands as its whole text. */
  readonly parameters: readonly string[];
  /** Braces included, in languages that have them. */
  readonly body: Range;
  /** Everything before the body. */
  readonly signature: string;
  /** How many functions enclose this one. */
  readonly depth: number;
}

const FUNCTION_NODES: Partial<Record<Language, ReadonlySet<string>>> = {
  c: new Set(['function_definition']),
  cpp: new Set(['function_definition', 'lambda_expression']),
  python: new Set(['function_definition']),
  javascript: new Set([
    'function_declaration',
    'function_expression',
    'generator_function_declaration',
    'generator_function',
    'arrow_function',
    'method_definition',
  ]),
  java: new Set(['method_declaration', 'constructor_declaration']),
  go: new Set(['function_declaration', 'method_declaration', 'func_literal']),
};

/** In the order they begin; nested functions follow the one around them. */
export function functionsIn(tree: SyntaxTree): FunctionSyntax[] {
  const types =
    FUNCTION_NODES[tree.language === 'typescript' ? 'javascript' : tree.language] ?? new Set();
  const found: FunctionSyntax[] = [];
  const openUntil: number[] = [];
  walkSyntax(tree.root, (node) => {
    if (!node.isNamed || !types.has(node.type)) return;
    const body = node.childForFieldName('body');
    if (body === null) return;
    while (openUntil.length > 0 && openUntil.at(-1)! <= node.startIndex) openUntil.pop();
    found.push({
      name: nameOf(node),
      parameters: parametersOf(node),
      start: node.startIndex,
      end: node.endIndex,
      body: { start: body.startIndex, end: body.endIndex },
      signature: tree.code.slice(node.startIndex, body.startIndex).trim(),
      depth: openUntil.length,
    });
    openUntil.push(node.endIndex);
  });
  return found;
}

function nameOf(node: SyntaxNode): string {
  const direct = node.childForFieldName('name');
  if (direct !== null) return direct.text;
  let declarator = node.childForFieldName('declarator');
  while (declarator !== null) {
    const inner = declarator.childForFieldName('declarator');
    if (inner === null) break;
    declarator = inner;
  }
  if (declarator !== null) return lastName(declarator);
  // const f = (x) => ..., { f: function () {} }, f = function () {}
  const parent = node.parent;
  const holder =
    parent?.childForFieldName('name') ??
    parent?.childForFieldName('key') ??
    parent?.childForFieldName('left') ??
    null;
  return holder === null || holder.id === node.id ? '' : lastName(holder);
}

const lastName = (node: SyntaxNode): string => /([~\w$]+)\s*$/.exec(node.text)?.[1] ?? node.text;

function parametersOf(node: SyntaxNode): string[] {
  const single = node.childForFieldName('parameter'); // x => ...
  if (single !== null) return [single.text];
  let holder: SyntaxNode | null = node;
  let list: SyntaxNode | null = null;
  while (holder !== null && list === null) {
    list = holder.childForFieldName('parameters');
    holder = holder.childForFieldName('declarator');
  }
  if (list === null) return [];
  const names: string[] = [];
  for (const parameter of list.namedChildren) {
    if (parameter === null || parameter.type === 'comment') continue;
    const fields = parameter.childrenForFieldName('name').filter((name) => name !== null);
    if (fields.length > 0) names.push(...fields.map((name) => name.text));
    else names.push(parameterName(parameter));
  }
  return names.filter((name) => name !== 'void');
}

/** The name inside a parameter: `char *s[4]` -> s, `x: int = 3` -> x, `*args` -> args; a pattern stays whole. */
function parameterName(parameter: SyntaxNode): string {
  if (/pattern$/.test(parameter.type) && /^(?:object|array)/.test(parameter.type))
    return parameter.text;
  const inner =
    parameter.childForFieldName('name') ??
    parameter.childForFieldName('declarator') ??
    parameter.childForFieldName('pattern') ??
    parameter.childForFieldName('left') ??
    (/typed_parameter|splat|rest|spread|reference_declarator|parenthesized_declarator/.test(
      parameter.type,
    )
      ? parameter.namedChild(
          parameter.type === 'spread_parameter' ? parameter.namedChildCount - 1 : 0,
        )
      : null);
  return inner === null ? parameter.text : parameterName(inner);
}
