/** @file C: walks over text and buffers that step past their end: beyond a terminator, or in a loop inside the one that checks. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import type { FunctionFacts } from './facts.ts';
import { compact } from './flow.ts';
import { comparisonsOf } from './path-conditions.ts';
import type { FunctionRule } from './rule.ts';

const comparedLength: FunctionRule = {
  id: 'c/compare-past-end',
  cwe: ['CWE-125', 'CWE-126'],
  severity: 'medium',
  confidence: 0.6,
  message: 'as many bytes are compared as one text is long; the other may be shorter',
  find(facts) {
    return facts.calls
      .filter((call) => {
        if (!/^\w*memcmp$/i.test(call.name)) return false;
        const [a, b, length] = call.args.map((arg) => compact(arg, facts));
        if (!length || !a || !b) return false;
        const measured = /^strlen\((.*)\)\+1U?$/.exec(length)?.[1];
        const other = measured === a ? b : measured === b ? a : undefined;
        return (
          other !== undefined &&
          !/^"/.test(other) &&
          !facts.conditions.some(
            (one) => one.node.start < call.node.start && one.text.includes(`strlen(${other}`),
          )
        );
      })
      .map((call) => call.node);
  },
};

/** `if (*p++ == '\\') p++;` inside a loop that ends at the terminator. */
const skippedTerminator: FunctionRule = {
  id: 'c/steps-over-terminator',
  cwe: ['CWE-125'],
  severity: 'medium',
  confidence: 0.6,
  message:
    'the character behind an escape is stepped over without looking whether it ends the text',
  find(facts) {
    const hits: Hit[] = [];
    for (const { node: condition, text } of facts.conditions) {
      const node = condition.parent;
      const pointer = /^\(\*\(?(\w+)\+\+\)?=='\\\\'\)$/.exec(text.replace(/\s+/g, ''))?.[1];
      if (pointer === undefined || node?.type !== 'if_statement') continue;
      const then = childOf(node, 'consequence');
      if (!then) continue;
      const steps = compact(then, facts);
      if (!new RegExp(`^\\{?(${pointer}\\+\\+|\\+\\+${pointer});\\}?$`).test(steps)) continue;
      const loop = ancestorOf(node, (at) => /^(while|for)_statement$/.test(at.type));
      const until = loop ? compact(childOf(loop, 'condition'), facts) : '';
      if (new RegExp(`\\*${pointer}\\b`).test(until)) hits.push({ node: then });
    }
    return hits;
  },
};

/** A pointer the outer loop holds below its end, and an inner one moves without asking. */
const innerLoop: FunctionRule = {
  id: 'c/inner-loop-past-end',
  cwe: ['CWE-125', 'CWE-787'],
  severity: 'high',
  confidence: 0.6,
  message: 'the inner loop moves a pointer that only the outer loop compares with its end',
  find(facts) {
    const hits: Hit[] = [];
    for (const outer of facts.loops) {
      const condition = childOf(outer, 'condition');
      const body = childOf(outer, 'body');
      if (!condition || !body || outer.type === 'do_statement') continue;
      for (const { left, operator, right } of comparisonsOf(condition, true, facts)) {
        if (operator !== '<' || !right || left.type !== 'identifier') continue;
        const pointer = facts.text(left);
        if (facts.variables.get(pointer)?.pointer !== true) continue;
        const inner = facts.loops.find(
          (loop) =>
            loop.start >= body.start &&
            loop.end <= body.end &&
            loop.type !== 'do_statement' &&
            movedAndRead(loop, pointer, facts) &&
            !someNode(
              loop,
              (at) =>
                at.type === 'binary_expression' &&
                /^([<>]=?|[!=]=)$/.test(facts.text(childOf(at, 'operator'))) &&
                [childOf(at, 'left'), childOf(at, 'right')].some(
                  (side) => side && mentionsBare(side, pointer, facts),
                ),
            ) &&
            !new RegExp(`\\b${pointer}\\b`).test(facts.text(childOf(loop, 'condition'))),
        );
        if (inner) hits.push({ node: inner });
      }
    }
    return hits;
  },
};
/** `p`, `p + 2`, not `*p`. */
const mentionsBare = (side: SyntaxNode, name: string, facts: FunctionFacts): boolean =>
  (side.type === 'identifier' && facts.text(side) === name) ||
  (/^(binary_expression|parenthesized_expression|cast_expression)$/.test(side.type) &&
    namedChildren(side).some((child) => mentionsBare(child, name, facts)));
const movedAndRead = (loop: SyntaxNode, pointer: string, facts: FunctionFacts): boolean =>
  someNode(
    loop,
    (at) =>
      at.type === 'pointer_expression' &&
      compact(at, facts) === `*${pointer}++` &&
      at.parent?.field !== 'left',
  );

/** The loop asked for one element; a second is read after the index moved on. */
const secondRead: FunctionRule = {
  id: 'c/second-read-unchecked',
  cwe: ['CWE-125'],
  severity: 'medium',
  confidence: 0.5,
  precision: 'low',
  message: 'the loop asked whether one more element is there, and a second one is read',
  find(facts) {
    const hits: Hit[] = [];
    for (const loop of facts.loops) {
      const condition = childOf(loop, 'condition');
      const body = childOf(loop, 'body');
      if (!condition || !body || loop.type !== 'while_statement') continue;
      for (const { left, operator, right } of comparisonsOf(condition, true, facts)) {
        if (operator !== '<' || !right || left.type !== 'identifier') continue;
        const index = facts.text(left);
        if (facts.variables.get(index)?.pointer) continue;
        const first = facts.steps.find(
          (step) =>
            step.start >= body.start &&
            step.end <= body.end &&
            facts.text(childOf(step, 'argument')) === index,
        );
        if (!first) continue;
        const again = facts.subscripts.find(
          (one) =>
            one.start > first.end + 1 &&
            one.end <= body.end &&
            someNode(
              one.children.at(-1)!,
              (at) => at.type === 'identifier' && facts.text(at) === index,
            ) &&
            !(one.start <= first.start && first.end <= one.end) &&
            one.parent?.field !== 'left' &&
            one.field !== 'left',
        );
        if (!again) continue;
        const asked = facts.conditions.some(
          (one) =>
            one.node.start > body.start &&
            one.node.start < again.start &&
            one.names.has(index) &&
            /[<>]/.test(one.text),
        );
        if (!asked) hits.push({ node: again });
      }
    }
    return hits;
  },
};

export const TEXT_RULES: readonly FunctionRule[] = [
  comparedLength,
  skippedTerminator,
  innerLoop,
  secondRead,
];
