/**
 * @file C: the interval a value lies in where it is used, and what bounds it by name. From types, masks, remainders, minima,
 * constants, and the conditions on the way (path-conditions.ts). Ours: intervals without widening, one definition back per
 * name; a bound that is not a number counts as a bound and nothing more.
 */
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { type FunctionFacts, lastAssignment } from './facts.ts';
import { compact, flowsTo } from './flow.ts';
import { changes, type Known, knownAt, MIRRORED, type Operator } from './path-conditions.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
  /** Kept below (above) something, number or not. */
  readonly bounded: boolean;
  readonly floored: boolean;
}

const WIDE = Number.POSITIVE_INFINITY;
const anything: Range = { low: -WIDE, high: WIDE, bounded: false, floored: false };
const exactly = (value: number): Range => ({
  low: value,
  high: value,
  bounded: true,
  floored: true,
});
const within = (low: number, high: number): Range => ({ low, high, bounded: true, floored: true });

const isUnsigned = (type: string): boolean =>
  /\b(unsigned|size_t|u?int(8|16|32|64)_t|u_?int\w*|u(8|16|32|64)|__u\w+|guint\w*|gsize|UINT\w*|DWORD|ULONG|WORD|BYTE|byte|uchar|u_char|ut(8|16|32|64)|uint\w*|ulong)\b/.test(
    type,
  ) && !/\b(int(8|16|32|64)_t)\b/.test(type.replace(/\bu\w+/g, ''));

function rangeOfType(type: string): Range {
  if (/\b(bool|_Bool|gboolean|BOOL)\b/.test(type)) return within(0, 1);
  if (
    /\b(uint8_t|u8|__u8|guint8|BYTE|byte|ut8|UINT8|uint8|unsigned char|u_char|uchar)\b/.test(type)
  )
    return within(0, 255);
  if (
    /\b(uint16_t|u16|__u16|guint16|ut16|UINT16|uint16|unsigned short|ushort|u_short|WORD)\b/.test(
      type,
    )
  )
    return { low: 0, high: 65535, bounded: false, floored: true };
  if (isUnsigned(type)) return { low: 0, high: WIDE, bounded: false, floored: true };
  return anything;
}

const MINIMUM =
  /^(std::)?(min|MIN|min_t|FFMIN\d?|MagickMin|RTE_MIN|G_MIN|Min|umin|imin|JAS_MIN|R_MIN)(<.*>)?$/;
const CLAMP = /^(std::)?(clamp|CLAMP|av_clip\w*|clamp_t|clamp_val|MagickClamp|constrain)$/i;

export function numberOf(node: SyntaxNode, facts: FunctionFacts): number | undefined {
  const text = facts.text(node).replace(/[uUlL]+$/, '');
  if (node.type === 'number_literal') {
    const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
    return Number.isNaN(value) ? undefined : value;
  }
  if (node.type === 'char_literal') return text.length === 3 ? text.charCodeAt(1) : undefined;
  if (node.type === 'sizeof_expression') {
    const name = /(\w+)\)?$/.exec(text)?.[1] ?? '';
    const variable = facts.variables.get(name);
    const length = Number(variable?.array || Number.NaN);
    return variable && !variable.pointer && /\b(char|u?int8_t|u8|BYTE|ut8)\b/.test(variable.type)
      ? length || undefined
      : undefined;
  }
  return KNOWN_CONSTANTS[text];
}
const KNOWN_CONSTANTS: Readonly<Record<string, number>> = {
  INET_ADDRSTRLEN: 16,
  INET6_ADDRSTRLEN: 46,
  PATH_MAX: 4096,
  BUFSIZ: 8192,
  UCHAR_MAX: 255,
  USHRT_MAX: 65535,
  INT_MAX: 2147483647,
  UINT_MAX: 4294967295,
};

export function rangeOf(node: SyntaxNode, facts: FunctionFacts, depth = 3): Range {
  const value = numberOf(node, facts);
  if (value !== undefined) return exactly(value);
  switch (node.type) {
    case 'parenthesized_expression': {
      const inner = namedChildren(node)[0];
      return inner ? rangeOf(inner, facts, depth) : anything;
    }
    case 'cast_expression': {
      const inner = childOf(node, 'value');
      const range = inner ? rangeOf(inner, facts, depth) : anything;
      const cast = rangeOfType(facts.text(childOf(node, 'type')));
      if (range.low >= cast.low && range.high <= cast.high) return range;
      return { ...cast, bounded: cast.bounded || range.bounded };
    }
    case 'conditional_expression': {
      const [then, otherwise] = (['consequence', 'alternative'] as const).map((side) => {
        const part = childOf(node, side);
        return part ? rangeOf(part, facts, depth) : anything;
      });
      return either(then!, otherwise!);
    }
    case 'binary_expression':
      return ofOperation(node, facts, depth);
    case 'call_expression':
      return ofCall(node, facts, depth);
    case 'identifier':
    case 'field_expression':
      return ofName(node, facts, depth);
    case 'assignment_expression': {
      const right = childOf(node, 'right');
      return right ? rangeOf(right, facts, depth) : anything;
    }
    case 'sizeof_expression':
      return { ...anything, low: 0, bounded: true, floored: true };
    default:
      return anything;
  }
}

const either = (a: Range, b: Range): Range => ({
  low: Math.min(a.low, b.low),
  high: Math.max(a.high, b.high),
  bounded: a.bounded && b.bounded,
  floored: a.floored && b.floored,
});

function ofOperation(node: SyntaxNode, facts: FunctionFacts, depth: number): Range {
  const operator = facts.text(childOf(node, 'operator'));
  const sides = (['left', 'right'] as const).map((side) => childOf(node, side));
  if (!sides[0] || !sides[1]) return anything;
  const [a, b] = sides.map((side) => rangeOf(side!, facts, depth)) as [Range, Range];
  switch (operator) {
    case '&': {
      const mask = [a, b].find((side) => side.low === side.high && side.low >= 0);
      if (mask) return within(0, mask.high);
      // A mask by name is a mask.
      return { low: 0, high: WIDE, bounded: true, floored: true };
    }
    case '%':
      return b.low === b.high && b.high > 0
        ? { low: a.floored ? 0 : 1 - b.high, high: b.high - 1, bounded: true, floored: a.floored }
        : { low: a.floored ? 0 : -WIDE, high: WIDE, bounded: true, floored: a.floored };
    case '+':
      return {
        low: a.low + b.low,
        high: a.high + b.high,
        bounded: a.bounded && b.bounded,
        floored: a.floored && b.floored,
      };
    case '-':
      return { low: a.low - b.high, high: a.high - b.low, bounded: a.bounded, floored: false };
    case '*':
      return a.low >= 0 && b.low >= 0
        ? {
            low: a.low * b.low,
            high: a.high === 0 || b.high === 0 ? 0 : a.high * b.high,
            bounded: a.bounded && b.bounded,
            floored: true,
          }
        : { ...anything, bounded: a.bounded && b.bounded };
    case '/':
    case '>>':
      return {
        low: a.low >= 0 ? 0 : -WIDE,
        high: a.high,
        bounded: a.bounded || operator === '>>',
        floored: a.floored,
      };
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '&&':
    case '||':
      return within(0, 1);
    default:
      return { ...anything, bounded: a.bounded && b.bounded };
  }
}

function ofCall(node: SyntaxNode, facts: FunctionFacts, depth: number): Range {
  const name = facts.text(childOf(node, 'function')).replace(/\s+/g, '');
  const args = namedChildren(childOf(node, 'arguments') ?? node);
  if (MINIMUM.test(name)) {
    const ranges = args.map((arg) => rangeOf(arg, facts, depth));
    return {
      low: Math.min(...ranges.map((one) => one.low)),
      high: Math.min(...ranges.map((one) => one.high)),
      bounded: true,
      floored: ranges.every((one) => one.floored),
    };
  }
  if (name === 'getpid')
    return { ...anything, low: 0, high: 4_194_304, bounded: true, floored: true };
  if (CLAMP.test(name)) return { ...anything, bounded: true, floored: true };
  if (/^(abs|labs|llabs)$/.test(name)) return { ...anything, low: 0, floored: true };
  if (/^(strlen|wcslen|strnlen|sizeof)$/.test(name))
    return { low: 0, high: WIDE, bounded: name === 'strnlen', floored: true };
  return anything;
}

function ofName(node: SyntaxNode, facts: FunctionFacts, depth: number): Range {
  const name = compact(node, facts);
  if (/^[A-Z_][A-Z0-9_]*$/.test(name)) return { ...anything, low: 0, bounded: true, floored: true };
  const variable = facts.variables.get(name);
  let range = rangeOfType(variable?.type ?? '');
  if (depth > 0) {
    const given = lastAssignment(facts, name, node.start);
    const stepped = changes(facts)
      .get(name)
      ?.some((at) => at > (given?.node.end ?? 0) && at < node.start);
    if (
      given &&
      given.operator === '=' &&
      !stepped &&
      flowsTo(given.node, node, facts) &&
      given.value.end < node.start
    )
      range = meet(range, rangeOf(given.value, facts, depth - 1));
  }
  for (const known of knownAt(node, facts))
    range = meet(range, fromKnown(known, name, facts, depth));
  return range;
}
const meet = (a: Range, b: Range): Range => ({
  low: Math.max(a.low, b.low),
  high: Math.min(a.high, b.high),
  bounded: a.bounded || b.bounded,
  floored: a.floored || b.floored,
});

/** What one comparison says about a name: directly, or about a cast of it or a sum with it. */
function fromKnown(known: Known, name: string, facts: FunctionFacts, depth: number): Range {
  if (!known.right)
    return known.operator === '==' && compact(known.left, facts) === name ? exactly(0) : anything;
  let { operator } = known;
  let other = known.right;
  let offset = isAbout(known.left, name, facts);
  if (offset === undefined) {
    offset = isAbout(known.right, name, facts);
    if (offset === undefined) return anything;
    operator = MIRRORED[operator];
    other = known.left;
  }
  const limit = depth > 0 ? rangeOf(other, facts, 0) : anything;
  return bound(operator, limit, offset);
}
function bound(operator: Operator, limit: Range, offset: number): Range {
  switch (operator) {
    case '<':
      return { ...anything, high: limit.high - 1 - offset, bounded: true };
    case '<=':
      return { ...anything, high: limit.high - offset, bounded: true };
    case '>':
      return { ...anything, low: limit.low + 1 - offset, floored: true };
    case '>=':
      return { ...anything, low: limit.low - offset, floored: true };
    case '==':
      return { low: limit.low - offset, high: limit.high - offset, bounded: true, floored: true };
    default:
      return anything;
  }
}
/** How much is added to the name in a side of a comparison: `n`, `(T) n`, `n + 2`, `a + n` (0: it bounds n all the same). */
function isAbout(side: SyntaxNode, name: string, facts: FunctionFacts): number | undefined {
  if (compact(side, facts) === name) return 0;
  if (side.type === 'parenthesized_expression') {
    const inner = namedChildren(side)[0];
    return inner ? isAbout(inner, name, facts) : undefined;
  }
  if (side.type === 'cast_expression') {
    const inner = childOf(side, 'value');
    return inner ? isAbout(inner, name, facts) : undefined;
  }
  if (side.type !== 'binary_expression') return undefined;
  const operator = facts.text(childOf(side, 'operator'));
  const [left, right] = [childOf(side, 'left')!, childOf(side, 'right')!];
  if (operator === '+' || operator === '*') {
    for (const [one, rest] of [
      [left, right],
      [right, left],
    ] as const) {
      const offset = isAbout(one, name, facts);
      if (offset !== undefined) return operator === '+' ? offset + (numberOf(rest, facts) ?? 0) : 0;
    }
    return undefined;
  }
  return undefined;
}
