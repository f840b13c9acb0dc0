/**
 * @file TensorBoard event files: TFRecords (length, masked CRC-32C, data, masked CRC-32C) of tensorflow.Event messages,
 * one scalar per metric and step, and the run's settings as a text summary. No npm library writes these without all of
 * TensorFlow, so the framing is ours and the messages are protobufjs's. Scalars and text only.
 */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { maskedCrc32c } from './crc32c.ts';
import type { LoggedRun } from './metric-rows.ts';

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

/** The part of tensorflow's event.proto, summary.proto and tensor.proto used here. */
const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: { oneof: ['fileVersion', 'summary'] } },
      fields: {
        wallTime: field('double', 1),
        step: field('int64', 2),
        fileVersion: field('string', 3),
        summary: field('Summary', 5),
      },
    },
    Summary: { fields: { value: repeated('Value', 1) } },
    Value: {
      oneofs: { content: { oneof: ['simpleValue', 'tensor'] } },
      fields: {
        tag: field('string', 1),
        simpleValue: field('float', 2),
        tensor: field('Tensor', 8),
        metadata: field('Metadata', 9),
      },
    },
    Metadata: { fields: { pluginData: field('PluginData', 1) } },
    PluginData: { fields: { pluginName: field('string', 1) } },
    Tensor: {
      fields: {
        dtype: field('int32', 1),
        tensorShape: field('Shape', 2),
        stringVal: repeated('bytes', 8),
      },
    },
    Shape: { fields: { dim: repeated('Dimension', 2) } },
    Dimension: { fields: { size: field('int64', 1) } },
  },
});
export const eventType = root.lookupType('Event');

const DT_STRING = 7;

function record(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  const check = (bytes: Uint8Array): Buffer => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(maskedCrc32c(bytes));
    return sum;
  };
  return Buffer.concat([length, check(length), data, check(data)]);
}

const event = (fields: Record<string, unknown>): Buffer =>
  record(eventType.encode(eventType.fromObject(fields)).finish());

/** The whole event file. */
export function tensorBoardBytes(run: LoggedRun): Buffer {
  const settings = `\`\`\`json\n${JSON.stringify(run.settings, null, 2)}\n\`\`\``;
  const text = {
    tag: 'run/text_summary',
    metadata: { pluginData: { pluginName: 'text' } },
    tensor: {
      dtype: DT_STRING,
      tensorShape: { dim: [{ size: 1 }] },
      stringVal: [Buffer.from(settings, 'utf8')],
    },
  };
  const wallTime = run.startedMs / 1000;
  const records = [
    event({ wallTime, fileVersion: 'brain.Event:2' }),
    event({ wallTime, step: 0, summary: { value: [text] } }),
  ];
  for (const { step, timeMs, values } of run.rows) {
    const value = [...values].map(([tag, simpleValue]) => ({ tag, simpleValue }));
    records.push(event({ wallTime: timeMs / 1000, step, summary: { value } }));
  }
  return Buffer.concat(records);
}

/** Writes into `folder`, the log directory of this run; writing again replaces the file. @returns its path. */
export function writeTensorBoard(run: LoggedRun, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const seconds = Math.floor(run.startedMs / 1000);
  const host = hostname().replace(/[^\w.-]/g, '_');
  const path = join(folder, `events.out.tfevents.${seconds}.${host}.vul2safe`);
  writeFileAtomic(path, tensorBoardBytes(run));
  return path;
}
