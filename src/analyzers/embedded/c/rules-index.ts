/** @file C: indices nobody compared, compared on one side only, or one too far. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { isConstant, isControlled, isUntrustedCall } from './control.ts';
import { checkedBefore, type FunctionFacts, lastAssignment, namesIn } from './facts.ts';
import { knownAt } from './path-conditions.ts';
import { rangeOf } from './ranges.ts';
import type { FunctionRule } from './rule.ts';
import { BOUNDED } from './rules-copies.ts';
import { base, indexOf, isWritten } from './shapes.ts';

/** Names whose size is bounded by what they are: loop variables, masks, enumerations, characters. */
function isBoundedIndex(index: SyntaxNode, facts: FunctionFacts): boolean {
  const text = facts.text(index);
  if (/[%&]|>>|\bsizeof\b/.test(text) || BOUNDED.test(text)) return true;
  const names = namesIn(index, facts.text);
  return [...names].some((name) => {
    const variable = facts.variables.get(name);
    if (
      /\b(u?int8_t|unsigned char|u8|uint8|bool|enum \w+|guint8|BYTE|byte|char)\b/.test(
        variable?.type ?? '',
      ) &&
      !variable?.pointer
    )
      return true;
    const given = lastAssignment(facts, name, index.start);
    return (
      given !== undefined &&
      (/[%&]|>>/.test(facts.text(given.value)) || BOUNDED.test(facts.text(given.value)))
    );
  });
}
const uncheckedIndex: FunctionRule = {
  id: 'c/unchecked-index',
  cwe: ['CWE-125', 'CWE-787', 'CWE-129'],
  severity: 'high',
  confidence: 0.6,
  message: 'an array is indexed by a value from outside that is compared with nothing before',
  find(facts) {
    const hits: Hit[] = [];
    const reported = new Set<string>();
    for (const subscript of facts.subscripts) {
      const list = childOf(subscript, 'indices');
      const index = list ? namedChildren(list)[0] : undefined;
      if (index?.type !== 'identifier' || reported.has(facts.text(index))) continue;
      const name = facts.text(index);
      if (
        isConstant(index, facts) ||
        isBoundedIndex(index, facts) ||
        checkedBefore(facts, [name], subscript.start)
      )
        continue;
      const variable = facts.variables.get(name);
      if (!variable || variable.pointer) continue;
      const array = facts.variables.get(base(facts.text(childOf(subscript, 'argument'))));
      const given = lastAssignment(facts, name, index.start);
      const read =
        given !== undefined
          ? isControlled(given.value, facts, given.node.start, 1) &&
            someNode(given.value, (at) => at.type === 'call_expression')
          : false;
      const fixed = array?.array !== undefined && array.array !== '';
      const passed =
        variable.parameter && !given && /int|long|size|short|unsigned/.test(variable.type);
      if (
        !(
          read ||
          (passed &&
            (fixed ||
              /\b(table|array|list|map|names|entries|slots|bank|regs)\w*$/i.test(
                facts.text(childOf(subscript, 'argument')),
              )))
        )
      )
        continue;
      reported.add(name);
      hits.push({
        node: subscript,
        cwe: isWritten(subscript) ? ['CWE-787', 'CWE-129'] : ['CWE-125', 'CWE-129'],
        // What another function computed from parameters, it may have bounded.
        precision: read && readsOutside(given?.value, facts) ? 'medium' : 'low',
      });
    }
    return hits;
  },
};
const readsOutside = (value: SyntaxNode | undefined, facts: FunctionFacts): boolean =>
  value !== undefined &&
  someNode(
    value,
    (at) => at.type === 'call_expression' && isUntrustedCall(facts.text(childOf(at, 'function'))),
  );
const negativeIndex: FunctionRule = {
  id: 'c/negative-index',
  cwe: ['CWE-125', 'CWE-129', 'CWE-787'],
  severity: 'medium',
  confidence: 0.6,
  message: 'a signed index is compared with its upper bound only; a negative one passes',
  find(facts) {
    return facts.subscripts.filter((subscript) => {
      const index = indexOf(subscript);
      const name = index?.type === 'identifier' ? facts.text(index) : '';
      const variable = facts.variables.get(name);
      if (
        !index ||
        !variable?.parameter ||
        variable.pointer ||
        !/^(const )?(int|long|short|ssize_t|int32_t|int64_t|ptrdiff_t)$/.test(variable.type) ||
        lastAssignment(facts, name, subscript.start)
      )
        return false;
      const range = rangeOf(index, facts);
      // A look at the other side anywhere, or a cast to unsigned, says that somebody thought of it.
      const thoughtOf = new RegExp(
        `\\b${name}\\s*(<|>=|>|<=|==|!=)\\s*-?[01]\\b|[01]\\s*(<=|<|>)\\s*${name}\\b|\\(\\s*(unsigned|size_t|uint)[^)]*\\)\\s*${name}\\b`,
      );
      return (
        range.bounded &&
        !range.floored &&
        !knownAt(subscript, facts).some(
          ({ left, operator }) => operator === '==' && facts.text(left) === name,
        ) &&
        !facts.conditions.some((condition) => thoughtOf.test(condition.text))
      );
    });
  },
};
const offByOne: FunctionRule = {
  id: 'c/off-by-one',
  cwe: ['CWE-193', 'CWE-787'],
  severity: 'high',
  confidence: 0.8,
  message: 'the last step goes one past the end of the array',
  find(facts) {
    const hits: Hit[] = [];
    for (const subscript of facts.subscripts) {
      const list = childOf(subscript, 'indices');
      const index = list ? namedChildren(list)[0] : undefined;
      const array = facts.variables.get(facts.text(childOf(subscript, 'argument')));
      if (!index || !array || array.array === undefined || array.array === '' || array.parameter)
        continue;
      const text = facts.text(index).replace(/\s/g, '');
      if (text === `sizeof(${array.name})` || text === array.array) hits.push({ node: subscript });
      if (index.type !== 'identifier') continue;
      // `n = read(fd, buf, sizeof buf); buf[n] = 0`
      const given = lastAssignment(facts, text, subscript.start);
      const filled =
        given && given.value.type === 'call_expression'
          ? facts.calls.find((call) => call.node === given.value)
          : undefined;
      const size = filled?.args[2] ? facts.text(filled.args[2]).replace(/\s/g, '') : '';
      if (
        filled &&
        /^(read|recv|fread|readlink|recvfrom)$/.test(filled.name) &&
        (size === `sizeof(${array.name})` || size === array.array) &&
        isWritten(subscript)
      )
        hits.push({ node: subscript });
      const loop = ancestorOf(subscript, (at) => at.type === 'for_statement');
      const condition = loop && childOf(loop, 'condition');
      if (condition && facts.text(condition).replace(/\s/g, '') === `${text}<=${array.array}`)
        hits.push({ node: subscript });
    }
    return hits;
  },
};
const COUNT =
  /((^|[^a-z])(count|number|num|nr|n_?\w+|total|size|cnt)|(Count|Number|Size|Num)\w*|(\.|->)(size|length|count)\(\))\)*$/;
const countReached: FunctionRule = {
  id: 'c/index-may-equal-count',
  cwe: ['CWE-125', 'CWE-193', 'CWE-787'],
  severity: 'high',
  confidence: 0.7,
  message: 'an index equal to the number of elements is let through; compare with >=',
  find(facts) {
    const hits: Hit[] = [];
    for (const condition of facts.conditions) {
      if (!condition.leaves) continue;
      for (const comparison of comparisonsIn(condition.node)) {
        if (facts.text(childOf(comparison, 'operator')) !== '>') continue;
        const left = childOf(comparison, 'left');
        const right = childOf(comparison, 'right');
        if (
          left?.type !== 'identifier' ||
          !right ||
          !/^(field_expression|identifier|call_expression)$/.test(right.type)
        ) {
          if (
            !left ||
            !right ||
            left.type !== 'identifier' ||
            !/cast|size\(\)/.test(facts.text(right))
          )
            continue;
        }
        const bound = facts.text(right).replace(/\s+/g, '');
        if (!COUNT.test(bound)) continue;
        const name = facts.text(left);
        const used = facts.subscripts.some(
          (subscript) =>
            subscript.start > condition.node.end &&
            facts.text(indexOf(subscript)).trim() === name &&
            !hasRoomFor(subscript, name, facts),
        );
        const exact = facts.conditions.some(
          (other) =>
            other !== condition &&
            new RegExp(`\\b${name}\\s*(>=|<|==|!=)`).test(other.text) &&
            other.node.start < comparison.end + 400,
        );
        if (used && !exact) hits.push({ node: comparison });
      }
    }
    for (const loop of countingLoops(facts)) hits.push({ node: loop });
    return hits;
  },
};
/** `p = malloc(n + 1); … p[n] = 0` */
const hasRoomFor = (subscript: SyntaxNode, index: string, facts: FunctionFacts): boolean => {
  const array = facts.text(childOf(subscript, 'argument')).replace(/\s+/g, '');
  return facts.assignments.some(
    (given) =>
      given.target === array &&
      new RegExp(`alloc\\w*\\((.*\\W)?${index}\\+1\\)`).test(
        facts.text(given.value).replace(/\s+/g, ''),
      ),
  );
};
/** `for (i = 0; i <= count; i++) a[i]` */
function countingLoops(facts: FunctionFacts): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (const { node } of facts.conditions) {
    const loop = node.parent;
    if (loop?.type !== 'for_statement' || node.type !== 'binary_expression') continue;
    const counter = facts.text(childOf(node, 'left'));
    const bound = facts.text(childOf(node, 'right')).replace(/\s+/g, '');
    const from = facts.text(childOf(loop, 'initializer')).replace(/[\s;]+/g, '');
    if (
      facts.text(childOf(node, 'operator')) === '<=' &&
      /^\w+$/.test(counter) &&
      COUNT.test(bound) &&
      !/[-+]/.test(bound) &&
      new RegExp(`${counter}=0$`).test(from) &&
      facts.subscripts.some(
        (one) =>
          one.start > node.end &&
          one.end <= loop.end &&
          facts.text(indexOf(one)).trim() === counter,
      )
    )
      found.push(node);
  }
  return found;
}
function comparisonsIn(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const look = (at: SyntaxNode): void => {
    if (at.type === 'binary_expression') found.push(at);
    for (const child of at.children) look(child);
  };
  look(node);
  return found;
}
export const INDEX_RULES: readonly FunctionRule[] = [
  uncheckedIndex,
  negativeIndex,
  offByOne,
  countReached,
];
