/** @file C: memory that holds nothing yet, did not come from the heap, is lost, or is measured wrongly. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, type SyntaxNode, walk } from '../syntax-node.ts';
import { type FunctionFacts, lastAssignment, namesIn } from './facts.ts';
import { compact } from './flow.ts';
import type { FunctionRule } from './rule.ts';

const uninitialised: FunctionRule = {
  id: 'c/uninitialised-variable',
  cwe: ['CWE-457'],
  severity: 'medium',
  confidence: 0.65,
  message: 'a variable is read before anything is written to it',
  find(facts) {
    const hits: Hit[] = [];
    const uses = identifiersOf(facts);
    const head = facts.text(facts.node).split('{', 1)[0]!;
    for (const variable of facts.variables.values()) {
      if (
        variable.parameter ||
        variable.initialised ||
        // `int f(n) int n; {`: declared behind the list, and a parameter all the same.
        new RegExp(`\\([^()]*\\b${variable.name}\\b[^()]*\\)`).test(head) ||
        variable.array !== undefined ||
        /\b(static|extern|auto|std|class|string|vector|struct|union|va_list|[A-Z]\w*[a-z]\w*)\b|::|_t\b/.test(
          variable.type,
        ) ||
        /^[A-Z]/.test(variable.type)
      )
        continue;
      if (!/\b(int|char|long|short|unsigned|float|double|bool)\b/.test(variable.type)) continue;
      const first = uses.get(variable.name)?.find((at) => at.start > variable.node.end);
      if (
        !first ||
        !isPlainRead(first) ||
        filledByMacro(variable.name, facts) ||
        facts.assignments.some(
          (given) =>
            given.operator === '=' &&
            given.target === variable.name &&
            given.node.start < first.end,
        )
      )
        continue;
      if (
        ancestorOf(first, (at) => /^(for|while|do)_statement$/.test(at.type)) ||
        facts.assignments.some(
          (given) =>
            given.target === variable.name &&
            ancestorOf(given.node, (at) => /label|case/.test(at.type)),
        )
      )
        continue;
      hits.push({ node: first });
    }
    return hits;
  },
};
/** Name -> its identifiers in the body, in order. */
function identifiersOf(facts: FunctionFacts): ReadonlyMap<string, readonly SyntaxNode[]> {
  const byName = new Map<string, SyntaxNode[]>();
  walk(childOf(facts.node, 'body') ?? facts.node, (node) => {
    if (node.type !== 'identifier') return undefined;
    const name = facts.text(node);
    const known = byName.get(name);
    if (known) known.push(node);
    else byName.set(name, [node]);
    return undefined;
  });
  return byName;
}
/** `for_each_cpu(mask, cpu) {`: a macro with a body may write to its arguments. */
const filledByMacro = (name: string, facts: FunctionFacts): boolean =>
  new RegExp(`\\b(?!if|for|while|switch)\\w+\\s*\\([^;{}]*\\b${name}\\b[^;{}]*\\)\\s*\\{`).test(
    facts.text(childOf(facts.node, 'body')),
  );
function isPlainRead(node: SyntaxNode): boolean {
  const parent = node.parent;
  if (!parent) return false;
  if (parent.type === 'pointer_expression' && parent.children[0]?.type === '&') return false;
  if (parent.type === 'assignment_expression')
    return node.field === 'right' || parent.children[1]?.type !== '=';
  return (
    /^(binary_expression|return_statement|subscript_argument_list|update_expression|init_declarator)$/.test(
      parent.type,
    ) && !ancestorOf(node, (at) => at.type === 'sizeof_expression')
  );
}
const wrongFree: FunctionRule = {
  id: 'c/free-of-stack-memory',
  cwe: ['CWE-590'],
  severity: 'high',
  confidence: 0.9,
  message: 'memory that did not come from the heap is freed',
  find(facts) {
    return facts.calls
      .filter((call) => {
        const text = compact(call.args[0], facts);
        const variable = facts.variables.get(text.replace(/^&/, ''));
        return (
          call.name === 'free' &&
          variable !== undefined &&
          !variable.parameter &&
          // No array is assigned to: an inner block has a pointer of the same name.
          !facts.assignments.some(
            (given) =>
              given.target === variable.name && given.node.type === 'assignment_expression',
          ) &&
          (text.startsWith('&') || variable.array !== undefined) &&
          !(variable.array !== undefined && variable.pointer && /\[/.test(text))
        );
      })
      .map((call) => call.node);
  },
};
const lostMemory: FunctionRule = {
  id: 'c/realloc-loses-memory',
  cwe: ['CWE-401'],
  severity: 'low',
  confidence: 0.75,
  precision: 'low',
  message: 'when realloc fails the only pointer to the old memory is overwritten with NULL',
  find(facts) {
    return facts.assignments
      .filter((given) => {
        const value =
          given.value.type === 'cast_expression' ? childOf(given.value, 'value') : given.value;
        const call = facts.calls.find((one) => one.node === value);
        return call?.name === 'realloc' && compact(call.args[0], facts) === given.target;
      })
      .map((given) => given.node);
  },
};
const sizeofPointer: FunctionRule = {
  id: 'c/sizeof-pointer',
  cwe: ['CWE-467'],
  severity: 'medium',
  confidence: 0.8,
  message: 'sizeof gives the size of the pointer, not of what it points to',
  find(facts) {
    return facts.calls.flatMap((call) => {
      if (
        !/^(memset|memcpy|memmove|strncpy|snprintf|malloc|bzero|fgets|read|recv)$/.test(call.name)
      )
        return [];
      return call.args.filter((arg) => {
        const named = /^sizeof\s*\(?\s*(\w+)\s*\)?$/.exec(facts.text(arg))?.[1];
        const variable = named === undefined ? undefined : facts.variables.get(named);
        if (
          !variable ||
          (!variable.pointer && !(variable.parameter && variable.array !== undefined)) ||
          (variable.array !== undefined && !variable.parameter)
        )
          return false;
        return call.args.some(
          (other) =>
            other !== arg &&
            namesIn(other, facts.text).has(variable.name) &&
            compact(other, facts) === variable.name,
        );
      });
    });
  },
};
/** `new T[n]` … `delete p`, `new T` … `free(p)`, `malloc` … `delete p`. */
const mismatchedFree: FunctionRule = {
  id: 'c/mismatched-free',
  cwe: ['CWE-762'],
  severity: 'high',
  confidence: 0.85,
  message: 'memory is given back in another way than it was got',
  find(facts) {
    return facts.calls
      .filter((call) => {
        if (call.name !== 'delete' && call.name !== 'free') return false;
        const given = lastAssignment(facts, compact(call.args[0], facts), call.node.start);
        if (given?.operator !== '=') return false;
        const way =
          call.name === 'free'
            ? 'free'
            : /^(::)?delete\s*\[/.test(facts.text(call.node))
              ? 'delete[]'
              : 'delete';
        const value =
          given.value.type === 'cast_expression' ? childOf(given.value, 'value') : given.value;
        const got =
          value?.type === 'new_expression'
            ? value.children.some((child) => child.type === 'new_declarator')
              ? 'delete[]'
              : 'delete'
            : /^(malloc|calloc|realloc|strdup)\s*\(/.test(facts.text(value))
              ? 'free'
              : undefined;
        return got !== undefined && got !== way;
      })
      .map((call) => call.node);
  },
};
export const STORAGE_RULES: readonly FunctionRule[] = [
  uninitialised,
  wrongFree,
  lostMemory,
  sizeofPointer,
  mismatchedFree,
];
