/** @file Which format an input is: by what the file holds and which columns it has, never by its name alone. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inputError, usageError } from '../../kernel/errors.ts';
import { type Container, describeContainer, readRows, sniffContainer } from './containers.ts';
import { readDocument } from './document.ts';
import { type Importer, type Sample, TRIED_ROWS } from './importer.ts';
import { IMPORTERS, formatNames } from './registry.ts';

/** Names other than the formats' own. `jsonl` and `parquet` leave the layout of the rows to detection. */
const ALIASES: Readonly<Record<string, string>> = {
  jsonl: 'auto',
  json: 'auto',
  csv: 'auto',
  parquet: 'auto',
  msr: 'bigvul',
  'big-vul': 'bigvul',
  sqlite: 'cvefixes',
  vul2safe: 'generic',
};

/** Rows that are looked at together: some formats are told by two neighbours. */
const SAMPLE_ROWS = 2;

/** The importer for a format name; "auto" looks at the input. Throws a usage error naming the formats there are. */
export async function importerFor(format: string, input: string): Promise<Importer> {
  const name = ALIASES[format.toLowerCase()] ?? format.toLowerCase();
  if (name === 'auto') return detectImporter(input);
  const importer = IMPORTERS.find((candidate) => candidate.format === name);
  if (importer === undefined)
    throw usageError(
      `unknown format "${format}"`,
      `one of: auto, ${formatNames().join(', ')}, ${Object.keys(ALIASES).join(', ')}`,
    );
  return importer;
}

/** The name of the format an input is in. Throws an input error that says what was found. */
export const detectFormat = async (path: string): Promise<string> =>
  (await detectImporter(path)).format;

async function detectImporter(path: string): Promise<Importer> {
  const sample = await takeSample(path);
  for (let from = 0; from === 0 || from < sample.rows.length; from++) {
    const rows = sample.rows.slice(from, from + SAMPLE_ROWS);
    const found = IMPORTERS.find((importer) => importer.recognises({ ...sample, rows }));
    if (found !== undefined) return found;
  }
  const columns = Object.keys(sample.rows[0] ?? sample.document ?? {}).slice(0, 20);
  const held = columns.length > 0 ? ` with ${columns.join(', ')}` : '';
  throw inputError(
    `${path}: no known format; found ${describeContainer(sample.container)}${held}`,
    `known: ${IMPORTERS.map((importer) => `${importer.format} (${importer.expects})`).join('; ')}`,
  );
}

async function takeSample(path: string): Promise<Sample> {
  const container = sniffContainer(path);
  const rows: Record<string, unknown>[] = [];
  let fault: string | undefined;
  if (ROW_CONTAINERS.has(container)) {
    for await (const row of readRows(path)) {
      if (row.ok) rows.push(row.row);
      else fault ??= `line ${row.line}: ${row.detail}`;
      if (rows.length === TRIED_ROWS) break;
    }
    if (rows.length === 0)
      throw inputError(
        `${path}: no readable row in it${fault === undefined ? '' : `; ${fault}`}`,
        'check that it is the file you meant',
      );
  }
  if (container !== 'json-object') return { path, container, rows };
  return { path, container, rows, document: readDocument(path) };
}

const ROW_CONTAINERS: ReadonlySet<Container> = new Set(['jsonl', 'json-array', 'csv', 'parquet']);

const DATA_FILE = /\.(?:jsonl|json|csv|tsv|parquet|db|sqlite|sqlite3|sarif)(?:\.gz)?$/i;

/** Data files below a folder, sorted; anything that is not a plain data folder (a repository) is left as it is. */
export function expandInput(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory() || existsSync(join(path, '.git')))
    return [path];
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && DATA_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0)
    throw inputError(
      `${path}: a folder without data files`,
      'expected .jsonl, .json, .csv, .parquet, .sqlite or .sarif files, or a git repository',
    );
  return files;
}
