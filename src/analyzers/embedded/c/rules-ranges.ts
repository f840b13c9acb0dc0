/**
 * @file C: indices and lengths against what is known of them on the way (ranges.ts): a bound that lets one too many through,
 * a bound asked for too late, a difference that may fall below zero.
 */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { isConstant } from './control.ts';
import { type FunctionFacts, lastAssignment, namesIn } from './facts.ts';
import { compact, flowsTo, reassignedBetween } from './flow.ts';
import { comparisonsOf, type Known, knownAt, MIRRORED } from './path-conditions.ts';
import { rangeOf } from './ranges.ts';
import type { FunctionRule } from './rule.ts';
import { FILLS, indexOf } from './shapes.ts';

/** The text a local array's size is written as, and its number where it has one. */
function sizeOf(name: string, facts: FunctionFacts): { text: string; count: number } | undefined {
  const array = facts.variables.get(name);
  if (!array || array.parameter || array.array === undefined || array.array === '')
    return undefined;
  const text = array.array.replace(/\s+/g, '');
  return { text, count: /^\d+$/.test(text) ? Number(text) : Number.NaN };
}
const isSizeOf = (text: string, name: string, size: string): boolean =>
  text === size ||
  text === `sizeof(${name})/sizeof(${name}[0])` ||
  new RegExp(
    `^(ARRAY_SIZE|countof|_countof|nitems|G_N_ELEMENTS|FF_ARRAY_ELEMS|ARRAYSIZE|NELEMS|sizeof)\\(${name}\\)$`,
  ).test(text);
const onePastArray: FunctionRule = {
  id: 'c/index-past-array',
  cwe: ['CWE-787', 'CWE-125', 'CWE-193'],
  severity: 'high',
  confidence: 0.8,
  message: 'the check before lets an index through that is past the end of the array',
  find(facts) {
    return facts.subscripts.filter((subscript) => {
      const name = facts.text(childOf(subscript, 'argument'));
      const size = sizeOf(name, facts);
      const index = indexOf(subscript);
      if (!size || !index || isConstant(index, facts) || isAddressOnly(subscript)) return false;
      const high = size.count > 0 ? rangeOf(index, facts).high : Number.POSITIVE_INFINITY;
      if (high < Number.POSITIVE_INFINITY && high !== 255) return high >= size.count;
      const text = compact(index, facts);
      const about = knownAt(subscript, facts).filter(
        (one) =>
          one.right && (compact(one.left, facts) === text || compact(one.right, facts) === text),
      );
      const upper = about.map((one) => oriented(one, text, facts));
      return (
        upper.some((one) => one.operator === '<=' && isSizeOf(one.limit, name, size.text)) &&
        !upper.some((one) => one.operator === '<' || one.operator === '==')
      );
    });
  },
};
const oriented = (
  known: Known,
  name: string,
  facts: FunctionFacts,
): { operator: string; limit: string } =>
  compact(known.left, facts) === name
    ? { operator: known.operator, limit: compact(known.right, facts) }
    : { operator: MIRRORED[known.operator], limit: compact(known.left, facts) };
/** `&a[n]` may point one past the end. */
const isAddressOnly = (node: SyntaxNode): boolean =>
  node.parent?.type === 'pointer_expression' && node.parent.children[0]?.type === '&';
/** Names and member paths that say how much: loop bounds, lengths of copies, indices. */
function amounts(facts: FunctionFacts): { name: string; node: SyntaxNode }[] {
  const found: { name: string; node: SyntaxNode }[] = [];
  const add = (node: SyntaxNode | undefined): void => {
    if (node && /^(identifier|field_expression)$/.test(node.type))
      found.push({ name: compact(node, facts), node });
  };
  for (const call of facts.calls) {
    const at = FILLS.get(call.name)?.[1];
    if (at !== undefined) add(call.args[at]);
  }
  for (const subscript of facts.subscripts) add(indexOf(subscript));
  for (const node of facts.loops) {
    const condition = childOf(node, 'condition');
    const body = childOf(node, 'body');
    if (!condition || !body || node.type !== 'for_statement') continue;
    for (const { left, operator, right } of comparisonsOf(condition, true, facts)) {
      if (!right || (operator !== '<' && operator !== '<=')) continue;
      const counter = compact(left, facts);
      if (
        facts.subscripts.some(
          (one) =>
            one.start >= body.start &&
            one.end <= body.end &&
            compact(indexOf(one), facts) === counter,
        )
      )
        add(right);
    }
  }
  return found;
}
const checkedTooLate: FunctionRule = {
  id: 'c/length-checked-after-use',
  cwe: ['CWE-125', 'CWE-787', 'CWE-190'],
  severity: 'high',
  confidence: 0.7,
  message: 'the length is used first and compared with its limit afterwards',
  find(facts) {
    const hits: Hit[] = [];
    const used = amounts(facts);
    for (const condition of facts.conditions) {
      if (!condition.leaves || condition.node.parent?.type !== 'if_statement') continue;
      for (const known of comparisonsOf(condition.node, false, facts)) {
        if (!known.right) continue;
        for (const [side, operator, limit] of [
          [known.left, known.operator, known.right],
          [known.right, MIRRORED[known.operator], known.left],
        ] as const) {
          const name = compact(side, facts);
          if ((operator !== '<' && operator !== '<=') || !isConstant(limit, facts)) continue;
          const early = used.find(
            (one) =>
              one.name === name &&
              facts.variables.get(/^\w+/.exec(name)?.[0] ?? '')?.parameter === true &&
              one.node.end < condition.node.start &&
              flowsOn(one.node, condition.node, facts) &&
              !rangeOf(one.node, facts).bounded &&
              !reassigned(facts, name, one.node.start, condition.node.start),
          );
          if (early) hits.push({ node: early.node });
        }
      }
    }
    return hits;
  },
};
/** As flowsTo, also out of a loop or a branch that does not leave: what was used there was used. */
function flowsOn(from: SyntaxNode, to: SyntaxNode, facts: FunctionFacts): boolean {
  const statement = ancestorOf(from, (at) => /_statement$|^declaration$/.test(at.type)) ?? from;
  let outer = statement;
  while (outer.parent && !(outer.parent.start <= to.start && to.end <= outer.parent.end))
    outer = outer.parent;
  return outer.parent?.type === 'compound_statement' && flowsTo(outer, to, facts);
}
const reassigned = (facts: FunctionFacts, name: string, from: number, to: number): boolean =>
  reassignedBetween(facts, name, from, to) ||
  facts.steps.some(
    (step) =>
      step.start >= from && step.end <= to && compact(childOf(step, 'argument'), facts) === name,
  );
const LENGTH_NAME = /(len|length|size|sz|bytes|count|remain\w*|left|avail\w*|offset)\d?$/i;
const NUMBER =
  /\b(unsigned|int|long|short|s?size_t|ptrdiff_t|u?int(8|16|32|64)_t|u?int\d*|AP4_\w+)\b/;
/** A length less something, where nothing before compared that length with anything. */
const uncheckedDifference: FunctionRule = {
  id: 'c/unchecked-difference',
  cwe: ['CWE-191', 'CWE-190', 'CWE-125', 'CWE-787'],
  severity: 'high',
  confidence: 0.6,
  message: 'a length is a difference that nothing keeps from falling below zero',
  find(facts) {
    const open = (node: SyntaxNode | undefined): SyntaxNode[] => {
      const difference = node && differenceIn(node, facts);
      return difference && mayFall(difference, facts) ? [difference] : [];
    };
    return [
      ...facts.calls.flatMap((call) => open(call.args[FILLS.get(call.name)?.[1] ?? -1])),
      ...loopLimits(facts).flatMap(open),
      ...facts.assignments
        .filter((given) => given.operator === '=')
        .flatMap((given) =>
          open(given.value).filter(() => isLengthLater(given.target, given.node, facts)),
        ),
    ];
  },
};
/** What loops count up to. */
function loopLimits(facts: FunctionFacts): SyntaxNode[] {
  const limits: SyntaxNode[] = [];
  for (const loop of facts.loops) {
    const condition = loop.type === 'do_statement' ? undefined : childOf(loop, 'condition');
    for (const { right, operator } of condition ? comparisonsOf(condition, true, facts) : [])
      if (right && (operator === '<' || operator === '<=')) limits.push(right);
  }
  return limits;
}
/** A local number that is handed on as a length and never compared itself. */
function isLengthLater(name: string, given: SyntaxNode, facts: FunctionFacts): boolean {
  const variable = facts.variables.get(name);
  if (!variable || variable.pointer || !NUMBER.test(variable.type)) return false;
  return (
    facts.calls.some(
      (call) =>
        /mem|cpy|alloc|read|new/i.test(call.name) &&
        call.node.start > given.end &&
        call.args.some((arg) => namesIn(arg, facts.text).has(name)),
    ) &&
    !facts.conditions.some(
      (condition) =>
        condition.node.start > given.end &&
        condition.names.has(name) &&
        /[<>]/.test(condition.text),
    )
  );
}
function differenceIn(node: SyntaxNode, facts: FunctionFacts): SyntaxNode | undefined {
  let at = node;
  while (/^(parenthesized|cast)_expression$/.test(at.type))
    at = childOf(at, 'value') ?? namedChildren(at)[0] ?? at;
  return at.type === 'binary_expression' && facts.text(childOf(at, 'operator')) === '-'
    ? at
    : undefined;
}
function mayFall(difference: SyntaxNode, facts: FunctionFacts): boolean {
  const left = childOf(difference, 'left')!;
  const right = childOf(difference, 'right')!;
  const name = facts.text(left);
  const variable = facts.variables.get(name);
  if (left.type !== 'identifier' || !variable || variable.pointer || !NUMBER.test(variable.type))
    return false;
  if (!LENGTH_NAME.test(name) || facts.variables.get(facts.text(right))?.pointer) return false;
  const given = lastAssignment(facts, name, difference.start);
  if (!variable.parameter && !(given && /\bstrlen\b/.test(facts.text(given.value)))) return false;
  if (variable.parameter && given) return false;
  return !facts.conditions.some(
    (condition) => condition.node.end < difference.start && condition.names.has(name),
  );
}
/** `if (a->width != b->width && a->height != b->height) resize(…)`: one of them may change alone. */
const halfChecked: FunctionRule = {
  id: 'c/size-change-half-checked',
  cwe: ['CWE-787', 'CWE-125'],
  severity: 'medium',
  confidence: 0.7,
  message: 'only a change of both width and height is acted upon; either alone is enough',
  find: (facts) =>
    facts.conditions
      .filter(({ node }) => {
        const parts = /^\((.+)!=(.+)&&(.+)!=(.+)\)$/.exec(compact(node, facts))?.slice(1) ?? [];
        const [width, height] = [/width|\bw$|cols|columns/i, /height|\bh$|rows/i];
        const first = parts.slice(0, 2);
        const second = parts.slice(2);
        return (
          parts.length === 4 &&
          [
            [width, height],
            [height, width],
          ].some(
            ([one, other]) =>
              first.every((text) => one!.test(text)) && second.every((text) => other!.test(text)),
          )
        );
      })
      .map(({ node }) => node),
};
export const RANGE_RULES: readonly FunctionRule[] = [
  onePastArray,
  checkedTooLate,
  uncheckedDifference,
  halfChecked,
];
