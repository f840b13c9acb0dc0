/** @file C: sizes of allocations that wrap, lack room, or are chosen by somebody outside. */
import type { Hit } from '../rule.ts';
import { childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { isConstant, isControlled } from './control.ts';
import { checkedBefore, type FunctionFacts, lastAssignment, namesIn } from './facts.ts';
import type { FunctionRule } from './rule.ts';

export const ALLOCATION =
  /^(malloc|realloc|calloc|kmalloc|kzalloc|vmalloc|kvmalloc|xmalloc|xrealloc|g_malloc|g_realloc|g_malloc0|alloca|_alloca|emalloc|erealloc|av_malloc|av_realloc|av_mallocz|AcquireQuantumMemory|gf_malloc|palloc|zend_\w*alloc|mem_alloc|safe_malloc|OPENSSL_malloc|jas_malloc|jas_\w*alloc\d?|_TIFFmalloc|_aligned_malloc|opj_\w*alloc|AllocChunk|gd\w*alloc\w*|\w+_alloc)$/;
const multiplicationOverflow: FunctionRule = {
  id: 'c/allocation-overflow',
  cwe: ['CWE-190', 'CWE-680'],
  severity: 'high',
  confidence: 0.65,
  message:
    'the size of an allocation is a product that can wrap around; check the factors first or use calloc',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      if (!ALLOCATION.test(call.name)) continue;
      // calloc checks its own product, but not one that wrapped before.
      const checksItself = /calloc|AcquireQuantum|jas_alloc\d/.test(call.name);
      const size = checksItself
        ? call.args.find((arg) => wrapsBefore(arg, facts))
        : call.args
            .slice(/realloc/.test(call.name) ? 1 : 0)
            .find((arg) => productIn(arg, facts, arg.start));
      if (!size) continue;
      const product = productIn(size, facts, call.node.start);
      if (!product) continue;
      const names = [...namesIn(product, facts.text), ...namesIn(size, facts.text)].filter(
        (name) => !/^[A-Z_][A-Z0-9_]*$/.test(name),
      );
      // Two 32-bit factors cannot wrap a 64-bit product.
      if (
        /\(\s*(size_t|u?int64_t|unsigned long long)\s*\)/.test(facts.text(product)) &&
        names.every(
          (name) =>
            !/size_t|long|64/.test(facts.variables.get(name)?.type ?? '') ||
            !namesIn(product, facts.text).has(name),
        )
      )
        continue;
      if (names.length === 0 || !isControlledProduct(product, facts)) continue;
      const factors = [...namesIn(product, facts.text)].filter(
        (name) => !/^[A-Z_0-9]+$/.test(name),
      );
      const checked = isVariableTimesVariable(product, facts)
        ? boundedBefore(facts, factors, call.node.start)
        : checkedBefore(facts, names, call.node.start);
      if (checked) continue;
      if (
        names.some((name) =>
          /\b(u?int8_t|u?int16_t|short|char|u8|u16|uint16|uint8)\b/.test(
            facts.variables.get(name)?.type ?? '',
          ),
        )
      )
        continue;
      // One factor times sizeof wraps only where the factor can be as wide as size_t.
      const single = !isVariableTimesVariable(product, facts);
      hits.push({ node: size, precision: single && hasSizeof(product) ? 'low' : 'medium' });
    }
    return hits;
  },
};
/** An argument of calloc that was a product before calloc saw it: by name, or two variables multiplied on the spot. */
function wrapsBefore(arg: SyntaxNode, facts: FunctionFacts): boolean {
  const product = productIn(arg, facts, arg.start);
  return (
    product !== undefined &&
    (/^(identifier|field_expression)$/.test(arg.type) ||
      (arg.type === 'binary_expression' && isVariableTimesVariable(product, facts)))
  );
}
const hasSizeof = (product: SyntaxNode): boolean =>
  someNode(product, (at) => at.type === 'sizeof_expression');
/** A condition that keeps one of the names below something; equality with zero and the like bounds nothing. */
const boundedBefore = (facts: FunctionFacts, names: readonly string[], position: number): boolean =>
  facts.conditions.some((condition) => {
    if (condition.node.start >= position || !names.some((name) => condition.names.has(name)))
      return false;
    // `if (n > max / m || !(p = malloc(n * m)))` asks before it allocates.
    const asked = facts.code
      .slice(condition.node.start, Math.min(condition.node.end, position))
      .replace(/\s+/g, '');
    return condition.node.end > position
      ? /[<>]|\//.test(asked.replaceAll('->', ''))
      : !/^\(?!?[\w.>-]+((==|!=|<|<=)(0|1|NULL))?\)?$/.test(asked);
  });
/** Not counting sizeof and constants, the product has two factors that may both be large. */
const isVariableTimesVariable = (product: SyntaxNode, facts: FunctionFacts): boolean =>
  namedChildren(product).every(
    (side) =>
      !isConstant(side, facts) ||
      (side.type === 'binary_expression' && isVariableTimesVariable(side, facts)),
  ) ||
  namedChildren(product).some(
    (side) => side.type === 'binary_expression' && isVariableTimesVariable(side, facts),
  );
function productIn(
  node: SyntaxNode,
  facts: FunctionFacts,
  position: number,
  depth = 2,
): SyntaxNode | undefined {
  if (
    node.type === 'binary_expression' &&
    facts.text(childOf(node, 'operator')) === '*' &&
    !isConstant(node, facts)
  )
    return node;
  if (/^(identifier|field_expression)$/.test(node.type) && depth > 0) {
    const given = lastAssignment(facts, facts.text(node).replace(/\s+/g, ''), position);
    return given ? productIn(given.value, facts, given.node.start, depth - 1) : undefined;
  }
  if (/^(binary_expression|parenthesized_expression|cast_expression)$/.test(node.type))
    for (const child of namedChildren(node)) {
      const found = productIn(child, facts, position, depth);
      if (found) return found;
    }
  return undefined;
}
const isControlledProduct = (node: SyntaxNode, facts: FunctionFacts): boolean =>
  isControlled(node, facts);
const shortAllocation: FunctionRule = {
  id: 'c/no-room-for-terminator',
  cwe: ['CWE-131', 'CWE-193', 'CWE-787'],
  severity: 'high',
  confidence: 0.85,
  message: 'memory for a text of strlen characters has no room for its terminator',
  find(facts) {
    return facts.calls.flatMap((call) => {
      const size = ALLOCATION.test(call.name) ? call.args[0] : undefined;
      if (!size || !/^strlen\s*\([^)]*\)$/.test(facts.text(size))) return [];
      const target = facts.assignments.find(
        (given) => given.value === call.node || someNode(given.value, (at) => at === call.node),
      )?.target;
      const source = facts.text(size).slice(7, -1).trim();
      return facts.calls.some(
        (copy) =>
          /^(strcpy|sprintf|strcat)$/.test(copy.name) &&
          facts.text(copy.args[0]) === target &&
          copy.args.some((arg) => facts.text(arg) === source),
      )
        ? [size]
        : [];
    });
  },
};
const unboundedStack: FunctionRule = {
  id: 'c/unbounded-stack-allocation',
  cwe: ['CWE-789', 'CWE-770'],
  severity: 'medium',
  confidence: 0.7,
  message: 'stack memory of a size chosen outside; bound it or use the heap',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      const size = /^_?alloca$/.test(call.name) ? call.args[0] : undefined;
      if (
        size &&
        !isConstant(size, facts) &&
        isControlled(size, facts) &&
        !checkedBefore(facts, namesIn(size, facts.text), call.node.start)
      )
        hits.push({ node: call.node });
    }
    for (const variable of facts.variables.values()) {
      const parameter = facts.variables.get(variable.array ?? '');
      if (
        !variable.parameter &&
        parameter?.parameter &&
        !checkedBefore(facts, [parameter.name], variable.node.start)
      )
        hits.push({ node: variable.node });
    }
    return hits;
  },
};
export const SIZE_RULES: readonly FunctionRule[] = [
  multiplicationOverflow,
  shortAllocation,
  unboundedStack,
];
