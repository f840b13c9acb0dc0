/**
 * @file Records of any import format as one Parquet file: rows of a data set keep their columns, everything else becomes
 * the columns of a VulnerableFunction. The file appears whole or not at all; rows that could not be read are counted.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ParquetColumns, writeParquetRows } from '../../data/parquet.ts';
import { encodeVulnerableFunction } from '../../data/vulnerable-function.ts';
import { usageError } from '../../kernel/errors.ts';
import { readRows } from '../import/containers.ts';
import { detectFormat, expandInput } from '../import/detect.ts';
import { importRecords } from '../import/import-records.ts';
import { DATASET_COLUMNS } from './dataset-row.ts';

const RANGES = { list: { struct: { start: 'int32', end: 'int32' } } } as const;

const FUNCTION_COLUMNS: ParquetColumns = {
  id: 'string',
  language: 'string',
  code: 'string',
  upstreamFix: 'string',
  cwe: { list: 'string' },
  cve: 'string',
  commitMessage: 'string',
  description: 'string',
  source: {
    struct: {
      dataset: 'string',
      project: 'string',
      commit: 'string',
      file: 'string',
      url: 'string',
      license: 'string',
      date: 'string',
      recordId: 'string',
    },
  },
  marks: { struct: { vulnerable: RANGES, secure: RANGES } },
};

export interface ParquetExport {
  readonly kind: 'data-set rows' | 'functions';
  readonly rows: number;
  readonly rejected: number;
  readonly output: string;
}

export async function exportParquet(
  paths: readonly string[],
  output: string,
): Promise<ParquetExport> {
  const inputs = paths.flatMap(expandInput);
  const formats = new Set<string>();
  for (const input of inputs) formats.add(await detectFormat(input));
  const isDataset = formats.has('dataset');
  if (isDataset && formats.size > 1)
    throw usageError(
      `data-set rows and ${[...formats].join(', ')} have different columns`,
      'write a file for each',
    );
  let rejected = 0;
  const rows = async function* (): AsyncGenerator<Record<string, unknown>> {
    if (!isDataset) {
      for await (const entry of importRecords('auto', inputs)) {
        if (entry.ok) yield { ...encodeVulnerableFunction(entry.record) };
        else rejected++;
      }
      return;
    }
    for (const input of inputs)
      for await (const row of readRows(input)) {
        if (row.ok) yield row.row;
        else rejected++;
      }
  };
  mkdirSync(dirname(output), { recursive: true });
  const aside = `${output}.${process.pid}.tmp`;
  try {
    const count = await writeParquetRows(
      aside,
      isDataset ? DATASET_COLUMNS : FUNCTION_COLUMNS,
      rows(),
    );
    renameSync(aside, output);
    return { kind: isDataset ? 'data-set rows' : 'functions', rows: count, rejected, output };
  } catch (thrown) {
    rmSync(aside, { force: true });
    throw thrown;
  }
}
