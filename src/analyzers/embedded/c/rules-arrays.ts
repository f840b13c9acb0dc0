/** @file C: arrays too short for a length that is written down, or for the longest text of a format. */
import type { SyntaxNode } from '../syntax-node.ts';
import type { FunctionFacts } from './facts.ts';
import { compact } from './flow.ts';
import { rangeOf } from './ranges.ts';
import type { FunctionRule } from './rule.ts';
import { FILLS } from './shapes.ts';

const constantPastArray: FunctionRule = {
  id: 'c/length-past-array',
  cwe: ['CWE-787', 'CWE-120', 'CWE-125'],
  severity: 'high',
  confidence: 0.85,
  message: 'the length given is larger than the array',
  find(facts) {
    return facts.calls
      .filter((call) => {
        const [at, bound] = FILLS.get(call.name) ?? [];
        const target = at === undefined ? undefined : call.args[at];
        const length = bound === undefined ? undefined : call.args[bound];
        if (!target || !length) return false;
        const array = facts.variables.get(compact(target, facts).replace(/^&|\[0\]$/g, ''));
        if (!array || array.parameter || array.pointer || !BYTES.test(array.type)) return false;
        const range = rangeOf(length, facts);
        return range.low === range.high && range.low > Number(array.array || Number.NaN);
      })
      .map((call) => call.node);
  },
};
const BYTES = /\b(char|u?int8_t|u8|BYTE|ut8|guint8|gchar)\b/;
/** Longest text of a conversion, sign included. */
const WIDTHS: Readonly<Record<string, number>> = {
  hhu: 3,
  hhd: 4,
  hu: 5,
  hd: 6,
  u: 10,
  d: 11,
  i: 11,
  x: 8,
  X: 8,
  o: 11,
  c: 1,
  lu: 20,
  ld: 20,
  llu: 20,
  lld: 20,
  zu: 20,
  lx: 16,
  llx: 16,
  f: 1,
  g: 1,
  e: 1,
  p: 18,
};
const formattedTooLong: FunctionRule = {
  id: 'c/formatted-text-too-long',
  cwe: ['CWE-787', 'CWE-120'],
  severity: 'high',
  confidence: 0.75,
  message: 'the longest text this format can give is longer than the array it is written to',
  find(facts) {
    return facts.calls
      .filter((call) => {
        const [target, format, ...values] = call.args;
        if (call.name !== 'sprintf' || !target || format?.type !== 'string_literal') return false;
        const array = facts.variables.get(facts.text(target));
        if (!array || array.parameter || !/\bchar\b/.test(array.type) || array.pointer)
          return false;
        const room = /^\d+$/.test(array.array ?? '')
          ? Number(array.array)
          : array.array === 'INET_ADDRSTRLEN'
            ? 16
            : Number.NaN;
        // A macro may stand for several values, and for any text.
        if (values.some((value) => /^[A-Z_][A-Z0-9_]*\(/.test(facts.text(value)))) return false;
        return longest(facts.text(format).slice(1, -1), values, facts) >= room;
      })
      .map((call) => call.node);
  },
};
function longest(format: string, values: readonly SyntaxNode[], facts: FunctionFacts): number {
  let length = 0;
  let at = 0;
  for (const part of format.matchAll(
    /%%|%[-+ #0]*(\d+|\*)?(?:\.(\d+|\*))?(hh|h|ll|l|z|j)?([a-zA-Z])|\\(?:x[\da-fA-F]{2}|[0-7]{1,3}|.)|[^%\\]/g,
  )) {
    const [text, width, , size = '', conversion] = part;
    if (conversion === undefined) {
      length++;
      continue;
    }
    const value = values[at++];
    let most = WIDTHS[size + conversion] ?? 0;
    const range = value ? rangeOf(value, facts) : undefined;
    if (range && /^l[diu]$/.test(size + conversion) && range.high <= 4_294_967_295)
      most = String(range.high).length;
    if (range && /[diu]/.test(conversion) && range.low > -1e9 && range.high < 1e9)
      most = Math.max(String(range.low).length, String(range.high).length);
    if (range && /[di]/.test(conversion) && range.low >= 0 && most === 11) most = 10;
    length += Math.max(most, Number(width) || 0);
    if (text === '') break;
  }
  return length;
}
export const ARRAY_RULES: readonly FunctionRule[] = [constantPastArray, formattedTooLong];
