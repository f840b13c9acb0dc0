/**
 * @file C: input that is read, indexed or copied before anybody asked how much of it there is. Intra-function: a length
 * that only the caller checked looks unchecked here, so the buffer and its length must both be parameters by name.
 */
import { ancestorOf, childOf } from '../syntax-node.ts';
import { type Call, type FunctionFacts, namesIn } from './facts.ts';
import { compact } from './flow.ts';
import type { FunctionRule } from './rule.ts';
import { indexOf, isWritten } from './shapes.ts';

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
  precision: 'low',
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
const signedCountdown: FunctionRule = {
  id: 'c/countdown-past-zero',
  cwe: ['CWE-125', 'CWE-787'],
  severity: 'medium',
  confidence: 0.55,
  precision: 'low',
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
  signedCountdown,
];
