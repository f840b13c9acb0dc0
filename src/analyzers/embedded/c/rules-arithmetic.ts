/** @file C: numbers that are zero, cut short, or summed in too narrow a type. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, someNode, type SyntaxNode } from '../syntax-node.ts';
import { isUntrustedCall } from './control.ts';
import { type FunctionFacts, lastAssignment, mentionedBefore, namesIn } from './facts.ts';
import type { FunctionRule } from './rule.ts';
import { ALLOCATION } from './rules-sizes.ts';

/** In an `if` or `?:`; being the bound of a loop says nothing about zero. */
const comparedBefore = (
  facts: FunctionFacts,
  names: ReadonlySet<string>,
  position: number,
): boolean =>
  mentionedBefore(facts, names, position, (place) => !/^(for|do)_statement$/.test(place));
const divideByZero: FunctionRule = {
  id: 'c/divide-by-zero',
  cwe: ['CWE-369'],
  severity: 'medium',
  confidence: 0.7,
  message: 'the divisor comes from outside and may be zero',
  find(facts) {
    const hits: Hit[] = [];
    const look = (node: SyntaxNode): void => {
      if (
        node.type === 'binary_expression' &&
        /^[/%]$/.test(facts.text(childOf(node, 'operator')))
      ) {
        const right = childOf(node, 'right');
        const given =
          right?.type === 'identifier'
            ? lastAssignment(facts, facts.text(right), node.start)
            : undefined;
        const read =
          given !== undefined &&
          someNode(
            given.value,
            (at) =>
              at.type === 'call_expression' && isUntrustedCall(facts.text(childOf(at, 'function'))),
          );
        const passed =
          right?.type === 'identifier' &&
          given === undefined &&
          facts.variables.get(facts.text(right))?.parameter === true &&
          /^(const )?(unsigned |signed )?(int|long|short|size_t|unsigned|u?int\d+_t)$/.test(
            facts.variables.get(facts.text(right))?.type ?? '',
          );
        const scanned =
          right?.type === 'identifier' &&
          facts.calls.some(
            (call) =>
              /scanf$/.test(call.name) &&
              call.args.some((arg) => facts.text(arg) === `&${facts.text(right)}`),
          );
        if (
          right &&
          (read || scanned || passed) &&
          !comparedBefore(facts, namesIn(right, facts.text), node.end)
        )
          // Callers often see to it that what they pass is not zero.
          hits.push({ node, precision: passed ? 'low' : 'medium' });
      }
      for (const child of node.children) look(child);
    };
    look(facts.node);
    return hits;
  },
};
const truncatedLength: FunctionRule = {
  id: 'c/truncated-length',
  cwe: ['CWE-197', 'CWE-190', 'CWE-681'],
  severity: 'medium',
  confidence: 0.7,
  message: 'a length is kept in a type too short for it and may come out small',
  find(facts) {
    return facts.assignments
      .filter((given) => {
        const type = facts.variables.get(given.target)?.type ?? '';
        if (
          !/\b(short|char|u?int8_t|u?int16_t|u8|u16)\b/.test(type) ||
          facts.variables.get(given.target)?.pointer
        )
          return false;
        if (facts.variables.get(given.target)?.array !== undefined) return false;
        const value = facts.text(given.value);
        const measured = /^(?:strlen|wcslen)\s*\(([^)]*)\)(?:\s*\+\s*\d+)?$/.exec(value)?.[1];
        // A text in an array of less than 256 bytes is shorter than any type can count.
        if (measured !== undefined)
          return !(Number(facts.variables.get(measured.trim())?.array) < 256);
        if (!/^(\([^)]*\)\s*)?[\w]+(\s*\*\s*\w+|\s*\+\s*\w+)$/.test(value)) return false;
        return (
          [...namesIn(given.value, facts.text)].some(
            (name) =>
              /\b(int|long|size_t|ssize_t|uint32_t|uint64_t)\b/.test(
                facts.variables.get(name)?.type ?? '',
              ) && facts.variables.get(name)?.parameter === true,
          ) &&
          facts.calls.some(
            (call) =>
              ALLOCATION.test(call.name) &&
              call.args.some((arg) => namesIn(arg, facts.text).has(given.target)),
          )
        );
      })
      .map((given) => given.value);
  },
};
const summedInInt: FunctionRule = {
  id: 'c/length-summed-in-int',
  cwe: ['CWE-190'],
  severity: 'medium',
  confidence: 0.6,
  message: 'lengths are summed up in an int, which their sum may exceed; use size_t',
  find(facts) {
    return facts.assignments
      .filter((given) => {
        const sum = facts.variables.get(given.target);
        return (
          given.operator === '+=' &&
          sum !== undefined &&
          !sum.pointer &&
          !sum.parameter &&
          /^(unsigned |signed )?(int|short|unsigned)$/.test(sum.type) &&
          ancestorOf(given.node, (at) =>
            /^(for|while|do)_statement$|^for_range_loop$/.test(at.type),
          ) &&
          someNode(
            given.value,
            (at) =>
              at.type === 'call_expression' &&
              /(^|\.|->)(strlen|size|length)$/.test(facts.text(childOf(at, 'function'))),
          )
        );
      })
      .map((given) => given.node);
  },
};
export const ARITHMETIC_RULES: readonly FunctionRule[] = [
  divideByZero,
  truncatedLength,
  summedInInt,
];
