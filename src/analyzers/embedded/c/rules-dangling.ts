/** @file C: pointers that outlive what they point to. */
import type { Hit } from '../rule.ts';
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { type FunctionFacts, lastAssignment } from './facts.ts';
import { compact, flowsTo, reassignedBetween } from './flow.ts';
import type { FunctionRule } from './rule.ts';
import { FREE, freedBy } from './rules-free.ts';

const MOVES = /^\w*(realloc\w*|resize|grow|expand|enlarge|extend|Extent|reserve)$/i;
const staleAlias: FunctionRule = {
  id: 'c/stale-alias',
  cwe: ['CWE-416'],
  severity: 'high',
  confidence: 0.65,
  message: 'a pointer into memory is used after that memory was moved',
  find(facts) {
    const hits: Hit[] = [];
    for (const alias of facts.assignments) {
      const source = compact(alias.value, facts);
      if (!/^\w+((->|\.)\w+)+$/.test(source) || !/^\w+$/.test(alias.target)) continue;
      if (facts.variables.get(alias.target)?.pointer !== true) continue;
      const moved =
        facts.assignments.find(
          (given) =>
            given.target === source &&
            given.node.start > alias.node.end &&
            MOVES.test(callNameOf(given.value, facts)),
        ) ??
        facts.assignments.find(
          (given) =>
            given.node.start > alias.node.end &&
            given.target === source &&
            movedBefore(facts, given, source),
        );
      if (!moved || reassignedBetween(facts, alias.target, alias.node.end, moved.node.start))
        continue;
      const reached = (node: SyntaxNode): boolean =>
        flowsTo(moved.node, node, facts) &&
        !reassignedBetween(facts, alias.target, moved.node.start, node.start);
      const use =
        facts.dereferences.find((one) => one.pointer === alias.target && reached(one.node)) ??
        facts.calls.find(
          (one) =>
            compact(one.args[0], facts) === alias.target &&
            !FREE.test(one.name) &&
            reached(one.node),
        );
      if (use) hits.push({ node: use.node });
    }
    return hits;
  },
};
const callNameOf = (node: SyntaxNode, facts: FunctionFacts): string => {
  const inner = node.type === 'cast_expression' ? childOf(node, 'value') : node;
  return inner?.type === 'call_expression' ? facts.text(childOf(inner, 'function')) : '';
};
/** `t = realloc(source, n); …; source = t;` */
const movedBefore = (
  facts: FunctionFacts,
  given: { readonly value: SyntaxNode; readonly node: SyntaxNode },
  source: string,
): boolean =>
  facts.assignments.some(
    (earlier) =>
      earlier.node.start < given.node.start &&
      earlier.target === compact(given.value, facts) &&
      MOVES.test(callNameOf(earlier.value, facts)) &&
      compact(earlier.value, facts).includes(source),
  );
const danglingField: FunctionRule = {
  id: 'c/dangling-field',
  cwe: ['CWE-415', 'CWE-416'],
  severity: 'medium',
  confidence: 0.6,
  message: 'the structure lives on with a pointer to freed memory; set the field to NULL',
  find(facts) {
    if (!/reset|clear|empty|close|stop|detach|drop_|discard|flush|wipe/i.test(facts.name))
      return [];
    return facts.calls
      .filter((call) => {
        const pointer = heldAs(freedBy(call, facts), call.node, facts);
        const owner = pointer?.match(/^(\w+)->/)?.[1];
        if (!pointer || !owner || !facts.variables.get(owner)?.parameter) return false;
        const ownerGone = facts.calls.some((other) => freedBy(other, facts) === owner);
        const cleared = facts.assignments.some(
          (given) => given.target === pointer && given.node.start > call.node.start,
        );
        const wiped = facts.calls.some(
          (other) => /^(memset|bzero)$/.test(other.name) && compact(other.args[0], facts) === owner,
        );
        return !ownerGone && !cleared && !wiped;
      })
      .map((call) => call.node);
  },
};
/** `T *x = p->x; free(x);` frees what p->x points to. */
function heldAs(
  pointer: string | undefined,
  at: SyntaxNode,
  facts: FunctionFacts,
): string | undefined {
  if (pointer === undefined || !/^\w+$/.test(pointer)) return pointer;
  if (facts.variables.get(pointer)?.parameter !== false) return pointer;
  const given = lastAssignment(facts, pointer, at.start);
  const source = given?.operator === '=' ? compact(given.value, facts) : '';
  return /^\w+->\w+$/.test(source) ? source : pointer;
}
const stackReturned: FunctionRule = {
  id: 'c/stack-memory-returned',
  cwe: ['CWE-562'],
  severity: 'high',
  confidence: 0.9,
  message: 'the address of a local variable is returned; it is gone when the function is',
  find(facts) {
    return facts.returns.filter((node) => {
      const value = namedChildren(node)[0];
      const text = compact(value, facts);
      const variable = facts.variables.get(text.replace(/^&/, ''));
      if (!variable || variable.parameter || /\bstatic\b/.test(variable.type)) return false;
      return text.startsWith('&')
        ? !/\bstatic\b/.test(variable.type)
        : variable.array !== undefined && !/\bstd::|vector|array</.test(variable.type);
    });
  },
};
export const DANGLING_RULES: readonly FunctionRule[] = [staleAlias, danglingField, stackReturned];
