/**
 * @file Rewrites: text run as code where data is meant. `eval('(' + text + ')')`, `new Function('return ' + text)()`,
 * `vm.runInNewContext('(' + text + ')')` and `serialize.unserialize(text)` -> `JSON.parse(text)`.
 */
import { argumentsOf, type Edit } from './program.ts';
import type { RewriteRule } from './rule.ts';
import { composedText, joinParts } from './text-parts.ts';
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';
import type { Program } from './program.ts';

export const dataNotCode: RewriteRule = {
  name: 'data-not-code',
  cwe: ['CWE-94', 'CWE-95', 'CWE-502'],
  rewrite(program) {
    const places: Edit[][] = [];
    for (const call of program.all('call_expression')) {
      const data = evaluatedData(program, call);
      if (data !== undefined)
        places.push([{ start: call.startIndex, end: call.endIndex, text: `JSON.parse(${data})` }]);
    }
    return places;
  },
};

/** The expression whose text is evaluated, when the call does nothing else than turn text into a value. */
function evaluatedData(program: Program, call: SyntaxNode): string | undefined {
  const callee = call.childForFieldName('function');
  const args = argumentsOf(call);
  if (callee === null) return undefined;
  if (/(?:^|\.)unserialize$/.test(callee.text))
    return args.length === 1 ? args[0]!.text : undefined;
  if (callee.text === 'eval' || /^vm\.runIn(?:New|This)?Context$/.test(callee.text))
    return args[0] === undefined
      ? undefined
      : textBetween(program, args[0], /^\s*\(\s*$/, /^\s*\)\s*;?$/);
  const made = callee.type === 'parenthesized_expression' ? callee.namedChild(0) : callee;
  const constructs =
    (made?.type === 'new_expression' &&
      made.childForFieldName('constructor')?.text === 'Function') ||
    (made?.type === 'call_expression' && made.childForFieldName('function')?.text === 'Function');
  if (!constructs || made === null || made === undefined || args.length > 0) return undefined;
  const body = argumentsOf(made);
  if (body.length !== 1) return undefined;
  return textBetween(
    program,
    body[0]!,
    /^\s*(?:["']use strict["'];\s*)?return\s*\(?\s*$/,
    /^\s*\)?\s*;?\s*$/,
  );
}

/** `x` of `'(' + x + ')'`; a bare `x` counts, too. */
function textBetween(
  program: Program,
  node: SyntaxNode,
  before: RegExp,
  after: RegExp,
): string | undefined {
  const composed = composedText(program, node);
  if (composed === undefined)
    return /^(?:identifier|member_expression|subscript_expression|call_expression)$/.test(node.type)
      ? node.text
      : undefined;
  const parts = [...composed.parts];
  const first = parts[0]!;
  if (first.kind === 'literal') {
    if (!before.test(first.value)) return undefined;
    parts.shift();
  }
  const last = parts.at(-1);
  if (last?.kind === 'literal') {
    if (!after.test(last.value)) return undefined;
    parts.pop();
  }
  return parts.length === 1 && parts[0]!.kind === 'expression' ? joinParts(parts) : undefined;
}
