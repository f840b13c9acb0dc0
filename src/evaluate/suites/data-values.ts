/**
 * @file The records of a data file whatever it is packed in: JSON array, object of records, JSON lines, CSV, Parquet, and these
 * in .gz or .zip. What a file is, its first bytes tell, not its name. Everything unreadable is an input error that says why.
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { parse as parseCsv } from 'csv-parse/sync';
import { readParquetRows } from '../../data/parquet.ts';
import { inputError, messageOf, Vul2SafeError } from '../../kernel/errors.ts';

export interface DataValues {
  readonly values: readonly unknown[];
  /** Where the i-th value stands, for messages. */
  readonly place: (i: number) => string;
}

const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b];
const PARQUET = [0x50, 0x41, 0x52, 0x31];
const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

export async function readValues(path: string): Promise<DataValues> {
  const bytes = readFileSync(path);
  if (startsWith(bytes, PARQUET)) {
    const values: unknown[] = [];
    try {
      for await (const row of readParquetRows(path)) values.push(withoutNulls(row));
    } catch (thrown) {
      if (thrown instanceof Vul2SafeError) throw thrown;
      throw inputError(`${path}: not a readable Parquet file: ${messageOf(thrown)}`, COMPLETE);
    }
    return { values, place: (i) => `row ${i + 1}` };
  }
  const { text, name } = unpack(path, bytes);
  if (text.trim() === '') return { values: [], place: () => 'line 1' };
  return extname(name).toLowerCase() === '.csv' ? fromCsv(path, text) : fromJson(path, text);
}

const COMPLETE = 'check that the download is complete';

function unpack(path: string, bytes: Buffer): { text: string; name: string } {
  const name = path.replace(/\.(?:gz|zip)$/i, '');
  try {
    if (startsWith(bytes, GZIP)) return { text: gunzipSync(bytes).toString('utf8'), name };
    if (startsWith(bytes, ZIP)) return unzipOnly(path, bytes);
  } catch (thrown) {
    if (thrown instanceof Vul2SafeError) throw thrown;
    throw inputError(`${path}: cannot be unpacked: ${messageOf(thrown)}`, COMPLETE);
  }
  return { text: bytes.toString('utf8').replace(/^\ufeff/, ''), name };
}

/** The one data file of an archive (APPNOTE 6.3: the central directory stands at the end; methods stored and deflated). */
function unzipOnly(path: string, bytes: Buffer): { text: string; name: string } {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error('the archive has no directory');
  const entries: { name: string; method: number; packed: number; offset: number }[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < bytes.readUInt16LE(end + 10); i++) {
    const nameLength = bytes.readUInt16LE(at + 28);
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      offset: bytes.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  const fitting = entries.filter(
    ({ name }) => /\.(?:jsonl?|csv)$/i.test(name) && !/(?:^|\/)(?:\.|__MACOSX)/.test(name),
  );
  const [only] = fitting;
  if (only === undefined || fitting.length > 1)
    throw inputError(
      `${path}: expected one .json, .jsonl or .csv in the archive, found ${fitting.length === 0 ? 'none' : fitting.map(({ name }) => name).join(', ')}`,
      'unpack it and give the file itself',
    );
  const from =
    only.offset + 30 + bytes.readUInt16LE(only.offset + 26) + bytes.readUInt16LE(only.offset + 28);
  const packed = bytes.subarray(from, from + only.packed);
  const text = only.method === 0 ? packed : inflateRawSync(packed);
  return { text: text.toString('utf8'), name: only.name };
}

function fromCsv(path: string, text: string): DataValues {
  try {
    const values = parseCsv(text, { columns: true, skip_empty_lines: true }) as unknown[];
    return { values, place: (i) => `row ${i + 1}` };
  } catch (thrown) {
    throw inputError(`${path}: not CSV: ${messageOf(thrown)}`, COMPLETE);
  }
}

function fromJson(path: string, text: string): DataValues {
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const whole = tryJson(text);
  // One line is a file of one record; an array or an object over several lines is one document.
  if (whole !== undefined && (Array.isArray(whole.value) || lines.length > 1))
    return fromDocument(whole.value);
  if (whole !== undefined) return { values: [whole.value], place: () => 'line 1' };
  const values: unknown[] = [];
  for (const { line, number } of lines) {
    const parsed = tryJson(line);
    if (parsed === undefined)
      throw inputError(
        number === 1
          ? `${path}: expected JSON, JSON lines, CSV or Parquet (also in .gz or .zip), found ${shown(text)}`
          : `${path}, line ${number}: not JSON: ${shown(line)}`,
        COMPLETE,
      );
    values.push(parsed.value);
  }
  return { values, place: (i) => `line ${lines[i]!.number}` };
}

/** An array; an object with one list in it ({"data": [...]}); or an object of records by name. */
function fromDocument(document: unknown): DataValues {
  if (Array.isArray(document)) return { values: document, place: (i) => `record ${i + 1}` };
  if (typeof document !== 'object' || document === null)
    return { values: [document], place: () => 'the document' };
  const members = Object.entries(document);
  const lists = members.filter(([, value]) => Array.isArray(value));
  if (
    lists.length === 1 &&
    members.every(([, value]) => typeof value !== 'object' || Array.isArray(value))
  ) {
    const [name, list] = lists[0] as [string, unknown[]];
    return { values: list, place: (i) => `${name}, record ${i + 1}` };
  }
  const areRecords = members.every(([, value]) => typeof value === 'object' && value !== null);
  return areRecords
    ? { values: members.map(([, value]) => value), place: (i) => `entry ${members[i]![0]}` }
    : { values: [document], place: () => 'the document' };
}

function tryJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The beginning of a text for a message, control characters made visible. */
const shown = (text: string): string => {
  const start = text.trim().slice(0, 40);
  return (
    JSON.stringify(start).replace(/[\u007f-\uffff]/g, '?') +
    (start.length < text.trim().length ? '…' : '')
  );
};

/** Parquet has a null where JSON leaves a member out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}
