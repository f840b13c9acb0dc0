/** @file C: copies and formatted texts longer than what they are written to. */
import type { Hit } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import { isConstant, isControlled } from './control.ts';
import {
  type Call,
  type FunctionFacts,
  lastAssignment,
  mentionedBefore,
  namesIn,
} from './facts.ts';
import { rangeOf } from './ranges.ts';
import type { FunctionRule } from './rule.ts';
import { base, FILLS, isString } from './shapes.ts';

/** A buffer that was made as long as `source` before this place. */
function sizedFor(facts: FunctionFacts, target: string, source: string, position: number): boolean {
  const length = `strlen(${plain(source)})`;
  const given = lastAssignment(facts, target, position);
  if (given && /alloc|new\b|dup|Acquire\w*Memory/i.test(facts.text(given.value)))
    if (computedFrom(given.value, length, facts, 2))
      // malloc(n) where n was computed from strlen(source), perhaps in steps.
      return true;
  // if (strlen(source) > room), or n = strlen(source) and if (n > room)
  const measured = facts.assignments.flatMap((one) =>
    one.node.start < position && plain(facts.text(one.value)).includes(length) ? one.target : [],
  );
  return facts.conditions.some(
    (condition) =>
      condition.node.start < position &&
      (plain(condition.text).includes(length) ||
        (/[<>]/.test(condition.text) && measured.some((name) => condition.names.has(name)))),
  );
}
/** How many elements a local array is declared with, as written. */
const declaredLength = (text: string, facts: FunctionFacts): string | undefined => {
  const variable = facts.variables.get(base(text));
  return variable && !variable.parameter ? variable.array?.replace(/\s+/g, '') : undefined;
};
/**
 * A text that is short by what it is: the same member of another structure, an array of the same length, a text that was cut
 * (`s[n] = '\\0'`), the kernel's name of a task.
 */
function fitsByKind(
  target: SyntaxNode,
  source: SyntaxNode,
  position: number,
  facts: FunctionFacts,
): boolean {
  const [to, from] = [target, source].map((node) => facts.text(node).replace(/\s+/g, ''));
  if (/(^|->)current->comm$/.test(from!)) return true;
  const member = (text: string): string | undefined => /(?:->|\.)(\w+)$/.exec(text)?.[1];
  if (member(to!) !== undefined && member(to!) === member(from!)) return true;
  const length = declaredLength(to!, facts);
  if (length && /^\w+$/.test(from!) && length === declaredLength(from!, facts)) return true;
  return facts.assignments.some(
    (given) =>
      given.node.end < position &&
      /^('\\0'|0)$/.test(facts.text(given.value)) &&
      given.target.startsWith(`${from}[`) &&
      !given.target.endsWith('[0]'),
  );
}
/** All texts read out of an array are put into arrays as long as it is. */
function textsFit(
  source: SyntaxNode,
  targets: readonly SyntaxNode[],
  facts: FunctionFacts,
): boolean {
  const length = declaredLength(facts.text(source), facts);
  const texts = targets.filter((arg) => arg.type !== 'pointer_expression');
  return Boolean(length) && texts.every((arg) => declaredLength(facts.text(arg), facts) === length);
}
/** Without casts to character pointers and white space: "strlen((const char *) s)" is "strlen(s)". */
const plain = (text: string): string =>
  text
    .replace(/\(\s*(const\s+)?(unsigned\s+|signed\s+)?\w*char\s*\*+\s*\)|\s+/g, '')
    // What `*p++` copies is what `strlen(*p)` measured.
    .replace(/(\w)\+\+$/, '$1');
function computedFrom(
  value: SyntaxNode,
  length: string,
  facts: FunctionFacts,
  steps: number,
): boolean {
  if (plain(facts.text(value)).includes(length)) return true;
  if (steps === 0) return false;
  return [...namesIn(value, facts.text)].some((name) => {
    const given = lastAssignment(facts, name, value.start);
    return given !== undefined && computedFrom(given.value, length, facts, steps - 1);
  });
}
const unboundedCopy: FunctionRule = {
  id: 'c/unbounded-copy',
  cwe: ['CWE-120', 'CWE-787', 'CWE-121'],
  severity: 'high',
  confidence: 0.8,
  message:
    'text of any length is copied into a buffer of fixed length; use a bounded copy and check the length',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      const [target, second, third] = call.args;
      if (/^(gets|_getws)$/.test(call.name))
        hits.push({ node: call.node, cwe: ['CWE-242', 'CWE-120'], confidence: 0.95 });
      else if (
        /^(strcpy|strcat|stpcpy|wcscpy|wcscat|lstrcpy\w?|_mbscpy|StrCpy)$/.test(call.name) &&
        target &&
        second
      ) {
        if (isString(second) || /^[A-Z_0-9]+$/.test(facts.text(second))) continue;
        if (sizedFor(facts, base(facts.text(target)), facts.text(second), call.node.start))
          continue;
        if (second.type === 'conditional_expression' && !isControlled(second, facts)) continue;
        if (fitsByKind(target, second, call.node.start, facts)) continue;
        hits.push({ node: call.node });
      } else if (
        /^(sprintf|vsprintf|swprintf|wsprintf\w?)$/.test(call.name) &&
        target &&
        isString(second)
      ) {
        const format = facts.text(second);
        if (!/%-?\d*s/.test(format)) continue;
        const strings = call.args
          .slice(2)
          .filter(
            (arg) =>
              !isString(arg) &&
              !/^[A-Z_0-9]+$/.test(facts.text(arg)) &&
              arg.type !== 'number_literal' &&
              arg.type !== 'conditional_expression',
          );
        if (
          strings.length === 0 ||
          strings.some((arg) =>
            sizedFor(facts, base(facts.text(target)), facts.text(arg), call.node.start),
          )
        )
          continue;
        hits.push({ node: call.node, confidence: 0.7 });
      } else if (/^(memcpy|bcopy)$/.test(call.name) && target && second && third) {
        // As strcpy, in other words: the length is the source's. (memmove mostly shifts a text within its own buffer.)
        const source = facts.text(second).replace(/\s/g, '');
        if (!facts.text(third).replace(/\s/g, '').startsWith(`strlen(${source})`)) continue;
        if (sizedFor(facts, base(facts.text(target)), facts.text(second), call.node.start))
          continue;
        hits.push({ node: call.node });
      } else if (/^(scanf|fscanf|sscanf)$/.test(call.name)) {
        const format = call.name === 'scanf' ? target : second;
        if (
          isString(format) &&
          /%(l|h)?(s|\[)/.test(facts.text(format)) &&
          !(call.name === 'sscanf' && target && textsFit(target, call.args.slice(2), facts))
        )
          hits.push({ node: call.node });
      } else if (
        call.name === 'strncpy' &&
        third &&
        second &&
        facts
          .text(third)
          .replace(/\s/g, '')
          .startsWith(`strlen(${facts.text(second)})`)
      ) {
        hits.push({
          node: call.node,
          message: 'the bound of the copy is the length of its source, not the size of its target',
        });
      } else if (
        call.name === 'strncat' &&
        third &&
        target &&
        /^sizeof\s*\(?\w+\)?$/.test(facts.text(third).trim()) &&
        facts.text(third).includes(base(facts.text(target)))
      ) {
        hits.push({
          node: call.node,
          message: 'strncat is told the whole size of its target, not the room that is left',
          cwe: ['CWE-193', 'CWE-787'],
        });
      }
    }
    return hits;
  },
};
const COPY =
  /^(memcpy|memmove|bcopy|copy_from_user|wmemcpy|CopyMemory|RtlCopyMemory|strncpy|read|recv|fread|recvfrom|memset|__builtin_memcpy|g_memmove)$/;
const lengthOf = (call: Call): SyntaxNode | undefined => call.args[2];
const targetOf = (call: Call): SyntaxNode | undefined =>
  call.args[/^(read|recv|recvfrom|bcopy)$/.test(call.name) ? 1 : 0];
export const BOUNDED =
  /\b(min|MIN|MINIMUM|sizeof|min_t|MIN_T|Min|FFMIN|RTE_MIN|G_MIN|strnlen|umin|imin|CLAMP|clamp)\b/;
const uncheckedLength: FunctionRule = {
  id: 'c/unchecked-copy-length',
  cwe: ['CWE-787', 'CWE-120', 'CWE-125'],
  severity: 'high',
  confidence: 0.7,
  message: 'the length of a copy comes from outside and is compared with nothing before',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      if (!COPY.test(call.name)) continue;
      const length = lengthOf(call);
      const target = targetOf(call);
      if (
        !length ||
        !target ||
        isConstant(length, facts) ||
        BOUNDED.test(facts.text(length)) ||
        /strlen/.test(facts.text(length))
      )
        continue;
      const names = namesIn(length, facts.text);
      const local = facts.variables.get(base(facts.text(target)));
      const fixed =
        local !== undefined && local.array !== undefined && !local.parameter && local.array !== '';
      if (!fixed || !isControlled(length, facts)) continue;
      const range = rangeOf(length, facts);
      // A 16-bit length into 64 KiB.
      if (range.bounded || range.high <= Number(local.array)) continue;
      if (comparedBefore(facts, names, call.node.start)) continue;
      if (
        [...names].some((name) =>
          BOUNDED.test(facts.text(lastAssignment(facts, name, call.node.start)?.value)),
        )
      )
        continue;
      // What is passed in, callers often look at; what was read here, nobody else can have.
      const passed = [...names].every(
        (name) =>
          facts.variables.get(name)?.parameter && !lastAssignment(facts, name, length.start),
      );
      hits.push({ node: call.node, precision: passed ? 'low' : 'medium' });
    }
    return hits;
  },
};
const offsetForgotten: FunctionRule = {
  id: 'c/offset-not-subtracted',
  cwe: ['CWE-787', 'CWE-131'],
  severity: 'high',
  confidence: 0.8,
  message: 'writing begins inside the array, but the bound is the size of the whole array',
  find(facts) {
    return facts.calls
      .filter((call) => {
        const [at, bound] = FILLS.get(call.name) ?? [];
        const target = at === undefined ? undefined : call.args[at];
        const size = bound === undefined ? undefined : call.args[bound];
        const into =
          /^&?\s*(\w+)\s*(?:\+\s*(\w+)|\[\s*(\w+)\s*\])$/.exec(facts.text(target).trim()) ?? [];
        const array = facts.variables.get(into[1] ?? '');
        if (!array || array.array === undefined || array.array === '' || !size) return false;
        const text = facts.text(size).replace(/\s+/g, '');
        const offset = into[2] ?? into[3] ?? '0';
        return (
          offset !== '0' &&
          new RegExp(
            `^(sizeof\\(?${array.name}\\)?|${array.array.replace(/\W/g, '\\$&')})(-1)?$`,
          ).test(text)
        );
      })
      .map((call) => call.node);
  },
};
/** In a branch, a loop or an assertion; `long ? a : b` keeps nothing from being long. */
const comparedBefore = (
  facts: FunctionFacts,
  names: ReadonlySet<string>,
  position: number,
): boolean =>
  mentionedBefore(facts, names, position, (place) => place !== 'conditional_expression');

export const COPY_RULES: readonly FunctionRule[] = [
  unboundedCopy,
  uncheckedLength,
  offsetForgotten,
];
