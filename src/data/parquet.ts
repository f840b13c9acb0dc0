/**
 * @file Parquet files in and out, one row group in memory at a time: what DuckDB, pandas and `datasets` read as they are.
 * Reading is hyparquet's, writing hyparquet-writer's; columns have an explicit schema, so that a file whose column
 * happens to be empty still has the same types as its siblings. Codecs read: none, Snappy, gzip, Brotli, and Zstandard
 * where this Node has it. 64-bit integers come back as numbers when safe, else as text.
 */
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer, Compressors, SchemaElement } from 'hyparquet';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { inputError, messageOf, missingError } from '../kernel/errors.ts';

/** A column's type; `list` and `struct` nest. */
export type ParquetType =
  | 'string'
  | 'double'
  | 'int32'
  | 'boolean'
  | { readonly list: ParquetType }
  | { readonly struct: Readonly<Record<string, ParquetType>> };

export type ParquetColumns = Readonly<Record<string, ParquetType>>;

const ROWS_PER_GROUP = 5000;

/** Rows of a Parquet file, in order. Throws an input error naming the file when it is no Parquet file. */
export async function* readParquetRows(path: string): AsyncGenerator<Record<string, unknown>> {
  const handle = await open(path, 'r');
  try {
    const file: AsyncBuffer = {
      byteLength: statSync(path).size,
      async slice(start, end = statSync(path).size) {
        const bytes = new Uint8Array(end - start);
        for (let at = 0; at < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(file).catch((thrown: unknown) => {
      throw inputError(`${path}: not a readable Parquet file: ${messageOf(thrown)}`);
    });
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      for (let from = rowStart; from < rowEnd; from += ROWS_PER_GROUP) {
        const rows = await parquetReadObjects({
          file,
          metadata,
          compressors: COMPRESSORS,
          rowStart: from,
          rowEnd: Math.min(rowEnd, from + ROWS_PER_GROUP),
        });
        for (const row of rows) yield plain(row) as Record<string, unknown>;
      }
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

/** Writes rows as they come; missing members become nulls. An empty source gives a valid file with no rows. */
export async function writeParquetRows(
  path: string,
  columns: ParquetColumns,
  rows: AsyncIterable<Record<string, unknown>> | Iterable<Record<string, unknown>>,
): Promise<number> {
  let count = 0;
  const counted = async function* (): AsyncGenerator<Record<string, unknown>> {
    for await (const row of rows) {
      count++;
      yield row;
    }
  };
  const names = Object.keys(columns);
  const schema: SchemaElement[] = [
    { name: 'root', num_children: names.length },
    ...names.flatMap((name) => schemaElements(name, columns[name]!)),
  ];
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: counted(),
    columns: names.map((name) => ({ name })),
    schema,
    rowGroupSize: ROWS_PER_GROUP,
    createdBy: 'vul2safe',
  });
  return count;
}

/** The depth-first schema of one column; lists in the standard three-level form. */
function schemaElements(name: string, type: ParquetType): SchemaElement[] {
  const repetition_type = 'OPTIONAL' as const;
  if (type === 'string')
    return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type }];
  if (type === 'double') return [{ name, type: 'DOUBLE', repetition_type }];
  if (type === 'int32') return [{ name, type: 'INT32', repetition_type }];
  if (type === 'boolean') return [{ name, type: 'BOOLEAN', repetition_type }];
  if ('list' in type)
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...schemaElements('element', type.list),
    ];
  const members = Object.entries(type.struct);
  return [
    { name, repetition_type, num_children: members.length },
    ...members.flatMap(([member, memberType]) => schemaElements(member, memberType)),
  ];
}

const bytesOf = (buffer: Uint8Array): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

type Inflate = (input: Uint8Array) => Uint8Array;
const zstdDecompressSync: Inflate | undefined =
  'zstdDecompressSync' in zlib ? (zlib.zstdDecompressSync as Inflate) : undefined;

const COMPRESSORS: Compressors = {
  GZIP: (input) => bytesOf(zlib.gunzipSync(input)),
  BROTLI: (input) => bytesOf(zlib.brotliDecompressSync(input)),
  ZSTD: (input) => {
    if (zstdDecompressSync === undefined)
      throw missingError(
        'this Parquet file is compressed with Zstandard, which this Node cannot read',
        'use Node 22.15 or newer, or write the file with Snappy or gzip',
      );
    return bytesOf(zstdDecompressSync(input));
  },
};

/** Big integers as numbers or text, byte arrays as text, nested values likewise. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  return value;
}
