/** @file C: pointers that may be NULL where they are used. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import type { FunctionFacts } from './facts.ts';
import { compact, flowsTo, reassignedBetween } from './flow.ts';
import type { FunctionRule } from './rule.ts';
import { isKnown } from './rules-null-paths.ts';

const ALLOCATES =
  /^(malloc|calloc|realloc|strdup|strndup|fopen|fdopen|opendir|popen|kmalloc|kzalloc|kcalloc|kstrdup|kmemdup|vmalloc|av_malloc\w*|av_mallocz\w*|mmap|getenv|strchr|strrchr|strstr|OPENSSL_malloc|gethostbyname|getpwnam|getpwuid|localtime|gmtime|BN_new|EVP_\w+_new|dev_alloc\w*|alloc_(workqueue|skb\w*|netdev\w*|etherdev\w*|pages?|disk|hw\w*|percpu)|platform_get_resource(_byname)?|create_\w*workqueue|crypt|CloneImage|clist_new|devm_k\w+alloc|devm_ioremap\w*|ioremap\w*|devm_kstrdup|kasprintf|vzalloc|kmem_cache_z?alloc|skb_clone|skb_copy|nla_nest_start|usb_alloc_urb|usb_ifnum_to_if|usb_altnum_to_altsetting|dma_alloc_coherent|of_(find|match|get)_\w+|bus_find_device|av_(frame|packet|dict)_alloc|avcodec_find_\w+|avformat_new_stream|av_dict_get|BIO_new\w*|SSL_new|SSL_CTX_new|cJSON_GetObjectItem\w*|json_object_get|jas_malloc|gf_malloc|AcquireMagickMemory|AcquireQuantumMemory)$/;
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
        ) ||
        insideCondition(given.node) ||
        isKnown(given.target, use, facts);
      if (!checked && !reassignedBetween(facts, given.target, given.node.end, use.start))
        hits.push({ node: use, precision: SELDOM_NULL.test(call.name) ? 'low' : 'medium' });
    }
    return hits;
  },
};
/** Unchecked in much code that nobody ever mends: true, and seldom what is wrong with it. */
const SELDOM_NULL =
  /^(malloc|calloc|realloc|strn?dup|strchr|strrchr|strstr|Acquire(Magick|Quantum)Memory)$/;
const TEXT_USE =
  /^(mem(cpy|move|cmp|chr)|str(cpy|cat|ncpy|len|cmp|ncmp|chr|dup|str|tol|toul)|atoi|atol|puts|fputs)$/;
/** `strchr(s, c) + 1`: the search may have found nothing. */
const searched = (given: SyntaxNode, facts: FunctionFacts): boolean => {
  const arg = given.type === 'cast_expression' ? (childOf(given, 'value') ?? given) : given;
  return mayBeNull(arg, facts) || searchedFurther(arg, facts);
};
/** `strcmp(a, crypt(b, c))` */
const mayBeNull = (arg: SyntaxNode, facts: FunctionFacts): boolean =>
  arg.type === 'call_expression' && /^(crypt|getenv)$/.test(facts.text(childOf(arg, 'function')));
const searchedFurther = (arg: SyntaxNode, facts: FunctionFacts): boolean =>
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
          !isGuarded(one.node, pointer, facts) &&
          !isKnown(pointer, one.node, facts),
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

const uncheckedAttribute: FunctionRule = {
  id: 'c/unchecked-attribute',
  cwe: ['CWE-476'],
  severity: 'medium',
  confidence: 0.65,
  message: 'an attribute of a message may be absent; it is read without asking',
  find(facts) {
    return facts.calls
      .filter((call) => {
        const from = compact(call.args[0], facts);
        return (
          /^nla_(get_\w+|data|len|strlcpy|parse_nested)$/.test(call.name) &&
          /^(\w+->)?(attrs|tb|nla|tca|cda|data)\[\w+\]$/.test(from) &&
          !facts.conditions.some((condition) => condition.names.has(from))
        );
      })
      .map((call) => call.node);
  },
};

export const NULL_RULES: readonly FunctionRule[] = [
  uncheckedResult,
  checkedTooLate,
  usedWhenNull,
  uncheckedAttribute,
];
