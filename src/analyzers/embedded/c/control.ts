/** @file C: who chooses a value: a constant, a parameter, or what was read from outside. */
import { childOf, someNode, type SyntaxNode } from '../syntax-node.ts';
import { type FunctionFacts, lastAssignment } from './facts.ts';

const UNTRUSTED_CALL =
  /^(getenv|secure_getenv|recv|recvfrom|read|pread|fread|fgets|gets|getline|scanf|fscanf|sscanf|getchar|fgetc|getc|atoi|atol|atoll|strtol|strtoul|strtoll|strtoull|ntohs|ntohl|be\w*_to_cpu\w*|le\w*_to_cpu\w*|\w*(get|read|peek)_?(byte|u?int|be|le|short|long|word|u?8|u?16|u?32|u?64|char|bits?)\w*|EXTRACT_\w+|ReadBlob\w*|copy_from_user|get_user|std::getline)$/i;
export const isUntrustedCall = (name: string): boolean => UNTRUSTED_CALL.test(name);
/** Literals, sizeof, and ALL_CAPS names only. */
export function isConstant(node: SyntaxNode, facts: FunctionFacts): boolean {
  return !someNode(node, (at) => {
    if (at.type === 'identifier')
      return (
        !/^[A-Z_][A-Z0-9_]*$/.test(facts.text(at)) &&
        at.parent?.type !== 'sizeof_expression' &&
        !insideSizeof(at)
      );
    if (at.type === 'call_expression')
      return !/^(sizeof|ARRAY_SIZE|countof|_countof|G_N_ELEMENTS|[A-Z_0-9]+)$/.test(
        facts.text(childOf(at, 'function')),
      );
    return at.type === 'field_expression' && !insideSizeof(at);
  });
}
const insideSizeof = (node: SyntaxNode): boolean => {
  for (let at = node.parent; at; at = at.parent) if (at.type === 'sizeof_expression') return true;
  return false;
};
/** Whether somebody outside may choose a value: a parameter, what was read, or what was computed from those. */
export function isControlled(
  node: SyntaxNode,
  facts: FunctionFacts,
  position = node.start,
  depth = 3,
): boolean {
  return someNode(node, (at) => {
    if (at.type === 'call_expression') return isUntrustedCall(facts.text(childOf(at, 'function')));
    if (at.type !== 'identifier' || insideSizeof(at)) return false;
    const name = facts.text(at);
    const given = depth > 0 ? lastAssignment(facts, name, position) : undefined;
    if (given && given.value !== node)
      return isControlled(given.value, facts, given.node.start, depth - 1);
    if (facts.variables.get(name)?.parameter) return true;
    // Filled through its address by something that reads.
    return facts.calls.some(
      (call) =>
        call.node.start < position &&
        isUntrustedCall(call.name) &&
        call.args.some((arg) => new RegExp(`^&?${name}\\b`).test(facts.text(arg))),
    );
  });
}
