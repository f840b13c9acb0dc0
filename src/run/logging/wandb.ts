/**
 * @file A Weights & Biases offline run, as its own client leaves it for `wandb sync`: a folder `offline-run-<time>-<id>`
 * with `run-<id>.wandb`, which is a LevelDB log (32 KiB blocks, CRC-32 over type and data) of protobuf records: header,
 * run with its configuration, one history record per step, summary, exit. Their npm client logs online only. Nothing is
 * sent; syncing is the user's step. Media, system metrics and artifacts are not written.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import protobuf from 'protobufjs';
import { writeFileSync, mkdirSync } from 'node:fs';
import { writeFolderAtomic } from '../../kernel/atomic-file.ts';
import { contentHash } from '../../kernel/content-hash.ts';
import type { LoggedRun } from './metric-rows.ts';

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });
const item = {
  fields: {
    key: field('string', 1),
    nestedKey: repeated('string', 2),
    valueJson: field('string', 16),
  },
};

/** The part of wandb_internal.proto used here. */
const root = protobuf.Root.fromJSON({
  nested: {
    Record: {
      oneofs: { recordType: { oneof: ['history', 'summary', 'run', 'exit', 'header'] } },
      fields: {
        num: field('int64', 1),
        history: field('History', 2),
        summary: field('Items', 3),
        run: field('Run', 17),
        exit: field('Exit', 18),
        header: field('Header', 21),
      },
    },
    Item: item,
    /** ConfigRecord and SummaryRecord. */
    Items: { fields: { update: repeated('Item', 1) } },
    History: { fields: { item: repeated('Item', 1), step: field('Step', 2) } },
    Step: { fields: { num: field('int64', 1) } },
    Run: {
      fields: {
        runId: field('string', 1),
        project: field('string', 3),
        config: field('Items', 4),
        displayName: field('string', 8),
        startTime: field('Timestamp', 17),
      },
    },
    Timestamp: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } },
    Exit: { fields: { exitCode: field('int32', 1), runtime: field('int32', 2) } },
    Header: { fields: { versionInfo: field('Version', 1) } },
    Version: { fields: { producer: field('string', 1), minConsumer: field('string', 2) } },
  },
});
export const recordType = root.lookupType('Record');

const BLOCK_BYTES = 32768;
const HEAD_BYTES = 7;
const PIECE = { full: 1, first: 2, middle: 3, last: 4 } as const;
/** ":W&B", the magic number 0xBEE1, format version 0. */
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);

/** A LevelDB log of the given records after W&B's file header (which counts into the first block). */
export function levelDbLog(records: readonly Uint8Array[]): Buffer {
  const parts: Buffer[] = [FILE_HEADER];
  let written = FILE_HEADER.length;
  const push = (bytes: Buffer): void => {
    parts.push(bytes);
    written += bytes.length;
  };
  const piece = (data: Uint8Array, type: number): void => {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt16LE(data.length, 4);
    head.writeUInt8(type, 6);
    const whole = Buffer.concat([head, data]);
    whole.writeUInt32LE(crc32(whole.subarray(HEAD_BYTES - 1)), 0);
    push(whole);
  };
  for (const record of records) {
    for (let at = 0, first = true; first || at < record.length; first = false) {
      let room = BLOCK_BYTES - (written % BLOCK_BYTES);
      if (room < HEAD_BYTES) {
        push(Buffer.alloc(room));
        room = BLOCK_BYTES;
      }
      const data = record.subarray(at, at + room - HEAD_BYTES);
      at += data.length;
      const last = at === record.length;
      piece(data, first ? (last ? PIECE.full : PIECE.first) : last ? PIECE.last : PIECE.middle);
    }
  }
  return Buffer.concat(parts);
}

/** JSON as W&B's own client writes it: numbers that JSON has no word for are texts. */
const valueJson = (value: unknown): string =>
  typeof value === 'number' && !Number.isFinite(value)
    ? JSON.stringify(String(value))
    : JSON.stringify(value);

/** The records of the run, in the order the client writes them. */
export function wandbRecords(run: LoggedRun, id: string, project: string): Uint8Array[] {
  const started = Math.floor(run.startedMs / 1000);
  const nanos = Math.round((run.startedMs % 1000) * 1e6);
  const items = (values: Iterable<readonly [string, unknown]>) =>
    [...values].map(([name, value]) => ({ nestedKey: [name], valueJson: valueJson(value) }));
  const rowItems = run.rows.map(({ step, timeMs, values }) => [
    ...values,
    ['_timestamp', timeMs / 1000] as const,
    ['_runtime', Math.max(0, (timeMs - run.startedMs) / 1000)] as const,
    ['_step', step] as const,
  ]);
  const summary = new Map(rowItems.flat());
  const lastMs = run.rows.at(-1)?.timeMs ?? run.startedMs;
  const config = Object.entries({ _wandb: {}, ...run.settings }).map(([key, value]) => ({
    key,
    valueJson: valueJson(value),
  }));
  const records: Record<string, unknown>[] = [
    { header: { versionInfo: { producer: 'vul2safe', minConsumer: '0.15.0' } } },
    {
      run: {
        runId: id,
        project,
        displayName: run.name,
        config: { update: config },
        startTime: { seconds: started, nanos },
      },
    },
    ...rowItems.map((row, index) => ({
      history: { item: items(row), step: { num: run.rows[index]!.step } },
    })),
    { summary: { update: items(summary) } },
    { exit: { exitCode: 0, runtime: Math.round((lastMs - run.startedMs) / 1000) } },
  ];
  return records.map((fields, index) =>
    recordType.encode(recordType.fromObject({ num: index + 1, ...fields })).finish(),
  );
}

/**
 * Writes `offline-run-<time>-<id>` under `folder` and returns its path. The id follows from name, settings and start,
 * so exporting a run again replaces it, and syncing again continues the same run.
 */
export async function writeWandbRun(
  run: LoggedRun,
  folder: string,
  project: string,
): Promise<string> {
  const id = contentHash({ name: run.name, settings: run.settings, started: run.startedMs }, 8);
  const stamp = new Date(run.startedMs).toISOString().replace(/[-:]/g, '').replace('T', '_');
  const path = join(folder, `offline-run-${stamp.slice(0, 15)}-${id}`);
  await writeFolderAtomic(path, (aside) => {
    mkdirSync(join(aside, 'files'));
    const log = levelDbLog(wandbRecords(run, id, project));
    writeFileSync(join(aside, `run-${id}.wandb`), log, { flush: true });
  });
  return path;
}
