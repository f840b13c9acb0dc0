/** @file C: memory that is freed twice or used after it was freed. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import type { Call, FunctionFacts } from './facts.ts';
import { compact, flowsTo, reassignedBetween } from './flow.ts';
import type { FunctionRule } from './rule.ts';

export const FREE =
  /^(free|kfree|vfree|kvfree|g_free|xfree|efree|av_free|delete|OPENSSL_free|sk_free|kfree_skb|dev_kfree_skb|BIO_free|EVP_PKEY_free|X509_free|gf_free|cfree|zfree|Py_DECREF)$/;
export const freedBy = (call: Call, facts: FunctionFacts): string | undefined => {
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
        // Hooks of the kernel's security modules end what the module has added, and no more.
        call.name.startsWith('security_') ||
        // `key->type->destroy(key)` ends what a kind of key holds.
        call.name.startsWith(`${pointer}->`) ||
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
/** `x_free(p); … goto fail; … fail: x_free(p);` */
const freedAtLabel: FunctionRule = {
  id: 'c/freed-again-at-label',
  cwe: ['CWE-415', 'CWE-416'],
  severity: 'high',
  confidence: 0.7,
  message: 'a jump leads from behind the call that ends this thing to one that ends it again',
  find(facts) {
    const { jumps } = facts;
    if (jumps.length === 0) return [];
    const labels = new Map(
      facts.labels.map((label) => [facts.text(childOf(label, 'label')), label]),
    );
    const ends = facts.calls.flatMap((call) => {
      const pointer = call.args.length === 1 ? compact(call.args[0], facts) : '';
      return (FREE.test(call.name) || ENDS.test(call.name)) &&
        /^\w+((->|\.)\w+)*$/.test(pointer) &&
        call.node.parent?.type === 'expression_statement'
        ? [{ name: call.name, pointer, node: call.node }]
        : [];
    });
    return ends
      .filter((second) =>
        ends.some(
          (first) =>
            first.name === second.name &&
            first.pointer === second.pointer &&
            first.node.end < second.node.start &&
            jumps.some((jump) => {
              const label = labels.get(facts.text(childOf(jump, 'label')));
              return (
                label !== undefined &&
                first.node.end < jump.start &&
                jump.end < label.start &&
                label.start <= second.node.start &&
                flowsTo(first.node, jump, facts) &&
                !reassignedBetween(facts, second.pointer, first.node.end, jump.start) &&
                !reassignedBetween(facts, second.pointer, label.start, second.node.start)
              );
            }),
        ),
      )
      .map(({ node }) => node);
  },
};
const ENDS = /^\w+_(free|destroy|put|release|unref|delete)$/;
export const FREE_RULES: readonly FunctionRule[] = [
  doubleFree,
  useAfterFree,
  usedAfterRelease,
  freedAtLabel,
];
