import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import { metricRows, readLoggedRun } from './metric-rows.ts';
import { eventType, tensorBoardBytes, writeTensorBoard } from './tensorboard.ts';
import { levelDbLog, recordType, wandbRecords, writeWandbRun } from './wandb.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vul2safe-logging-'));
  const events = [
    {
      event: 'step-finished',
      step: 1,
      loss: 2.5,
      monitors: { entropy: 0.5 },
      alarms: ['x'],
      timeMs: 1_700_000_000_000,
    },
    { event: 'step-finished', step: 2, loss: 1.25, stopped: true, timeMs: 1_700_000_060_000 },
    { event: 'evaluation-finished', step: 2, jointRate: 0.75 },
  ];
  writeFileSync(
    join(folder, 'events.jsonl'),
    `${events.map((event) => JSON.stringify(event)).join('\n')}\n{"event": "step-fin`,
  );
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ seed: 7, config: { rl: { steps: 2 } } }),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the rows of a log', () => {
  it('hold the numbers by step, nested names joined, a line cut off by a kill skipped', () => {
    const { rows, settings } = readLoggedRun(folder);
    expect(settings).toEqual({ seed: 7, config: { rl: { steps: 2 } } });
    expect(rows.map(({ step, values }) => [step, Object.fromEntries(values)])).toEqual([
      [1, { 'step/loss': 2.5, 'step/monitors/entropy': 0.5 }],
      [2, { 'step/loss': 1.25, 'step/stopped': 1, 'evaluation/jointRate': 0.75 }],
    ]);
    expect(rows[1]?.timeMs).toBe(1_700_000_060_000);
  });

  it('a broken line inside is an error with its number; a folder without a log is no run', () => {
    expect(() => metricRows('{"event": "a", "x": 1}\n{"event"\n\n', 'f', 0)).toThrow(
      /f:2: not JSON/,
    );
    expect(() => metricRows('{"x": 1}\n', 'f', 0)).toThrow(/f:1: not an event/);
    expect(() => readLoggedRun(join(folder, 'nowhere'))).toThrow(/no events\.jsonl/);
  });
});

it('CRC-32C gives the check values of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  summary?: { value: { tag: string; simpleValue?: number; tensor?: { stringVal: Buffer[] } }[] };
}

function readTfRecords(bytes: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    const event = eventType.toObject(eventType.decode(data), { longs: Number });
    events.push(event as ReadEvent);
    at += 16 + length;
  }
  return events;
}

describe('a TensorBoard file', () => {
  it('reads back as version, settings and every scalar', () => {
    const [version, settings, ...scalars] = readTfRecords(tensorBoardBytes(readLoggedRun(folder)));
    expect(version?.fileVersion).toBe('brain.Event:2');
    expect(String(settings?.summary?.value[0]?.tensor?.stringVal[0])).toContain('"seed": 7');
    expect(
      scalars.map(({ step, summary }) => [
        step,
        Object.fromEntries(summary!.value.map(({ tag, simpleValue }) => [tag, simpleValue])),
      ]),
    ).toEqual([
      [1, { 'step/loss': 2.5, 'step/monitors/entropy': 0.5 }],
      [2, { 'step/loss': 1.25, 'step/stopped': 1, 'evaluation/jointRate': 0.75 }],
    ]);
    expect(scalars[1]?.wallTime).toBe(1_700_000_060);
  });

  it('has the name TensorBoard looks for, and is replaced when written again', () => {
    const run = readLoggedRun(folder);
    const path = writeTensorBoard(run, join(folder, 'tb'));
    writeTensorBoard(run, join(folder, 'tb'));
    expect(readdirSync(join(folder, 'tb'))).toHaveLength(1);
    expect(path).toMatch(/events\.out\.tfevents\.\d{10}\.[\w.-]+\.vul2safe$/);
  });
});

/** From the format's description: pieces with checksums, joined to records; blocks of 32 KiB end in zeros. */
function readLevelDbLog(bytes: Buffer): Buffer[] {
  expect(bytes.toString('latin1', 0, 4)).toBe(':W&B');
  expect(bytes.readUInt16LE(4)).toBe(crc32('Weights & Biases') & 0xffff);
  const records: Buffer[] = [];
  let open: Buffer[] = [];
  for (let at = 7; at < bytes.length; ) {
    const room = 32768 - (at % 32768);
    if (room < 7) {
      expect(bytes.subarray(at, at + room).every((byte) => byte === 0)).toBe(true);
      at += room;
      continue;
    }
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes.readUInt8(at + 6);
    const data = bytes.subarray(at + 7, at + 7 + length);
    expect(length + 7).toBeLessThanOrEqual(room);
    expect(bytes.readUInt32LE(at)).toBe(crc32(bytes.subarray(at + 6, at + 7 + length)));
    expect(open.length > 0).toBe(type === 3 || type === 4);
    open.push(data);
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(open));
      open = [];
    }
    at += 7 + length;
  }
  expect(open).toEqual([]);
  return records;
}

describe('a W&B offline run', () => {
  it('reads back as header, run with settings, history by step, summary and exit', async () => {
    const path = await writeWandbRun(readLoggedRun(folder), folder, 'a project');
    const id = path.slice(-8);
    expect(path).toMatch(/offline-run-\d{8}_\d{6}-[0-9a-f]{8}$/);
    const records = readLevelDbLog(readFileSync(join(path, `run-${id}.wandb`))).map((data) =>
      recordType.toObject(recordType.decode(data), { longs: Number }),
    );
    expect(records.map(({ num }) => num)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(records[1]?.run).toMatchObject({
      runId: id,
      project: 'a project',
      config: {
        update: [
          { key: '_wandb', valueJson: '{}' },
          { key: 'seed', valueJson: '7' },
          { key: 'config', valueJson: '{"rl":{"steps":2}}' },
        ],
      },
    });
    expect(records[3]?.history.step).toEqual({ num: 2 });
    expect(records[3]?.history.item).toContainEqual({
      nestedKey: ['evaluation/jointRate'],
      valueJson: '0.75',
    });
    expect(records[4]?.summary.update).toContainEqual({
      nestedKey: ['step/monitors/entropy'],
      valueJson: '0.5',
    });
    expect(records[5]?.exit).toEqual({ runtime: 60 });
  });

  it('is the same run when exported again', async () => {
    const run = readLoggedRun(folder);
    const first = await writeWandbRun(run, folder, 'p');
    expect(await writeWandbRun(run, folder, 'p')).toBe(first);
    expect(readdirSync(folder).filter((name) => name.startsWith('offline'))).toHaveLength(1);
    expect(wandbRecords(run, 'x', 'p')).toHaveLength(6);
  });

  it('any records survive the blocks of the log, whatever their lengths', () => {
    const near = fc.integer({ min: 32700, max: 32800 });
    const lengths = fc.array(fc.oneof(fc.nat(40), near, fc.nat(100_000)), { maxLength: 8 });
    fc.assert(
      fc.property(lengths, (sizes) => {
        const records = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        expect(readLevelDbLog(levelDbLog(records)).map((record) => record.length)).toEqual(sizes);
      }),
      { numRuns: 60 },
    );
  });
});
