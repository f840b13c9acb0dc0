import { mkdtempSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { writeParquetRows } from '../../data/parquet.ts';
import { detectFormat } from './detect.ts';
import { importRecords } from './import-records.ts';
import { importToFile } from './import-to-file.ts';
import type { ImportEntry, ImportOptions } from './importer.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
let files = 0;
function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}
const jsonl = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function collect(
  format: string,
  path: string,
  options?: ImportOptions,
): Promise<ImportEntry[]> {
  const entries: ImportEntry[] = [];
  for await (const entry of importRecords(format, [path], options)) entries.push(entry);
  return entries;
}
const functionsOf = (entries: readonly ImportEntry[]) =>
  entries.flatMap((entry) => (entry.ok ? [entry.record] : []));
const reasonsOf = (entries: readonly ImportEntry[]) =>
  entries.flatMap((entry) => (entry.ok ? [] : [`${entry.line}:${entry.reason}`]));

const CODE = 'int f(char *s) { char b[8]; strcpy(b, s); return b[0]; }';
const FIX = 'int f(char *s) { char b[8]; strlcpy(b, s, sizeof b); return b[0]; }';

const HASH = '238223164532786533215583452209843695586';
const primevulRow = (target: number, func: string, extra: object = {}): string => {
  const row = {
    project: 'p',
    commit_id: 'c1',
    target,
    func,
    cwe: ['CWE-787'],
    cve: 'CVE-2020-1',
    file_name: 'a.c',
  };
  return JSON.stringify({ ...row, ...extra, func_hash: 0 }).replace(/0}$/, `${HASH}}`);
};

describe('importRecords', () => {
  it('tells the format though the first rows are broken, and counts them', async () => {
    const path = put(
      'late.jsonl',
      `{"language":"c"}\nno json\n{"a":1}\n${jsonl([{ language: 'c', code: CODE, cwe: [] }])}`,
    );
    expect(await detectFormat(path)).toBe('generic');
    const entries = await collect('auto', path);
    expect(functionsOf(entries)).toMatchObject([{ code: CODE }]);
    expect(reasonsOf(entries)).toHaveLength(3);
  });

  it('says that a file is no Parquet file instead of reading it as a table', async () => {
    const path = put('odd.parquet', 'a,b\n1,2\n');
    await expect(detectFormat(path)).rejects.toThrow(/not a Parquet file/);
  });

  it('pairs consecutive PrimeVul rows and keeps 128-bit hashes', async () => {
    const path = put('paired.jsonl', `${primevulRow(1, CODE)}\n${primevulRow(0, FIX)}\n`);
    expect(await detectFormat(path)).toBe('primevul-paired');
    const [record] = functionsOf(await collect('auto', path));
    expect(record).toMatchObject({
      language: 'c',
      code: CODE,
      upstreamFix: FIX,
      cwe: ['CWE-787'],
      cve: 'CVE-2020-1',
      source: { recordId: '238223164532786533215583452209843695586', project: 'p', license: 'MIT' },
    });
  });

  it('sets aside paired rows without a partner, each with its line', async () => {
    const path = put(
      'odd.jsonl',
      [
        primevulRow(1, CODE),
        primevulRow(0, FIX),
        primevulRow(0, FIX),
        primevulRow(1, CODE),
        primevulRow(1, CODE),
        primevulRow(0, FIX, { commit_id: 'c2' }),
        primevulRow(1, CODE),
      ].join('\n'),
    );
    const entries = await collect('primevul-paired', path);
    expect(functionsOf(entries)).toHaveLength(1);
    expect(reasonsOf(entries)).toEqual([
      '3:unpaired',
      '4:unpaired',
      '5:unpaired',
      '6:unpaired',
      '7:unpaired',
    ]);
  });

  it('takes only the vulnerable rows of an unpaired PrimeVul file', async () => {
    const path = put(
      'unpaired.jsonl',
      `${primevulRow(1, CODE)}\n${primevulRow(0, FIX, { commit_id: 'other' })}\n`,
    );
    expect(await detectFormat(path)).toBe('primevul');
    const entries = await collect('auto', path);
    expect(functionsOf(entries)).toHaveLength(1);
    expect(reasonsOf(entries)).toEqual(['2:not-vulnerable']);
  });

  it('reads generic rows, keeps given ids, and turns marks from code points into UTF-16', async () => {
    const path = put(
      'generic.jsonl',
      jsonl([
        {
          id: 'mine',
          language: 'C++',
          code: '/*😀*/ f();',
          cwe: [78],
          marks: { vulnerable: [{ start: 6, end: 7 }], secure: [] },
        },
        { language: 'python', code: 'x = 1', cwe: ['cwe-079'], source: { project: 'q' } },
      ]),
    );
    const [first, second] = functionsOf(await collect('auto', path));
    expect(first).toMatchObject({ id: 'mine', language: 'cpp', cwe: ['CWE-78'] });
    expect(first!.marks!.vulnerable).toEqual([{ start: 7, end: 8 }]);
    expect(second).toMatchObject({ language: 'python', cwe: ['CWE-79'], source: { project: 'q' } });
    expect(second!.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('counts malformed lines with file and line, goes on, and stops when strict', async () => {
    const good = JSON.stringify({ language: 'c', code: CODE, cwe: [] });
    const path = put(
      'torn.jsonl',
      `${good}\n{"language": "c", \n[1]\n${JSON.stringify({ language: 'klingon', code: 'x', cwe: [] })}\n${JSON.stringify({ language: 'c', code: ' ', cwe: [] })}\n${good}\n`,
    );
    const entries = await collect('generic', path);
    expect(functionsOf(entries)).toHaveLength(2);
    expect(reasonsOf(entries)).toEqual([
      '2:malformed',
      '3:malformed',
      '4:malformed',
      '5:empty-code',
    ]);
    await expect(collect('generic', path, { strict: true })).rejects.toThrow(
      `${path}:2: malformed`,
    );
  });

  it('names what was expected and found for a wrong format, a missing column, an empty file', async () => {
    const other = put('other.jsonl', jsonl([{ a: 1, b: 2 }]));
    await expect(collect('auto', other)).rejects.toThrow(
      /no known format; found JSON lines with a, b/,
    );
    await expect(collect('generic', other)).rejects.toThrow(
      /missing "language", "code", "cwe"; found a, b/,
    );
    await expect(collect('generic', put('empty.jsonl', ''))).rejects.toThrow(/empty file/);
    await expect(collect('generic', put('noise.jsonl', 'hello\nworld\n'))).rejects.toThrow(
      /none of its 2 lines/,
    );
    await expect(collect('nonsense', other)).rejects.toThrow(/unknown format "nonsense"/);
    await expect(collect('cvefixes', other)).rejects.toThrow(/not a readable SQLite database/);
    await expect(collect('auto', join(folder, 'absent'))).rejects.toThrow(/no such file/);
  });

  it('reads BigVul CSV with quoted line breaks, and sets malformed rows aside', async () => {
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const header =
      ',CVE ID,CWE ID,codeLink,commit_id,file_name,func_before,func_after,lang,project,vul';
    const row = (n: number, vul: number) =>
      `${n},CVE-2011-1,CWE-20,https://github.com/o/n/commit/abcdef123,abcdef123,a.c,${quote(`int f()\n{ return "x"[${n}]; }`)},${quote('int f()\n{ return 0; }')},C,n,${vul}`;
    const path = put('msr.csv', `${header}\n${row(1, 1)}\n${row(2, 0)}\n3,too,few\n${row(4, 1)}\n`);
    expect(await detectFormat(path)).toBe('bigvul');
    const entries = await collect('auto', path);
    expect(functionsOf(entries).map((record) => record.code)).toEqual([
      'int f()\n{ return "x"[1]; }',
      'int f()\n{ return "x"[4]; }',
    ]);
    expect(functionsOf(entries)[0]).toMatchObject({
      cve: 'CVE-2011-1',
      cwe: ['CWE-20'],
      source: { project: 'n', commit: 'abcdef123' },
    });
    expect(
      entries
        .filter((entry) => !entry.ok)
        .map((entry) => !entry.ok && entry.reason)
        .sort(),
    ).toEqual(['malformed', 'not-vulnerable']);
  });

  it('reads the same rows from Parquet, gzip and a JSON array', async () => {
    const rows = [
      { language: 'c', code: CODE, cwe: ['CWE-787'], upstreamFix: FIX },
      { language: 'c', code: FIX, cwe: [], upstreamFix: null },
    ];
    const parquet = join(folder, 'rows.parquet');
    await writeParquetRows(
      parquet,
      { language: 'string', code: 'string', cwe: { list: 'string' }, upstreamFix: 'string' },
      rows,
    );
    const plain = functionsOf(await collect('auto', put('rows.jsonl', jsonl(rows))));
    expect(plain).toHaveLength(2);
    expect(functionsOf(await collect('parquet', parquet))).toEqual(plain);
    expect(functionsOf(await collect('auto', put('rows.jsonl.gz', gzipSync(jsonl(rows)))))).toEqual(
      plain,
    );
    expect(
      functionsOf(await collect('auto', put('rows.json', JSON.stringify(rows, null, 2)))),
    ).toEqual(plain);
  });

  it('says where a JSON array breaks off, and keeps what came before', async () => {
    const rows = JSON.stringify(
      [
        { language: 'c', code: CODE, cwe: [] },
        { language: 'c', code: 'cut' },
      ],
      null,
      1,
    );
    const entries = await collect('generic', put('cut.json', rows.slice(0, -20)));
    expect(functionsOf(entries)).toHaveLength(1);
    expect(entries.at(-1)).toMatchObject({
      ok: false,
      reason: 'malformed',
      detail: expect.stringContaining('ends inside'),
    });
  });

  it('refuses a SVEN row whose offsets do not hit the characters it quotes', async () => {
    const row = (chars: string) => ({
      func_name: 'f',
      func_src_before: 'héllo😀 strcpy(a)',
      func_src_after: 'héllo😀 strlcpy(a)',
      vul_type: 'cwe-787',
      commit_link: 'github.com/o/n/commit/abcdef1234',
      file_name: 'a.c',
      char_changes: { deleted: [], added: [{ char_start: 10, char_end: 11, chars }] },
    });
    const entries = await collect('sven', put('sven.jsonl', jsonl([row('l'), row('x')])));
    expect(functionsOf(entries)[0]!.marks).toEqual({
      vulnerable: [],
      secure: [{ start: 11, end: 12 }],
    });
    expect(functionsOf(entries)[0]).toMatchObject({
      source: { project: 'o/n', commit: 'abcdef1234' },
    });
    expect(reasonsOf(entries)).toEqual(['2:offset-mismatch']);
  });

  it('joins the tables of CVEfixes and matches methods before and after', async () => {
    const path = join(folder, 'cvefixes.db');
    const db = new Database(path);
    db.exec(`
      CREATE TABLE cve (cve_id TEXT, description TEXT, published_date TEXT);
      CREATE TABLE fixes (cve_id TEXT, hash TEXT, repo_url TEXT);
      CREATE TABLE commits (hash TEXT, repo_url TEXT, msg TEXT, author_date TEXT);
      CREATE TABLE file_change (file_change_id TEXT, hash TEXT, filename TEXT, programming_language TEXT);
      CREATE TABLE method_change (file_change_id TEXT, name TEXT, signature TEXT, code TEXT, before_change TEXT);
      CREATE TABLE cwe_classification (cve_id TEXT, cwe_id TEXT);
      INSERT INTO cve VALUES ('CVE-2019-1', '[{''lang'': ''en'', ''value'': ''Overflow in f.''}]', '2019-01-01');
      INSERT INTO fixes VALUES ('CVE-2019-1', 'h1', 'https://github.com/o/n');
      INSERT INTO commits VALUES ('h1', 'https://github.com/o/n', 'fix f', '2019-01-02');
      INSERT INTO file_change VALUES ('1', 'h1', 'src/a.c', 'C');
      INSERT INTO cwe_classification VALUES ('CVE-2019-1', 'CWE-787'), ('CVE-2019-1', 'NVD-CWE-noinfo');
      INSERT INTO method_change VALUES
        ('1', 'f', 'f(char * s)', '${CODE}', 'True'), ('1', 'f', 'f(char * s)', '${FIX}', 'False'),
        ('1', 'gone', 'gone()', 'int gone() { return 1; }', 'True'),
        ('1', 'added', 'added()', 'int added() { return 1; }', 'False'),
        ('1', 'same', 'same()', 'int same() { }', 'True'), ('1', 'same', 'same()', 'int same() { }', 'False');
    `);
    db.close();
    expect(await detectFormat(path)).toBe('cvefixes');
    const entries = await collect('auto', path);
    expect(functionsOf(entries)).toMatchObject([
      {
        language: 'c',
        code: CODE,
        upstreamFix: FIX,
        cwe: ['CWE-787'],
        cve: 'CVE-2019-1',
        description: 'Overflow in f.',
        commitMessage: 'fix f',
        source: { project: 'o/n', commit: 'h1', file: 'src/a.c', date: '2019-01-02' },
      },
      { code: 'int gone() { return 1; }' },
    ]);
    expect(functionsOf(entries)[1]!.upstreamFix).toBeUndefined();
    expect(reasonsOf(entries)).toEqual(['5:unchanged', '4:not-vulnerable']);
  });
});

describe('a folder of files', () => {
  const inside = (name: string, content: string): void => writeFileSync(join(mixed, name), content);
  const mixed = mkdtempSync(join(tmpdir(), 'mixed-'));

  it('sets files of no known format aside, and throws only where nothing in it is known', async () => {
    inside('a.jsonl', jsonl([{ task_id: 1, prompt: 'p' }]));
    await expect(collect('auto', mixed)).rejects.toThrow(/no known format/);
    inside('b.jsonl', jsonl([{ language: 'c', code: CODE, cwe: [] }]));
    inside('notes.txt', 'not data');
    const entries = await collect('auto', mixed);
    expect(functionsOf(entries)).toHaveLength(1);
    expect(reasonsOf(entries)).toEqual(['0:unknown-format']);
  });
});

describe('importToFile', () => {
  it('writes functions and, beside them, every rejected row with its raw text', async () => {
    const path = put(
      'mixed.jsonl',
      `${JSON.stringify({ language: 'c', code: CODE, cwe: [] })}\n{"torn": \n`,
    );
    const output = join(folder, 'out', 'functions.jsonl');
    const summary = await importToFile('generic', [path], output);
    expect(summary).toMatchObject({ in: 2, functions: 1, rejected: { malformed: 1 } });
    const rejected = JSON.parse(readFileSync(summary.rejectedOutput, 'utf8')) as object;
    expect(rejected).toMatchObject({
      id: `${path}:2`,
      reason: 'malformed',
      line: 2,
      raw: '{"torn": ',
    });
    // What import writes, import reads.
    expect(functionsOf(await collect('auto', output))).toEqual(
      functionsOf(await collect('generic', path)),
    );
  });

  it('leaves no output when the input is refused', async () => {
    const output = join(folder, 'refused', 'functions.jsonl');
    await expect(importToFile('generic', [put('none.jsonl', '')], output)).rejects.toThrow(/empty/);
    expect(existsSync(output)).toBe(false);
  });

  it('stops at the limit', async () => {
    const path = put(
      'three.jsonl',
      jsonl([1, 2, 3].map((n) => ({ language: 'c', code: `${CODE} //${n}`, cwe: [] }))),
    );
    const summary = await importToFile('auto', [path], join(folder, 'limit', 'f.jsonl'), {
      limit: 2,
    });
    expect(summary.functions).toBe(2);
  });
});
