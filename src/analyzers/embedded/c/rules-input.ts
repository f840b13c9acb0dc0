/**
 * @file C: input that is read, indexed or copied before anybody asked how much of it there is. Intra-function: a length
 * that only the caller checked looks unchecked here, so the buffer and its length must both be parameters by name.
 */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { type Call, type FunctionFacts, namesIn } from './facts.ts';
import { compact } from './flow.ts';
import type { FunctionRule } from './rule.ts';

/** Bytes a WinPR stream call takes: Stream_Read_UINT16 two, Stream_Seek(s, 28) twenty-eight; undefined when not known. */
function bytesTaken(call: Call, facts: FunctionFacts): number | undefined {
  const bits = /^Stream_(?:Read|Seek|Peek)_U?INT(8|16|24|32|64)(_BE)?$/.exec(call.name)?.[1];
  if (bits !== undefined) return Number(bits) / 8;
  const seek = call.name === 'Stream_Seek' ? facts.text(call.args[1]) : '';
  return /^\d+$/.test(seek) ? Number(seek) : undefined;
}

/** One step of the book-keeping: bytes become known to be there, or are taken. In text order. */
interface StreamEvent {
  readonly at: number;
  readonly granted?: number;
  readonly call?: Call;
  readonly taken?: number;
}

/**
 * Book-keeping of FreeRDP's streams: what `Stream_GetRemainingLength(s) < N` grants, reads use up. A length that is not a
 * number grants anything; a function that is handed the stream is taken to check its own part and to leave nothing known.
 */
const readPastInput: FunctionRule = {
  id: 'c/read-past-input',
  cwe: ['CWE-125'],
  severity: 'high',
  confidence: 0.65,
  message: 'more bytes are read from the input than were found to be left',
  find(facts) {
    const streams = new Set(
      facts.calls
        .filter((call) => bytesTaken(call, facts) !== undefined)
        .map((call) => compact(call.args[0], facts)),
    );
    return [...streams].flatMap((stream) => {
      let left = 0;
      for (const event of streamEvents(stream, facts)) {
        left = event.granted ?? left - (event.taken ?? 0);
        if (left < 0) return event.call ? [event.call.node] : [];
      }
      return [];
    });
  },
};
function streamEvents(stream: string, facts: FunctionFacts): StreamEvent[] {
  const events: StreamEvent[] = [];
  for (const call of facts.calls) {
    if (!call.args.some((arg) => compact(arg, facts) === stream)) continue;
    const taken = bytesTaken(call, facts);
    if (taken !== undefined) events.push({ at: call.node.start, call, taken });
    else if (/Remaining|Safe|Ensure|Check|Capacity|Length|Position/i.test(call.name)) {
      const compared = /^<(\d+)\)?$/.exec(
        compact(call.node.parent ?? undefined, facts).slice(compact(call.node, facts).length),
      )?.[1];
      events.push({
        at: call.node.start,
        granted: compared === undefined ? Number.POSITIVE_INFINITY : Number(compared),
      });
    } else if (!/^(Stream_|W?Log|DEBUG)/.test(call.name))
      events.push({ at: call.node.start, granted: 0 });
  }
  return events.sort((a, b) => a.at - b.at);
}

const BYTES =
  /\b(u?int8_t|u_int8_t|unsigned char|u_char|guint8|guchar|ut8|UINT8|BYTE|byte|uint8|u8|__u8|Bytef)\b/;
const BUFFER_NAME =
  /^(\w*(data|buf|buffer|payload|packet|pkt|input|bytes|msg|frame|src|ptr|bp)|p|s)$/i;
const LENGTH_NAME = /^(\w*(len|length|size|bytes|count|remaining|avail)|n|sz|cb)$/i;
const LENGTH_TYPE =
  /\b(int|long|short|unsigned|s?size_t|u?int(8|16|32|64)_t|ut?(32|64)|u_int\w*|guint\w*|gsize|Py_ssize_t|DWORD|UINT\d+)\b/;

const uncheckedBuffer: FunctionRule = {
  id: 'c/unchecked-buffer-length',
  cwe: ['CWE-125'],
  severity: 'high',
  confidence: 0.6,
  message: 'bytes of a buffer are read although its length, which is at hand, was not looked at',
  find(facts) {
    const parameters = [...facts.variables.values()].filter((variable) => variable.parameter);
    const buffers = parameters.filter(
      (one) =>
        (one.pointer || one.array !== undefined) &&
        BYTES.test(one.type) &&
        BUFFER_NAME.test(one.name),
    );
    const lengths = parameters.filter(
      (one) => !one.pointer && LENGTH_TYPE.test(one.type) && LENGTH_NAME.test(one.name),
    );
    if (buffers.length !== 1 || lengths.length !== 1) return [];
    const [buffer, length] = [buffers[0]!, lengths[0]!];
    const read = facts.subscripts.find((subscript) => {
      const index = indexOf(subscript);
      return (
        facts.text(childOf(subscript, 'argument')) === buffer.name &&
        index?.type === 'number_literal' &&
        !isWritten(subscript)
      );
    });
    if (
      !read ||
      facts.assignments.some(
        (given) => given.target === buffer.name && given.node.start < read.start,
      )
    )
      return [];
    const before = facts.code.slice((childOf(facts.node, 'body') ?? facts.node).start, read.start);
    // Any look at the length, or at an end computed from it, counts: only its complete absence is reported.
    return new RegExp(`\\b${length.name}\\b`).test(before) ? [] : [read];
  },
};

const indexOf = (subscript: SyntaxNode): SyntaxNode | undefined => {
  const list = childOf(subscript, 'indices');
  return list ? namedChildren(list)[0] : undefined;
};
const isWritten = (node: SyntaxNode): boolean =>
  node.parent?.type === 'assignment_expression' && node.field === 'left';

const COUNT =
  /((^|[^a-z])(count|number|num|nr|n_?\w+|total|size|cnt)|(Count|Number|Size|Num)\w*|(\.|->)(size|length|count)\(\))\)*$/;
const countReached: FunctionRule = {
  id: 'c/index-may-equal-count',
  cwe: ['CWE-125', 'CWE-193', 'CWE-787'],
  severity: 'high',
  confidence: 0.7,
  message: 'an index equal to the number of elements is let through; compare with >=',
  find(facts) {
    const hits: Hit[] = [];
    for (const condition of facts.conditions) {
      if (!condition.leaves) continue;
      for (const comparison of comparisonsIn(condition.node)) {
        if (facts.text(childOf(comparison, 'operator')) !== '>') continue;
        const left = childOf(comparison, 'left');
        const right = childOf(comparison, 'right');
        if (
          left?.type !== 'identifier' ||
          !right ||
          !/^(field_expression|identifier|call_expression)$/.test(right.type)
        ) {
          if (
            !left ||
            !right ||
            left.type !== 'identifier' ||
            !/cast|size\(\)/.test(facts.text(right))
          )
            continue;
        }
        const bound = facts.text(right).replace(/\s+/g, '');
        if (!COUNT.test(bound)) continue;
        const name = facts.text(left);
        const used = facts.subscripts.some(
          (subscript) =>
            subscript.start > condition.node.end && facts.text(indexOf(subscript)).trim() === name,
        );
        const exact = facts.conditions.some(
          (other) =>
            other !== condition &&
            new RegExp(`\\b${name}\\s*(>=|<|==|!=)`).test(other.text) &&
            other.node.start < comparison.end + 400,
        );
        if (used && !exact) hits.push({ node: comparison });
      }
    }
    return hits;
  },
};
function comparisonsIn(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const look = (at: SyntaxNode): void => {
    if (at.type === 'binary_expression') found.push(at);
    for (const child of at.children) look(child);
  };
  look(node);
  return found;
}

/** Call -> argument that is written to, argument that bounds it. */
const FILLS: ReadonlyMap<string, readonly [target: number, size: number]> = new Map([
  ['recv', [1, 2]],
  ['read', [1, 2]],
  ['fread', [0, 1]],
  ['fgets', [0, 1]],
  ['snprintf', [0, 1]],
  ['vsnprintf', [0, 1]],
  ['strncpy', [0, 2]],
  ['strlcpy', [0, 2]],
  ['memcpy', [0, 2]],
  ['memset', [0, 2]],
  ['memmove', [0, 2]],
]);
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

const signedCountdown: FunctionRule = {
  id: 'c/countdown-past-zero',
  cwe: ['CWE-125', 'CWE-787'],
  severity: 'medium',
  confidence: 0.55,
  message: 'a signed length that is already negative counts down for ever; compare with > 0',
  find(facts) {
    return facts.conditions
      .filter(({ node, text }) => {
        const name = /^\(\s*(\w+)\s*--\s*\)$/.exec(text)?.[1];
        const variable = facts.variables.get(name ?? '');
        return (
          name !== undefined &&
          node.parent?.type === 'while_statement' &&
          variable !== undefined &&
          !variable.pointer &&
          LENGTH_NAME.test(name) &&
          /^(const )?(int|long|short|ssize_t|int\d+_t)$/.test(variable.type) &&
          !facts.conditions.some(
            (other) =>
              other.node.start < node.start &&
              new RegExp(`\\b${name}\\s*(<|<=|>|>=)\\s*[01]\\b`).test(other.text),
          ) &&
          ancestorOf(node, (at) => at.type === 'function_definition') !== undefined &&
          facts.assignments.some(
            (given) => given.target === name && namesIn(given.value, facts.text).size > 0,
          )
        );
      })
      .map(({ node }) => node);
  },
};

export const INPUT_RULES: readonly FunctionRule[] = [
  readPastInput,
  uncheckedBuffer,
  countReached,
  offsetForgotten,
  signedCountdown,
];
