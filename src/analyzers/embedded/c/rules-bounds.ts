/** @file C: writing and reading outside buffers, sizes that wrap, formats. */
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
  const given = lastAssignment(facts, target, position);
  const size = given ? facts.text(given.value) : '';
  if (/alloc|new\b|dup/i.test(size) && size.includes(`strlen(${source})`)) return true;
  // malloc(n) where n was computed from strlen(source)
  if (given && /alloc|new\b/i.test(size))
    for (const name of namesIn(given.value, facts.text)) {
      const length = lastAssignment(facts, name, given.node.start);
      if (length && facts.text(length.value).includes(`strlen(${source})`)) return true;
    }
  return facts.conditions.some(
    (condition) => condition.node.start < position && condition.text.includes(`strlen(${source})`),
  );
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
      } else if (/^(memcpy|memmove|bcopy)$/.test(call.name) && target && second && third) {
        // As strcpy, in other words: the length is the source's.
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

const ALLOCATION =
  /^(malloc|realloc|calloc|kmalloc|kzalloc|vmalloc|kvmalloc|xmalloc|xrealloc|g_malloc|g_realloc|g_malloc0|alloca|_alloca|emalloc|erealloc|av_malloc|av_realloc|av_mallocz|AcquireQuantumMemory|gf_malloc|palloc|zend_\w*alloc|mem_alloc|safe_malloc|OPENSSL_malloc|jas_malloc|jas_alloc|_TIFFmalloc|_aligned_malloc|opj_\w*alloc|AllocChunk|gd\w*alloc\w*|\w+_alloc)$/;
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
      const checksItself = /calloc|AcquireQuantum/.test(call.name);
      const size = checksItself
        ? call.args.find((arg) => arg.type === 'identifier' && productIn(arg, facts, arg.start))
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
      hits.push({ node: size });
    }
    return hits;
  },
};
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
        if (/^(strlen|wcslen)\s*\([^)]*\)(\s*\+\s*\d+)?$/.test(value)) return true;
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

export const BOUNDS_RULES: readonly FunctionRule[] = [
  unboundedCopy,
  uncheckedLength,
  uncheckedIndex,
  negativeIndex,
  offByOne,
  multiplicationOverflow,
  truncatedLength,
  formatString,
  shortAllocation,
  unboundedStack,
];
