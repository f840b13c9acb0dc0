import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ParquetColumns, readParquetRows, writeParquetRows } from './parquet.ts';

const folder = mkdtempSync(join(tmpdir(), 'parquet-'));
const columns: ParquetColumns = {
  id: 'string',
  confidence: 'double',
  line: 'int32',
  kept: 'boolean',
  cwe: { list: 'string' },
  spans: { list: { struct: { start: 'int32', end: 'int32', text: 'string' } } },
};

async function readAll(path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of readParquetRows(path)) rows.push(row);
  return rows;
}

describe('parquet', () => {
  it('gives back nested rows, empty lists, nulls and text beyond the BMP', async () => {
    const path = join(folder, 'nested.parquet');
    const rows = [
      {
        id: 'a😀\u2028',
        confidence: 0.25,
        line: 7,
        kept: true,
        cwe: ['CWE-78', 'CWE-88'],
        spans: [
          { start: 0, end: 3, text: 'abc' },
          { start: 5, end: 6, text: '' },
        ],
      },
      { id: 'b', confidence: 1, line: null, kept: false, cwe: [], spans: [] },
    ];
    expect(await writeParquetRows(path, columns, rows)).toBe(2);
    expect(await readAll(path)).toEqual(rows);
  });

  it('keeps the order over many row groups', async () => {
    const path = join(folder, 'many.parquet');
    const source = function* () {
      for (let i = 0; i < 12_345; i++) yield { id: String(i), line: i, cwe: [], spans: [] };
    };
    expect(await writeParquetRows(path, columns, source())).toBe(12_345);
    let next = 0;
    for await (const row of readParquetRows(path)) {
      if (row.id !== String(next) || row.line !== next) throw new Error(`row ${next} is wrong`);
      next++;
    }
    expect(next).toBe(12_345);
  });

  it('writes a readable file when there are no rows', async () => {
    const path = join(folder, 'empty.parquet');
    expect(await writeParquetRows(path, columns, [])).toBe(0);
    expect(await readAll(path)).toEqual([]);
  });

  it('names the file that is no Parquet file', async () => {
    const path = join(folder, 'not.parquet');
    writeFileSync(path, 'hello, this is text');
    await expect(readAll(path)).rejects.toThrow(/not\.parquet: not a readable Parquet file/);
  });
});
