/** @file C: freed, uninitialised and vanished memory. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { type Call, type FunctionFacts, namesIn } from './facts.ts';
import { compact, flowsTo, reassignedBetween } from './flow.ts';
import type { FunctionRule } from './rule.ts';

const FREE =
  /^(free|kfree|vfree|kvfree|g_free|xfree|efree|av_free|delete|OPENSSL_free|sk_free|kfree_skb|dev_kfree_skb|BIO_free|EVP_PKEY_free|X509_free|gf_free|cfree|zfree|Py_DECREF)$/;

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

/** Functions that end a thing by their name: jas_tvparser_destroy, DestroyImageInfo, cifs_small_buf_release, delete. */
const RELEASES =
  /^(\w+_)?(free|destroy|delete|dispose|buf_release)$|^(Destroy|Free|Delete|Dispose)[A-Z]\w*$|^\w+_(Free|Destroy|Delete)$/;
const VAGUE = /^(buf|buffer|obj|object|mem|memory|ptr|data|item|node)$/i;
/**
 * `sc_file_free(file)` ends a `struct sc_file`; `DestroyBlob(image)` ends a part of an Image, and av_dict_free(options) what
 * a pointer to a pointer leads to.
 */
function endsItself(name: string, pointer: string, facts: FunctionFacts): boolean {
  const noun = name
    .replace(/^[\w>.-]+->/, '')
    .replace(/_?(free|destroy|delete|dispose|release)$|^(Destroy|Free|Delete|Dispose)/i, '')
    .split('_')
    .at(-1)!;
  const variable = facts.variables.get(pointer);
  if (!variable || noun === '' || name === 'delete') return true;
  if (/\*\s*\*/.test(facts.text(variable.node))) return false;
  return VAGUE.test(noun) || variable.type.toLowerCase().includes(noun.toLowerCase());
}
const usedAfterRelease: FunctionRule = {
  id: 'c/use-after-release',
  cwe: ['CWE-416'],
  severity: 'high',
  confidence: 0.65,
  message: 'a thing is used after the function that ends it was called',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      const pointer = call.args.length === 1 ? compact(call.args[0], facts) : '';
      if (
        !RELEASES.test(call.name.replace(/^[\w>.-]+->/, '')) ||
        (FREE.test(call.name) && call.name !== 'delete') ||
        !/^\w+((->|\.)\w+)*$/.test(pointer) ||
        // x = DestroyX(x)
        call.node.parent?.type !==
          (call.name === 'delete' ? call.node.parent?.type : 'expression_statement')
      )
        continue;
      if (!endsItself(call.name, pointer, facts)) continue;
      const later = (node: SyntaxNode): boolean =>
        flowsTo(call.node, node, facts) &&
        !sameLoopTurn(call.node, node) &&
        !reassignedBetween(facts, pointer, call.node.start, node.start);
      const use =
        facts.dereferences.find((one) => one.pointer === pointer && later(one.node))?.node ??
        facts.calls.find(
          (one) =>
            one.args.some((arg) => compact(arg, facts) === pointer) &&
            !/free|destroy|release|delete|put|^[A-Z_]+$/i.test(one.name) &&
            later(one.node),
        )?.node;
      if (use) hits.push({ node: use });
    }
    return hits;
  },
};

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

export const LIFETIME_RULES: readonly FunctionRule[] = [
  doubleFree,
  useAfterFree,
  danglingField,
  usedAfterRelease,
  staleAlias,
  uninitialised,
  stackReturned,
  wrongFree,
  lostMemory,
  sizeofPointer,
];
