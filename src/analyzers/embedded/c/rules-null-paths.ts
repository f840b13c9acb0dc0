/** @file C: what a function itself believes may be NULL or may fail, and forgets elsewhere. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, someNode, type SyntaxNode } from '../syntax-node.ts';
import { type FunctionFacts, leaves, namesIn } from './facts.ts';
import { compact, flowsTo, reassignedBetween } from './flow.ts';
import { comparisonsOf, knownAt } from './path-conditions.ts';
import type { FunctionRule } from './rule.ts';

const PATH = /^\w+((->|\.)\w+)*$/;
const isZero = (node: SyntaxNode | undefined, facts: FunctionFacts): boolean =>
  node === undefined || /^(NULL|nullptr|0)$/.test(compact(node, facts).replace(/^\(\w+\*\)/, ''));

/** Whether `pointer` is known to be something where the node is evaluated. */
export const isKnown = (pointer: string, node: SyntaxNode, facts: FunctionFacts): boolean =>
  knownAt(node, facts).some(
    ({ left, operator, right }) =>
      (operator === '!=' && isZero(right, facts) && compact(left, facts) === pointer) ||
      // p == q says something about p as well.
      (operator === '==' &&
        right !== undefined &&
        !isZero(right, facts) &&
        [left, right].some((side) => compact(side, facts) === pointer)) ||
      (right === undefined &&
        operator === '!=' &&
        left.type === 'call_expression' &&
        namesIn(left, facts.text).has(pointer)),
  );

const forgotten: FunctionRule = {
  id: 'c/null-check-forgotten',
  cwe: ['CWE-476'],
  severity: 'medium',
  confidence: 0.65,
  message:
    'the function asks whether the pointer is NULL, and later uses it on the same path without asking',
  find(facts) {
    const hits: Hit[] = [];
    const reported = new Set<string>();
    for (const condition of facts.conditions) {
      const branch = condition.node.parent;
      if (
        branch?.type !== 'if_statement' ||
        ancestorOf(condition.node, (at) => /preproc/.test(at.type))
      )
        continue;
      const then = childOf(branch, 'consequence');
      const otherwise = childOf(branch, 'alternative');
      for (const polarity of [true, false]) {
        const known = comparisonsOf(condition.node, polarity, facts);
        if (known.length !== 1) continue;
        const [{ left, operator, right }] = known as [(typeof known)[number]];
        const pointer = compact(left, facts);
        if (
          operator !== '!=' ||
          !isZero(right, facts) ||
          !PATH.test(pointer) ||
          reported.has(pointer)
        )
          continue;
        if (
          right === undefined &&
          !facts.dereferences.some((one) => one.pointer === pointer && one.kind === 'arrow')
        )
          continue;
        // The side where it is NULL must go on, and must not give it another value.
        const nullSide = polarity ? otherwise : then;
        if (nullSide && leaves(nullSide, facts.text)) continue;
        if (reassignedBetween(facts, pointer, branch.start, branch.end)) continue;
        const use = facts.dereferences.find(
          (one) =>
            one.pointer === pointer &&
            one.kind === 'arrow' &&
            one.node.start > branch.end &&
            sameList(branch, one.node) &&
            flowsTo(branch, one.node, facts) &&
            !reassignedBetween(facts, pointer, branch.end, one.node.start) &&
            !isKnown(pointer, one.node, facts) &&
            !ancestorOf(one.node, (at) => at.type === 'sizeof_expression') &&
            !(
              one.node.parent?.type === 'pointer_expression' &&
              one.node.parent.children[0]?.type === '&'
            ),
        );
        if (!use) continue;
        reported.add(pointer);
        hits.push({ node: use.node });
      }
    }
    return hits;
  },
};
/** The use is a statement of the list the check stands in, under no further condition. */
function sameList(branch: SyntaxNode, node: SyntaxNode): boolean {
  for (let at = node; at.parent; at = at.parent) {
    if (at.parent === branch.parent)
      return /^(expression_statement|declaration|return_statement)$/.test(at.type);
    if (/^(binary_expression|conditional_expression)$/.test(at.parent.type)) {
      const operator = at.parent.children[1]?.type;
      if (operator === '&&' || operator === '||' || operator === '?') return false;
    }
  }
  return false;
}

/** `T *sa = (T *) addr; use(sa->x); if (!addr) …` */
const aliasCheckedLate: FunctionRule = {
  id: 'c/null-check-after-alias',
  cwe: ['CWE-476'],
  severity: 'medium',
  confidence: 0.7,
  message: 'the pointer is used under another name first and compared with NULL afterwards',
  find(facts) {
    return facts.assignments.flatMap((given) => {
      const value =
        given.value.type === 'cast_expression' ? childOf(given.value, 'value') : given.value;
      const source = compact(value, facts);
      if (
        value?.type !== 'identifier' ||
        !facts.variables.get(source)?.parameter ||
        !facts.variables.get(source)?.pointer ||
        !/^\w+$/.test(given.target)
      )
        return [];
      const asked = facts.conditions.find(
        (condition) =>
          condition.leaves &&
          condition.node.start > given.node.end &&
          comparisonsOf(condition.node, false, facts).some(
            ({ left, operator, right }) =>
              operator === '!=' && isZero(right, facts) && compact(left, facts) === source,
          ),
      );
      if (!asked || reassignedBetween(facts, source, given.node.end, asked.node.start)) return [];
      const use = facts.dereferences.find(
        (one) =>
          one.pointer === given.target &&
          one.kind === 'arrow' &&
          one.node.start > given.node.end &&
          one.node.end < asked.node.start &&
          flowsTo(one.node, asked.node, facts) &&
          !isKnown(given.target, one.node, facts) &&
          !(
            one.node.parent?.type === 'pointer_expression' &&
            one.node.parent.children[0]?.type === '&'
          ),
      );
      return use ? [use.node] : [];
    });
  },
};

const KERNEL_MEMORY =
  /^(kmalloc|kzalloc|kcalloc|kstrdup|kmemdup|kmalloc_array|vmalloc|vzalloc|devm_k\w*alloc|devm_kstrdup|alloc_workqueue|alloc_ordered_workqueue|create_(singlethread_)?workqueue|dev_alloc_skb|alloc_skb|kasprintf|devm_kasprintf)$/;
const neverChecked: FunctionRule = {
  id: 'c/allocation-never-checked',
  cwe: ['CWE-476', 'CWE-690'],
  severity: 'medium',
  confidence: 0.7,
  message:
    'memory the kernel may refuse is stored, and nothing in the function asks whether it came',
  find(facts) {
    return facts.assignments
      .filter((given) => {
        const value =
          given.value.type === 'cast_expression' ? childOf(given.value, 'value') : given.value;
        if (
          value?.type !== 'call_expression' ||
          !KERNEL_MEMORY.test(facts.text(childOf(value, 'function')))
        )
          return false;
        if (
          /GFP_NOFAIL/.test(facts.text(value)) ||
          facts.variables.has(given.target) ||
          !PATH.test(given.target)
        )
          return false;
        if (
          ancestorOf(given.node, (at) => at.field === 'condition' || at.type === 'condition_clause')
        )
          return false;
        const last = given.target.split(/->|\./).at(-1)!;
        return (
          !facts.conditions.some(
            (condition) =>
              condition.node.start > given.node.start &&
              new RegExp(`\\b${last}\\b`).test(condition.text),
          ) && !facts.returns.some((one) => new RegExp(`\\b${last}\\b`).test(facts.text(one)))
        );
      })
      .map((given) => given.value);
  },
};

const MUST_ASK =
  /^(init_get_bits8|init_get_bits|av_get_packet|av_new_packet|ff_get_buffer|av_frame_get_buffer|av_image_check_size|avio_read_partial|ff_alloc_extradata|av_frame_ref|av_packet_ref|ff_reget_buffer|pskb_may_pull|skb_linearize|skb_cow_head|copy_from_user)$/;
const resultIgnored: FunctionRule = {
  id: 'c/failure-ignored',
  cwe: ['CWE-252', 'CWE-476'],
  severity: 'medium',
  confidence: 0.65,
  message: 'this call may fail and leave nothing to work with; its result is not looked at',
  find: (facts) =>
    facts.calls
      .filter(
        (call) => MUST_ASK.test(call.name) && call.node.parent?.type === 'expression_statement',
      )
      .map((call) => call.node),
};

/** `while (p->kind == K) p = p->next;` where the function knows that p may be NULL. */
const walkedOff: FunctionRule = {
  id: 'c/list-end-not-checked',
  cwe: ['CWE-476'],
  severity: 'medium',
  confidence: 0.6,
  message: 'the loop follows a link and looks behind it without asking whether the list has ended',
  find(facts) {
    return facts.assignments.flatMap((given) => {
      const name = given.target;
      const link = given.value.type === 'field_expression' ? compact(given.value, facts) : '';
      if (!link.startsWith(`${name}->`) || !/^\w+(->\w+)+$/.test(link)) return [];
      const loop = ancestorOf(given.node, (at) => /^(while|for)_statement$/.test(at.type));
      const condition = loop && childOf(loop, 'condition');
      if (!loop || !condition) return [];
      const use = facts.dereferences.find(
        (one) =>
          one.pointer === name &&
          one.kind === 'arrow' &&
          one.node.start >= condition.start &&
          one.node.end <= condition.end,
      );
      if (!use || isKnown(name, use.node, facts)) return [];
      const asked = someNode(
        loop,
        (at) =>
          /^(condition_clause|binary_expression|unary_expression)$/.test(at.type) &&
          comparisonsOf(at, true, facts)
            .concat(comparisonsOf(at, false, facts))
            .some(({ left, right }) => isZero(right, facts) && compact(left, facts) === name),
      );
      const outside = facts.conditions.some(
        (one) =>
          one.node.end < loop.start &&
          [true, false].some((holds) =>
            comparisonsOf(one.node, holds, facts).some(
              ({ left, right }) => isZero(right, facts) && compact(left, facts) === name,
            ),
          ),
      );
      return outside && !asked ? [use.node] : [];
    });
  },
};

/** `p->x = NULL; … p->x->y`, and no other value for p->x in the function. */
const nullAssigned: FunctionRule = {
  id: 'c/null-assigned-then-used',
  cwe: ['CWE-476'],
  severity: 'medium',
  confidence: 0.55,
  message: 'the pointer is set to NULL, gets no other value here, and is used without asking',
  find(facts) {
    return facts.assignments.flatMap((given) => {
      const pointer = given.target;
      if (
        given.operator !== '=' ||
        !/->/.test(pointer) ||
        !/^(NULL|nullptr)$/.test(compact(given.value, facts)) ||
        facts.assignments.some((other) => other !== given && other.target === pointer)
      )
        return [];
      const use = facts.dereferences.find(
        (one) =>
          one.pointer === pointer &&
          one.kind === 'arrow' &&
          one.node.start > given.node.end &&
          !knownAt(one.node, facts).some(({ left }) => compact(left, facts) === pointer),
      );
      return use ? [use.node] : [];
    });
  },
};

export const NULL_PATH_RULES: readonly FunctionRule[] = [
  forgotten,
  aliasCheckedLate,
  neverChecked,
  resultIgnored,
  walkedOff,
  nullAssigned,
];
