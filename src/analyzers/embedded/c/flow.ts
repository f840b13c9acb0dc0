/**
 * @file C: order and reach inside a function, for rules about memory over time. Text order stands for time; a place is
 * reached from an earlier one unless a jump lies between. Loops are one turn, gotos are not followed.
 */
import type { SyntaxNode } from '../syntax-node.ts';
import { type FunctionFacts, ITERATES, leaves } from './facts.ts';

/** The text of a node without white space: "p->x" however it was laid out. */
export const compact = (node: SyntaxNode | undefined, facts: FunctionFacts): string =>
  facts.text(node).replace(/\s+/g, '');

/** Whether control certainly comes from one node to a later one: the later's statement list encloses the first, unless the first's branch is left. */
export function flowsTo(from: SyntaxNode, to: SyntaxNode, facts: FunctionFacts): boolean {
  if (to.start <= from.end) return false;
  // Behind a label control may come from anywhere, and mostly does.
  if (/[;{}]\s*\w+\s*:(?!:)/.test(facts.code.slice(from.end, to.start))) return false;
  for (let at: SyntaxNode | null = from; at; at = at.parent) {
    const block: SyntaxNode | null = at.parent;
    if (!block) return true;
    if (block.start <= to.start && to.end <= block.end) {
      if (block.type === 'if_statement' || block.type === 'conditional_expression') return false;
      return block.type !== 'binary_expression';
    }
    if (/^(compound_statement|case_statement)$/.test(block.type)) {
      const place = block.children.indexOf(at);
      if (block.children.slice(place).some((child) => leaves(child, facts.text))) return false;
    }
    // Leaving a branch towards code behind it: the way may also go around, but the branch is one of the ways.
    if (block.type === 'function_definition') return true;
  }
  return false;
}
export const reassignedBetween = (
  facts: FunctionFacts,
  name: string,
  from: number,
  to: number,
): boolean =>
  facts.assignments.some(
    (given) =>
      given.node.start >= from &&
      given.node.end <= to &&
      (given.target === name ||
        name.startsWith(`${given.target}->`) ||
        name.startsWith(`${given.target}.`)),
  ) ||
  facts.calls.some(
    (call) =>
      call.node.start > from &&
      call.node.start < to &&
      call.args.some(
        (arg) =>
          compact(arg, facts) === `&${name}` ||
          (ITERATES.test(call.name) && compact(arg, facts) === name),
      ),
  );
