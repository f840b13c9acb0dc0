/** @file C: null, freed, uninitialised and vanished memory. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { type Call, type FunctionFacts, leaves, namesIn } from './facts.ts';
import type { FunctionRule } from './rule.ts';

const FREE =
  /^(free|kfree|vfree|kvfree|g_free|xfree|efree|av_free|delete|OPENSSL_free|sk_free|kfree_skb|dev_kfree_skb|BIO_free|EVP_PKEY_free|X509_free|gf_free|cfree|zfree|Py_DECREF)$/;
const compact = (node: SyntaxNode | undefined, facts: FunctionFacts): string =>
  facts.text(node).replace(/\s+/g, '');

/** Whether control certainly comes from one node to a later one: the later's statement list encloses the first, unless the first's branch is left. */
function flowsTo(from: SyntaxNode, to: SyntaxNode, facts: FunctionFacts): boolean {
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
const reassignedBetween = (facts: FunctionFacts, name: string, from: number, to: number): boolean =>
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
      call.args.some((arg) => compact(arg, facts) === `&${name}`),
  );

const freedBy = (call: Call, facts: FunctionFacts): string | undefined => {
  const [first] = call.args;
  if (!first || !FREE.test(call.name)) return undefined;
  const inner = first.type === 'cast_expression' ? childOf(first, 'value') : first;
  const text = compact(inner, facts);
  return /^[\w]+((->|\.)\w+)*$/.test(text) ? text : undefined;
};

const doubleFree: FunctionRule = {
  id: 'c/double-free',
  cwe: ['CWE-415'],
  severity: 'high',
  confidence: 0.8,
  message: 'the same memory is freed a second time',
  find(facts) {
    const freed = facts.calls.flatMap((call) => {
      const pointer = freedBy(call, facts);
      return pointer ? [{ pointer, node: call.node }] : [];
    });
    return freed
      .filter((later, index) =>
        freed
          .slice(0, index)
          .some(
            (earlier) =>
              earlier.pointer === later.pointer &&
              flowsTo(earlier.node, later.node, facts) &&
              !sameLoopTurn(earlier.node, later.node) &&
              !reassignedBetween(facts, later.pointer, earlier.node.start, later.node.start),
          ),
      )
      .map((later) => later.node);
  },
};
const sameLoopTurn = (a: SyntaxNode, b: SyntaxNode): boolean => {
  const loop = ancestorOf(a, (at) => /^(for|while|do)_statement$/.test(at.type));
  return loop !== undefined && !(loop.start <= b.start && b.end <= loop.end);
};

const useAfterFree: FunctionRule = {
  id: 'c/use-after-free',
  cwe: ['CWE-416'],
  severity: 'high',
  confidence: 0.75,
  message: 'memory is used after it was freed',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      const pointer = freedBy(call, facts);
      if (!pointer) continue;
      const used = facts.dereferences.find(
        (use) =>
          use.pointer === pointer &&
          flowsTo(call.node, use.node, facts) &&
          !sameLoopTurn(call.node, use.node) &&
          !reassignedBetween(facts, pointer, call.node.start, use.node.start),
      );
      const passed = facts.calls.find(
        (later) =>
          !FREE.test(later.name) &&
          later.node.start > call.node.end &&
          /^(mem\w+|str\w+|printf|fprintf|puts|write|send|fwrite|log\w*|syslog)$/.test(
            later.name,
          ) &&
          later.args.some((arg) => compact(arg, facts) === pointer) &&
          flowsTo(call.node, later.node, facts) &&
          !reassignedBetween(facts, pointer, call.node.start, later.node.start),
      );
      const returned = facts.returns.find(
        (node) =>
          compact(namedChildren(node)[0], facts) === pointer &&
          flowsTo(call.node, node, facts) &&
          !reassignedBetween(facts, pointer, call.node.start, node.start),
      );
      const node = used?.node ?? passed?.node ?? returned ?? nextTurn(call.node, pointer, facts);
      if (node) hits.push({ node });
    }
    return hits;
  },
};

/** `for (…; p; p = p->next) free(p);`: the step of the loop runs after its body. */
function nextTurn(
  freed: SyntaxNode,
  pointer: string,
  facts: FunctionFacts,
): SyntaxNode | undefined {
  const loop = ancestorOf(freed, (at) => at.type === 'for_statement');
  const update = loop && childOf(loop, 'update');
  const condition = loop && childOf(loop, 'condition');
  if (!loop || !update || reassignedBetween(facts, pointer, freed.start, loop.end))
    return undefined;
  return facts.dereferences.find(
    ({ node, pointer: used }) =>
      used === pointer &&
      [update, condition].some((part) => part && part.start <= node.start && node.end <= part.end),
  )?.node;
}

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
        const pointer = freedBy(call, facts);
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

const ALLOCATES =
  /^(malloc|calloc|realloc|strdup|strndup|fopen|fdopen|opendir|popen|kmalloc|kzalloc|kcalloc|kstrdup|kmemdup|vmalloc|av_malloc\w*|av_mallocz\w*|mmap|getenv|strchr|strrchr|strstr|OPENSSL_malloc|gethostbyname|getpwnam|getpwuid|localtime|gmtime|BN_new|EVP_\w+_new|dev_alloc\w*|alloc_\w+|devm_k\w+alloc|jas_malloc|gf_malloc|AcquireMagickMemory|AcquireQuantumMemory)$/;
const uncheckedResult: FunctionRule = {
  id: 'c/unchecked-allocation',
  cwe: ['CWE-690', 'CWE-476'],
  severity: 'medium',
  confidence: 0.7,
  message: 'a call that may return NULL is used without a check',
  find(facts) {
    const hits: Hit[] = facts.calls
      .filter((call) => TEXT_USE.test(call.name) && call.args.some((arg) => searched(arg, facts)))
      .map((call) => ({ node: call.node }));
    for (const given of facts.assignments) {
      const value =
        given.value.type === 'cast_expression' ? childOf(given.value, 'value') : given.value;
      const call =
        value?.type === 'call_expression'
          ? facts.calls.find((one) => one.node === value)
          : undefined;
      if (!call || !ALLOCATES.test(call.name) || /GFP_NOFAIL|xmalloc/.test(facts.text(call.node)))
        continue;
      const use = firstUse(facts, given.target, given.node.end);
      if (!use) continue;
      const checked =
        facts.conditions.some(
          (condition) =>
            condition.node.start >= given.node.start &&
            condition.node.start < use.end &&
            mentions(condition.names, given.target),
        ) || insideCondition(given.node);
      if (!checked && !reassignedBetween(facts, given.target, given.node.end, use.start))
        hits.push({ node: use });
    }
    return hits;
  },
};
const TEXT_USE =
  /^(mem(cpy|move|cmp|chr)|str(cpy|cat|ncpy|len|cmp|ncmp|chr|dup|str|tol|toul)|atoi|atol|puts|fputs)$/;
/** `strchr(s, c) + 1`: the search may have found nothing. */
const searched = (arg: SyntaxNode, facts: FunctionFacts): boolean =>
  arg.type === 'binary_expression' &&
  namedChildren(arg).some(
    (side) =>
      side.type === 'call_expression' &&
      /^(strchr|strrchr|strstr|memchr|strpbrk)$/.test(facts.text(childOf(side, 'function'))),
  );
const mentions = (names: ReadonlySet<string>, target: string): boolean => names.has(target);
const insideCondition = (node: SyntaxNode): boolean =>
  ancestorOf(node, (at) => at.field === 'condition' || at.type === 'condition_clause') !==
  undefined;
/** `char *p` where a macro made the parser take it for a product. */
const isDeclared = (node: SyntaxNode, facts: FunctionFacts): boolean =>
  /\b(char|int|long|short|unsigned|const|struct \w+|\w+_t)\s*$/.test(
    facts.code.slice(Math.max(0, node.start - 40), node.start),
  );
function firstUse(facts: FunctionFacts, pointer: string, after: number): SyntaxNode | undefined {
  const direct = facts.dereferences
    .filter(
      (use) => use.pointer === pointer && use.node.start > after && !isDeclared(use.node, facts),
    )
    .map((use) => use.node);
  const passed = facts.calls
    .filter(
      (call) =>
        call.node.start > after &&
        /^(mem(cpy|set|move|cmp|chr)|str(cpy|cat|ncpy|len|cmp|chr|dup|str)|sprintf|snprintf|fread|fwrite|fgets|fprintf|fclose|fseek|ftell|readdir|closedir)$/.test(
          call.name,
        ) &&
        call.args.some((arg) => compact(arg, facts).replace(/\+\d+$/, '') === pointer),
    )
    .map((call) => call.node);
  return [...direct, ...passed].sort((a, b) => a.start - b.start)[0];
}

const checkedTooLate: FunctionRule = {
  id: 'c/null-check-after-use',
  cwe: ['CWE-476'],
  severity: 'medium',
  confidence: 0.7,
  message: 'the pointer is used first and compared with NULL afterwards',
  find(facts) {
    const hits: Hit[] = [];
    for (const condition of facts.conditions) {
      const tested =
        /^\(?\s*(?:!\s*([\w.>-]+)|([\w.>-]+)\s*[!=]=\s*(?:NULL|nullptr|0))\s*\)?$/.exec(
          condition.text,
        );
      const pointer = (tested?.[1] ?? tested?.[2] ?? '').replace(/\s+/g, '');
      if (!/^\w+((->|\.)\w+)*$/.test(pointer)) continue;
      const variable = facts.variables.get(pointer);
      if (variable && !variable.pointer) continue;
      if (!condition.leaves && !/!=/.test(condition.text)) continue;
      const use = facts.dereferences.find(
        (one) =>
          one.kind !== 'index' &&
          one.pointer === pointer &&
          one.node.end < condition.node.start &&
          flowsTo(one.node, condition.node, facts) &&
          !ancestorOf(one.node, (at) => at.type === 'sizeof_expression') &&
          !isGuarded(one.node, pointer, facts),
      );
      if (
        !use ||
        reassignedBetween(facts, pointer, use.node.start, condition.node.start) ||
        ancestorOf(condition.node, (at) => /^(for|while|do)_statement$/.test(at.type))
      )
        continue;
      hits.push({ node: use.node });
    }
    return hits;
  },
};
/** Inside a condition that already looks at the pointer: `p && p->x`, `if (p) { p->x }`. */
const isGuarded = (node: SyntaxNode, pointer: string, facts: FunctionFacts): boolean =>
  facts.conditions.some(
    (condition) =>
      condition.names.has(pointer) &&
      (condition.node.start <= node.start || condition.node.parent?.type === 'for_statement') &&
      condition.node.start < node.end &&
      (condition.node.end >= node.end ||
        (condition.node.parent !== null && condition.node.parent.end >= node.end) ||
        condition.leaves),
  );

const usedWhenNull: FunctionRule = {
  id: 'c/use-in-null-branch',
  cwe: ['CWE-476'],
  severity: 'high',
  confidence: 0.8,
  message: 'the pointer is used in the branch where it is NULL',
  find(facts) {
    return facts.conditions.flatMap((condition) => {
      const tested = /^\(\s*(?:!\s*([\w>-]+)|([\w>-]+)\s*==\s*(?:NULL|nullptr))\s*\)$/.exec(
        condition.text.trim(),
      );
      const pointer = tested?.[1] ?? tested?.[2];
      const branch =
        condition.node.parent?.type === 'if_statement'
          ? childOf(condition.node.parent, 'consequence')
          : undefined;
      if (!pointer || !branch) return [];
      const use = facts.dereferences.find(
        (one) =>
          one.pointer === pointer &&
          one.kind === 'arrow' &&
          one.node.start > branch.start &&
          one.node.end < branch.end,
      );
      return use && !reassignedBetween(facts, pointer, branch.start, use.node.start)
        ? [use.node]
        : [];
    });
  },
};

const uninitialised: FunctionRule = {
  id: 'c/uninitialised-variable',
  cwe: ['CWE-457'],
  severity: 'medium',
  confidence: 0.65,
  message: 'a variable is read before anything is written to it',
  find(facts) {
    const hits: Hit[] = [];
    for (const variable of facts.variables.values()) {
      if (
        variable.parameter ||
        variable.initialised ||
        variable.array !== undefined ||
        /\b(static|extern|auto|std|class|string|vector|struct|union|va_list|[A-Z]\w*[a-z]\w*)\b|::|_t\b/.test(
          variable.type,
        ) ||
        /^[A-Z]/.test(variable.type)
      )
        continue;
      if (!/\b(int|char|long|short|unsigned|float|double|bool)\b/.test(variable.type)) continue;
      const body = childOf(facts.node, 'body') ?? facts.node;
      let first: SyntaxNode | undefined;
      const look = (node: SyntaxNode): boolean =>
        someNode(node, (at) => {
          if (
            at.type !== 'identifier' ||
            facts.text(at) !== variable.name ||
            at.start <= variable.node.end
          )
            return false;
          first = at;
          return true;
        });
      look(body);
      if (
        !first ||
        !isPlainRead(first) ||
        filledByMacro(variable.name, facts) ||
        facts.assignments.some(
          (given) =>
            given.operator === '=' &&
            given.target === variable.name &&
            given.node.start < first!.end,
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

export const LIFETIME_RULES: readonly FunctionRule[] = [
  doubleFree,
  useAfterFree,
  danglingField,
  uncheckedResult,
  checkedTooLate,
  usedWhenNull,
  uninitialised,
  stackReturned,
  wrongFree,
  lostMemory,
  sizeofPointer,
];
