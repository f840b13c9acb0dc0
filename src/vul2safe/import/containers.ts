/**
 * @file Which kind of file holds the records (JSONL, JSON array, CSV, Parquet, SQLite), told by its first bytes rather
 * than by its name, and its rows one at a time. Memory stays flat however long the file.
 */
import { createReadStream, existsSync, openSync, readSync, closeSync, statSync } from 'node:fs';
import { createGunzip, gunzipSync, constants } from 'node:zlib';
import { type CsvError, parse as parseCsv } from 'csv-parse';
import { parseJsonKeepingIntegers } from '../../data/bigint-json.ts';
import { readJsonLines } from '../../data/jsonl.ts';
import { readParquetRows } from '../../data/parquet.ts';
import { inputError, messageOf } from '../../kernel/errors.ts';
import { readJsonArray } from './json-array.ts';

export type Container =
  | 'jsonl'
  | 'json-array'
  | 'json-object'
  | 'csv'
  | 'parquet'
  | 'sqlite'
  | 'folder'
  | 'unknown';

export type Row =
  | { readonly ok: true; readonly line: number; readonly row: Record<string, unknown> }
  | { readonly ok: false; readonly line: number; readonly detail: string; readonly raw: string };

const HEAD_BYTES = 1 << 20;
const LARGEST_CSV_ROW_CHARACTERS = 32 << 20;

/** The first bytes of a file, unpacked where gzipped. */
export function readHead(path: string, bytes = HEAD_BYTES): Buffer {
  const handle = openSync(path, 'r');
  try {
    const head = Buffer.alloc(Math.min(bytes, statSync(path).size));
    readSync(handle, head, 0, head.length, 0);
    if (head[0] !== 0x1f || head[1] !== 0x8b) return head;
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } finally {
    closeSync(handle);
  }
}

/** Throws an input error where the path does not exist or the file is empty. */
export function sniffContainer(path: string): Container {
  if (!existsSync(path)) throw inputError(`no such file: ${path}`, 'check the path');
  if (statSync(path).isDirectory()) return 'folder';
  const head = readHead(path);
  if (head.length === 0) throw inputError(`${path}: empty file`, 'check how it was made');
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (/\.parquet$/i.test(path))
    throw inputError(
      `${path}: not a Parquet file, whatever its name says`,
      'check how it was made',
    );
  if (head.subarray(0, 15).toString('latin1') === 'SQLite format 3') return 'sqlite';
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  const start = text.trimStart();
  if (start.startsWith('[')) return 'json-array';
  if (start.startsWith('{'))
    return firstLineIsWhole(start, head.length < HEAD_BYTES) ? 'jsonl' : 'json-object';
  if (/\.(?:csv|tsv)(?:\.gz)?$/i.test(path)) return 'csv';
  if (/\.jsonl(?:\.gz)?$/i.test(path)) return 'jsonl';
  return /^[^\n]*[,\t][^\n]*\n/.test(start) && !text.includes('\0') ? 'csv' : 'unknown';
}

/** A pretty-printed object never closes on its first line; a JSONL row does, unless it is broken or very long. */
function firstLineIsWhole(text: string, complete: boolean): boolean {
  const end = text.indexOf('\n');
  if (end < 0 && !complete) return true;
  const line = end < 0 ? text : text.slice(0, end);
  const rest = end < 0 ? '' : text.slice(end).trim();
  try {
    const value: unknown = JSON.parse(line);
    // A one-line SARIF or OSV document is an object, not a table of one row.
    return rest !== '' || !isDocument(value);
  } catch {
    return (
      line.trim().length > 1 && !/^\{\s*"[^"]*"\s*:\s*[[{]?\s*$/.test(line) && /^\s*\{/.test(rest)
    );
  }
}

const isDocument = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ('runs' in value || ('affected' in value && 'id' in value));

/** The rows of a table-like file. JSON integers beyond 2^53 come as text. */
export async function* readRows(path: string): AsyncGenerator<Row> {
  const container = sniffContainer(path);
  switch (container) {
    case 'jsonl':
      yield* jsonlRows(path);
      return;
    case 'json-array':
      yield* arrayRows(path);
      return;
    case 'csv':
      yield* csvRows(path);
      return;
    case 'parquet': {
      let line = 0;
      for await (const row of readParquetRows(path)) yield { ok: true, line: ++line, row };
      return;
    }
    default:
      throw inputError(
        `${path}: expected rows (JSON lines, a JSON array, CSV or Parquet), found ${DESCRIPTION[container]}`,
        'name the format, or convert the file',
      );
  }
}

const DESCRIPTION: Record<Container, string> = {
  jsonl: 'JSON lines',
  'json-array': 'a JSON array',
  'json-object': 'one JSON object',
  csv: 'CSV',
  parquet: 'Parquet',
  sqlite: 'an SQLite database',
  folder: 'a folder',
  unknown: 'something else',
};

export const describeContainer = (container: Container): string => DESCRIPTION[container];

const asRow = (value: unknown, line: number, raw: string): Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ok: true, line, row: value as Record<string, unknown> }
    : { ok: false, line, raw, detail: 'not a JSON object' };

async function* jsonlRows(path: string): AsyncGenerator<Row> {
  for await (const entry of readJsonLines(path, parseJsonKeepingIntegers)) {
    yield entry.ok
      ? asRow(entry.value, entry.line, entry.raw)
      : { ok: false, line: entry.line, raw: entry.raw, detail: `not JSON: ${entry.error}` };
  }
}

async function* arrayRows(path: string): AsyncGenerator<Row> {
  let last = 0;
  try {
    for await (const { line, text } of readJsonArray(path)) {
      last = line;
      try {
        yield asRow(parseJsonKeepingIntegers(text), line, text);
      } catch (thrown) {
        yield { ok: false, line, raw: text, detail: `not JSON: ${messageOf(thrown)}` };
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    yield { ok: false, line: last + 1, raw: '', detail: thrown.message };
  }
}

/** CSV with a header line; a row with too few or too many fields is malformed, quotes may hold line breaks. */
async function* csvRows(path: string): AsyncGenerator<Row> {
  const raw = createReadStream(path);
  const source = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  const skipped: Row[] = [];
  const parser = source.pipe(
    parseCsv({
      columns: (header: string[]) =>
        header.map((name, at) => (name === '' ? `column_${at}` : name)),
      bom: true,
      delimiter: /\.tsv(?:\.gz)?$/i.test(path) ? '\t' : ',',
      info: true,
      skip_empty_lines: true,
      max_record_size: LARGEST_CSV_ROW_CHARACTERS, // one lost quote must not swallow the file
      skip_records_with_error: true,
      on_skip: (error: CsvError | undefined, text: string | undefined) => {
        skipped.push({
          ok: false,
          line: typeof error?.lines === 'number' ? error.lines : 0,
          raw: String(text ?? '').slice(0, 10_000),
          detail: `not CSV: ${error?.message ?? 'unreadable row'}`,
        });
        return undefined;
      },
    }),
  );
  source.on('error', (error: Error) => parser.destroy(error));
  for await (const { record, info } of parser as AsyncIterable<{
    record: Record<string, unknown>;
    info: { lines: number };
  }>) {
    while (skipped.length > 0) yield skipped.shift()!;
    yield { ok: true, line: info.lines, row: record };
  }
  yield* skipped;
}
