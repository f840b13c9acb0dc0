/**
 * @file What an importer is: one format's way from an input (a file, a folder, a repository) to VulnerableFunctions.
 * Expected trouble (a torn line, a row that is no vulnerability) is a value with a reason; only input that is not of the
 * format at all throws. Formats that are tables of rows share `rowImporter`, whatever file holds the rows.
 */
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import { inputError, messageOf } from '../../kernel/errors.ts';
import { type Container, type Row, readRows } from './containers.ts';

/** Why an input row became no function. `malformed` and `offset-mismatch` are faults of the file; the rest are its nature. */
export type ImportRejection =
  | 'malformed'
  | 'offset-mismatch'
  | 'empty-code'
  | 'not-vulnerable'
  | 'unpaired'
  | 'unchanged'
  | 'no-function'
  | 'test-code'
  | 'unknown-format'
  | 'unsupported-language'
  | 'source-missing';

export const FAULTS: ReadonlySet<ImportRejection> = new Set(['malformed', 'offset-mismatch']);

export interface ImportedFunction {
  readonly ok: true;
  readonly file: string;
  /** 1-based line or row of the input. */
  readonly line: number;
  readonly record: VulnerableFunction;
}

export interface RejectedRow {
  readonly ok: false;
  readonly file: string;
  readonly line: number;
  readonly reason: ImportRejection;
  readonly detail: string;
  /** The record's own id, where it could be read. */
  readonly id?: string;
  /** The text of a malformed line. */
  readonly raw?: string;
}

export type ImportEntry = ImportedFunction | RejectedRow;

export interface ImportOptions {
  /** Stop after this many functions. */
  readonly limit?: number;
  /** Throw at the first faulty row. */
  readonly strict?: boolean;
  /** Overrides the licence a format states by itself. */
  readonly license?: string;
  readonly signal?: AbortSignal;
  /** git: `A,B` commits or an `A..B` range. osv: folder that holds the clones. sarif: folder the paths are relative to. */
  readonly commits?: string;
  readonly range?: string;
  readonly root?: string;
}

/** What format detection looks at. */
export interface Sample {
  readonly path: string;
  readonly container: Container;
  /** Up to two rows from the start, where the container holds rows. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** The whole value, where the file is one JSON object. */
  readonly document?: Readonly<Record<string, unknown>>;
}

export interface Importer {
  readonly format: string;
  /** One line for help texts. */
  readonly title: string;
  /** What the input must look like, for error messages. */
  readonly expects: string;
  recognises(sample: Sample): boolean;
  read(input: string, options: ImportOptions): AsyncGenerator<ImportEntry>;
}

/** What a row became. */
export type Converted =
  | { readonly ok: true; readonly line?: number; readonly record: VulnerableFunction }
  | {
      readonly ok: false;
      readonly line?: number;
      readonly reason: ImportRejection;
      readonly detail: string;
      readonly id?: string;
    };

/** Rows of one file, in order; formats whose records span rows hold the earlier one. */
export interface RowReader {
  take(row: Record<string, unknown>, line: number): Converted | readonly Converted[];
  end?(): readonly Converted[];
}

export interface RowFormat {
  readonly format: string;
  readonly title: string;
  /** Columns without which a row is not of this format. */
  readonly columns: readonly string[];
  recognises?(sample: Sample): boolean;
  open(options: ImportOptions): RowReader;
}

export const hasColumns = (row: object | undefined, columns: readonly string[]): boolean =>
  row !== undefined && columns.every((column) => column in row);

/** So many rows at the head of a file may be broken before it counts as one of another format. */
export const TRIED_ROWS = 20;

/** An importer for a format that is a table; it reads JSONL, JSON arrays, CSV and Parquet alike. */
export function rowImporter(format: RowFormat): Importer {
  const expects = `rows with ${format.columns.join(', ')}`;
  return {
    format: format.format,
    title: format.title,
    expects,
    recognises: (sample) =>
      hasColumns(sample.rows[0], format.columns) && (format.recognises?.(sample) ?? true),
    async *read(input, options) {
      const reader = format.open(options);
      let rows = 0;
      let firstFault = '';
      const take = (row: Row): Iterable<ImportEntry> =>
        row.ok
          ? placed(input, row.line, convert(reader, row.row, row.line))
          : [rejectedFault(input, row)];
      /** Rows from the first without the columns on; undefined once a row has them. The first rows may be the broken ones. */
      let early: Row[] | undefined = [];
      for await (const row of readRows(input)) {
        rows++;
        if (!row.ok) firstFault ||= `${input}:${row.line}: ${row.detail}`;
        if (early === undefined || (!row.ok && early.length === 0)) {
          yield* take(row);
          continue;
        }
        early.push(row);
        if (row.ok && hasColumns(row.row, format.columns)) {
          for (const held of early) yield* take(held);
          early = undefined;
        } else if (early.length === TRIED_ROWS) break;
      }
      const odd = early?.find((row) => row.ok);
      if (odd !== undefined) assertColumns(input, format, odd.row);
      if (rows === 0) throw inputError(`${input}: empty file`, `${format.format} needs ${expects}`);
      if (early !== undefined)
        throw inputError(
          `${input}: none of its ${rows} lines could be read; the first: ${firstFault}`,
          `${format.format} needs ${expects}`,
        );
      yield* placed(input, rows, reader.end?.() ?? []);
    },
  };
}

function convert(reader: RowReader, row: Record<string, unknown>, line: number) {
  try {
    return reader.take(row, line);
  } catch (thrown) {
    return { ok: false, reason: 'malformed', detail: messageOf(thrown) } as const;
  }
}

function* placed(
  file: string,
  line: number,
  converted: Converted | readonly Converted[],
): Generator<ImportEntry> {
  const list = Array.isArray(converted) ? converted : [converted];
  for (const entry of list as readonly Converted[])
    yield { file, ...entry, line: entry.line ?? line };
}

const rejectedFault = (file: string, row: Row & { ok: false }): RejectedRow => ({
  ok: false,
  file,
  line: row.line,
  reason: 'malformed',
  detail: row.detail,
  raw: row.raw,
});

function assertColumns(input: string, format: RowFormat, row: Record<string, unknown>): void {
  const missing = format.columns.filter((column) => !(column in row));
  if (missing.length === 0) return;
  const found = Object.keys(row).slice(0, 20).join(', ') || 'no named columns';
  throw inputError(
    `${input}: not ${format.title}: missing ${missing.map((name) => `"${name}"`).join(', ')}; found ${found}`,
    'name the right format, or leave it to "auto"',
  );
}
