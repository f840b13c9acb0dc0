/** @file C: writing and reading outside buffers, and formats. Sizes stand in rules-sizes.ts. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import {
  type Call,
  checkedBefore,
  type FunctionFacts,
  isConstant,
  isControlled,
  lastAssignment,
  namesIn,
} from './facts.ts';
import type { FunctionRule } from './rule.ts';

const isString = (node: SyntaxNode | undefined): boolean =>
  node !== undefined && /^(string_literal|concatenated_string|raw_string_literal)$/.test(node.type);
const base = (text: string): string =>
  text.replace(/^[&(*\s]+|[)\s]+$/g, '').replace(/\s*[[+].*$/, '');

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
/** Without casts to character pointers and white space: "strlen((const char *) s)" is "strlen(s)". */
const plain = (text: string): string =>
  text.replace(/\(\s*(const\s+)?(unsigned\s+|signed\s+)?\w*char\s*\*+\s*\)|\s+/g, '');
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
        if (isString(format) && /%(l|h)?(s|\[)/.test(facts.text(format)))
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
const lengthOf = (call: Call): SyntaxNode | undefined =>
  /^fread$/.test(call.name) ? call.args[2] : call.args[2];
const targetOf = (call: Call): SyntaxNode | undefined =>
  call.args[/^(read|recv|recvfrom|bcopy)$/.test(call.name) ? 1 : 0];
const BOUNDED =
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
      if (!fixed || !isControlled(length, facts) || checkedBefore(facts, names, call.node.start))
        continue;
      if (
        [...names].some((name) =>
          BOUNDED.test(facts.text(lastAssignment(facts, name, call.node.start)?.value)),
        )
      )
        continue;
      hits.push({ node: call.node });
    }
    return hits;
  },
};

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
      });
    }
    return hits;
  },
};
const isWritten = (node: SyntaxNode): boolean =>
  node.parent?.type === 'assignment_expression' && node.field === 'left';

const negativeIndex: FunctionRule = {
  id: 'c/negative-index',
  cwe: ['CWE-125', 'CWE-129', 'CWE-787'],
  severity: 'medium',
  confidence: 0.6,
  precision: 'low',
  message: 'a signed index is compared with its upper bound only; a negative one passes',
  find(facts) {
    return facts.subscripts.filter((subscript) => {
      const list = childOf(subscript, 'indices');
      const index = list ? namedChildren(list)[0] : undefined;
      const name = index?.type === 'identifier' ? facts.text(index) : '';
      const variable = facts.variables.get(name);
      if (
        !variable?.parameter ||
        variable.pointer ||
        !/^(const )?(int|long|short|ssize_t|int32_t|int64_t|ptrdiff_t)$/.test(variable.type)
      )
        return false;
      if (lastAssignment(facts, name, subscript.start)) return false;
      const about = facts.conditions.filter(
        (one) => one.node.start < subscript.start && one.names.has(name),
      );
      const above = about.some((one) =>
        new RegExp(`\\b${name}\\s*(<|>=|>)\\s*[A-Za-z_]`).test(one.text),
      );
      const below = about.some((one) =>
        new RegExp(
          `\\b${name}\\s*(<|>=|>|<=|==|!=)\\s*-?[01]\\b|[01]\\s*(<=|<|>)\\s*${name}\\b|\\(\\s*(unsigned|size_t|uint)[^)]*\\)\\s*${name}`,
        ).test(one.text),
      );
      return above && !below;
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

const FORMAT_AT: Readonly<Record<string, number>> = {
  printf: 0,
  vprintf: 0,
  fprintf: 1,
  vfprintf: 1,
  sprintf: 1,
  vsprintf: 1,
  snprintf: 2,
  vsnprintf: 2,
  syslog: 1,
  dprintf: 1,
  err: 1,
  errx: 1,
  warn: 0,
  warnx: 0,
  g_print: 0,
  wprintf: 0,
  asprintf: 1,
  printk: 0,
};
const formatString: FunctionRule = {
  id: 'c/format-string',
  cwe: ['CWE-134'],
  severity: 'high',
  confidence: 0.85,
  message: 'the format comes from outside; print the text with "%s"',
  find(facts) {
    return facts.calls.flatMap((call) => {
      const at = FORMAT_AT[call.name];
      const format = at === undefined ? undefined : call.args[at];
      if (!format || at === undefined || isString(format) || call.args.length > at + 1) return [];
      if (
        !/^(identifier|field_expression|subscript_expression|call_expression|pointer_expression|cast_expression)$/.test(
          format.type,
        )
      )
        return [];
      if (
        /^[A-Z_][A-Z0-9_]*$/.test(facts.text(format)) ||
        /^(_|gettext|ngettext)\s*\(\s*"/.test(facts.text(format)) ||
        /^v/.test(call.name)
      )
        return [];
      const given =
        format.type === 'identifier'
          ? lastAssignment(facts, facts.text(format), format.start)
          : undefined;
      return given && isString(given.value) ? [] : [format];
    });
  },
};

export const BOUNDS_RULES: readonly FunctionRule[] = [
  unboundedCopy,
  uncheckedLength,
  uncheckedIndex,
  negativeIndex,
  offByOne,
  formatString,
];
