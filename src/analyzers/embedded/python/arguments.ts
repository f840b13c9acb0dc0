import type { RuleContext } from '../rule.ts';
import { ancestorOf, childOf, someNode, type SyntaxNode } from '../syntax-node.ts';
import { CONSTANT, INPUT, PARAMETER, type Value } from '../value.ts';

/** `name=value` among a call's arguments. */
export const keyword = (
  call: SyntaxNode,
  name: string,
  context: RuleContext,
): SyntaxNode | undefined => {
  const found = context
    .args(call)
    .find((arg) => arg.type === 'keyword_argument' && context.text(childOf(arg, 'name')!) === name);
  return found && childOf(found, 'value');
};
export const positional = (
  call: SyntaxNode,
  index: number,
  context: RuleContext,
): SyntaxNode | undefined => {
  let place = 0;
  for (const arg of context.args(call))
    if (arg.type !== 'keyword_argument' && place++ === index) return arg;
  return undefined;
};
export const controlOf = (node: SyntaxNode | undefined, context: RuleContext): Value =>
  node ? context.value(node) : CONSTANT;
export const confidenceOf = (value: Value): number =>
  value.control === INPUT ? 0.95 : value.control === PARAMETER ? 0.85 : 0.6;

/** The outermost expression that joins pieces of text. */
export const isOutermost = (node: SyntaxNode): boolean => {
  const parent = node.parent;
  if (!parent) return true;
  if (/^(binary_operator|interpolation|concatenated_string)$/.test(parent.type)) return false;
  if (parent.type === 'parenthesized_expression') return isOutermost(parent);
  return !(
    parent.type === 'attribute' &&
    parent.parent?.type === 'call' &&
    /\.format$/.test(parent.type)
  );
};
export const COMPOSITIONS = ['string', 'binary_operator', 'call', 'concatenated_string'];
export const isComposition = (node: SyntaxNode, context: RuleContext): boolean =>
  node.type === 'call'
    ? /\.(format|join)$/.test(context.callee(node))
    : node.type !== 'string' || someNode(node, (at) => at.type === 'interpolation');
export const insideMessage = (node: SyntaxNode, context: RuleContext): boolean =>
  ancestorOf(
    node,
    (at) =>
      at.type === 'raise_statement' ||
      (at.type === 'call' &&
        (/(^|\.)_*(log|logger|logging|warn|warning|debug|info|error|exception|print|print_\w+|fail|skip)(\.\w+)?$/i.test(
          context.callee(at),
        ) ||
          /(Error|Exception|NotFound|Warning)$/.test(context.callee(at)))),
  ) !== undefined;
