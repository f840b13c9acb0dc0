/**
 * @file CVEfixes (Bhandari et al. 2021), the SQLite database: methods before and after each fix commit, joined over
 * method_change - file_change - commits - fixes - cve. A method changed by the fix has a row with before_change True and
 * one with False; they are matched by name and signature, then by order. A method only added is no vulnerable function.
 */
import Database from 'libsql';
import { inputError, messageOf } from '../../../kernel/errors.ts';
import { commitPlaceOf, cweListOf, functionOf, languageOf, textOf } from '../fields.ts';
import type { ImportEntry, ImportOptions, Importer } from '../importer.ts';

type Row = Record<string, unknown>;

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  method_change: ['file_change_id', 'name', 'signature', 'code', 'before_change'],
  file_change: ['file_change_id', 'hash', 'filename', 'programming_language'],
  commits: ['hash', 'repo_url', 'msg'],
  fixes: ['cve_id', 'hash', 'repo_url'],
  cve: ['cve_id', 'description'],
};

const METHODS = `
  SELECT m.rowid AS method, m.file_change_id, m.name, m.signature, m.code, m.before_change,
         f.filename, f.programming_language, f.hash
  FROM method_change m JOIN file_change f ON f.file_change_id = m.file_change_id
  ORDER BY m.file_change_id, m.rowid`;

const COMMIT = `
  SELECT c.repo_url, c.msg, c.author_date, v.cve_id, v.description, v.published_date
  FROM fixes x JOIN cve v ON v.cve_id = x.cve_id LEFT JOIN commits c ON c.hash = x.hash
  WHERE x.hash = ? ORDER BY v.cve_id`;

export const cvefixes: Importer = {
  format: 'cvefixes',
  title: 'CVEfixes SQLite database',
  expects: `an SQLite database with the tables ${Object.keys(NEEDED).join(', ')}`,
  recognises: (sample) => sample.container === 'sqlite',
  async *read(input, options) {
    const database = openDatabase(input);
    try {
      assertTables(input, database);
      const weaknesses = weaknessLookup(database);
      const commitOf = remembered(
        (hash: string) => database.prepare(withDates(database, COMMIT)).all(hash) as Row[],
      );
      let group: Row[] = [];
      let rows = 0;
      for (const row of database.prepare(METHODS).iterate() as Iterable<Row>) {
        rows++;
        if (group.length > 0 && group[0]!.file_change_id !== row.file_change_id) {
          yield* entriesOf(input, group, commitOf, weaknesses, options);
          group = [];
        }
        group.push(row);
      }
      if (rows === 0) throw inputError(`${input}: no methods in table method_change`);
      yield* entriesOf(input, group, commitOf, weaknesses, options);
    } finally {
      database.close();
    }
  },
};

function openDatabase(path: string): Database.Database {
  try {
    const database = new Database(path, { readonly: true });
    database.prepare('SELECT name FROM sqlite_master LIMIT 1').all(); // opening alone reads nothing
    return database;
  } catch (thrown) {
    throw inputError(
      `${path}: not a readable SQLite database: ${messageOf(thrown)}`,
      'cvefixes needs the database of a CVEfixes release',
      thrown,
    );
  }
}

const columnsOf = (database: Database.Database, table: string): string[] =>
  (database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as Row[]).map((row) =>
    String(row.name),
  );

function assertTables(path: string, database: Database.Database): void {
  for (const [table, columns] of Object.entries(NEEDED)) {
    const found = columnsOf(database, table);
    const missing =
      found.length === 0
        ? [`table ${table}`]
        : columns.filter((name) => !found.includes(name)).map((name) => `column ${table}.${name}`);
    if (missing.length > 0)
      throw inputError(
        `${path}: not CVEfixes: missing ${missing.join(', ')}${found.length > 0 ? `; found ${found.join(', ')}` : ''}`,
        'expected the database of a CVEfixes release',
      );
  }
}

/** Older releases lack the dates; they are optional here. */
function withDates(database: Database.Database, query: string): string {
  const commits = columnsOf(database, 'commits');
  const cve = columnsOf(database, 'cve');
  return query
    .replace(
      'c.author_date',
      commits.includes('author_date') ? 'c.author_date' : 'NULL AS author_date',
    )
    .replace(
      'v.published_date',
      cve.includes('published_date') ? 'v.published_date' : 'NULL AS published_date',
    );
}

function weaknessLookup(database: Database.Database): (cve: string) => string[] {
  if (columnsOf(database, 'cwe_classification').length === 0) return () => [];
  const query = database.prepare('SELECT cwe_id FROM cwe_classification WHERE cve_id = ?');
  return remembered((cve: string) => cweListOf((query.all(cve) as Row[]).map((row) => row.cwe_id)));
}

/** Neighbouring methods share commit and CVE, so a short memory is enough and stays small. */
function remembered<T>(compute: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size > 1000) kept.clear();
    const value = compute(key);
    kept.set(key, value);
    return value;
  };
}

/** Records of one changed file. A commit that fixes several CVEs gives one record with the first and all weaknesses. */
function* entriesOf(
  file: string,
  group: readonly Row[],
  commitOf: (hash: string) => Row[],
  weaknesses: (cve: string) => string[],
  options: ImportOptions,
): Generator<ImportEntry> {
  const after = group.filter((row) => !isBefore(row));
  for (const row of group) {
    const line = Number(row.method);
    const id = textOf(row, 'name') ?? '';
    if (!isBefore(row)) continue;
    const fix = takeMatch(after, row);
    const code = String(row.code ?? '');
    const reject = (reason: 'empty-code' | 'unchanged', detail: string): ImportEntry => ({
      ok: false,
      file,
      line,
      reason,
      detail,
      id,
    });
    if (code.trim() === '') {
      yield reject('empty-code', 'the method has no code');
      continue;
    }
    if (fix !== undefined && fix.code === row.code) {
      yield reject('unchanged', 'the fix left the method as it was');
      continue;
    }
    const causes = commitOf(String(row.hash));
    const place = commitPlaceOf(textOf(causes[0] ?? {}, 'repo_url'));
    const name = textOf(row, 'filename');
    yield {
      ok: true,
      file,
      line,
      record: functionOf({
        language: languageOf(code, name, textOf(row, 'programming_language')),
        code,
        upstreamFix: fix === undefined ? undefined : String(fix.code),
        cwe: [...new Set(causes.flatMap((cause) => weaknesses(String(cause.cve_id))))],
        cve: textOf(causes[0] ?? {}, 'cve_id'),
        commitMessage: textOf(causes[0] ?? {}, 'msg'),
        description: descriptionText(causes[0]?.description),
        source: {
          dataset: 'CVEfixes',
          project: place.project,
          commit: textOf(row, 'hash'),
          file: name,
          url: place.url,
          license: options.license ?? 'CC-BY-4.0',
          date: textOf(causes[0] ?? {}, 'author_date') ?? textOf(causes[0] ?? {}, 'published_date'),
          recordId: `${String(row.hash)}:${name ?? ''}:${id}`,
        },
      }),
    };
  }
  for (const row of after)
    yield {
      ok: false,
      file,
      line: Number(row.method),
      reason: 'not-vulnerable',
      detail: 'a method that exists only after the fix',
      id: textOf(row, 'name') ?? '',
    };
}

const isBefore = (row: Row): boolean => /^(?:true|1)$/i.test(String(row.before_change));

/** Takes the matching method out of `after`: same name and signature, else the first of the same name. */
function takeMatch(after: Row[], row: Row): Row | undefined {
  const exact = after.findIndex(
    (other) => other.name === row.name && other.signature === row.signature,
  );
  const at = exact >= 0 ? exact : after.findIndex((other) => other.name === row.name);
  return at < 0 ? undefined : after.splice(at, 1)[0];
}

/** CVE descriptions are stored as text, or as a Python/JSON list of {lang, value}. */
function descriptionText(value: unknown): string | undefined {
  const text = String(value ?? '').trim();
  if (text === '') return undefined;
  const quoted = /["']value["']\s*:\s*(["'])([\s\S]*?)\1\s*}/.exec(text);
  return quoted?.[2] ?? text;
}
