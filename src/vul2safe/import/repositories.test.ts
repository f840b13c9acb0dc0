import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionChanges } from './function-changes.ts';
import { importRecords } from './import-records.ts';
import type { ImportEntry, ImportOptions } from './importer.ts';

const root = mkdtempSync(join(tmpdir(), 'repositories-'));
const repo = join(root, 'owner', 'app');
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', repo, ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    },
  }).trim();
const write = (path: string, text: string): void => {
  mkdirSync(join(repo, path, '..'), { recursive: true });
  writeFileSync(join(repo, path), text);
};

const C_BEFORE =
  '#include <string.h>\nint keep(void) { return 1; }\n\nint f(char *s) {\n  char b[8];\n  strcpy(b, s);\n  return b[0];\n}\n';
const C_AFTER = C_BEFORE.replace('strcpy(b, s)', 'strlcpy(b, s, 8)');
const PY_BEFORE =
  'class Store:\n    def load(self, name):\n        return open("/data/" + name).read()\n\n    def size(self):\n        return 1\n';
const PY_AFTER = PY_BEFORE.replace('open("/data/" + name)', 'open(safe_join("/data", name))');
const JS_BEFORE =
  'function outer() {\n  const a = 1;\n  run(function inner(x) { return eval(x); });\n  return a;\n}\n';
const JS_AFTER = JS_BEFORE.replace('eval(x)', 'JSON.parse(x)');

let fix = '';
let first = '';
beforeAll(() => {
  mkdirSync(repo, { recursive: true });
  git('init', '-q');
  write('src/a.c', C_BEFORE);
  write('lib/store.py', PY_BEFORE);
  write('web/x.js', JS_BEFORE);
  write('tests/test_a.py', 'def test_a():\n    assert 1\n');
  write('README.md', 'one\n');
  write('LICENSE', 'Permission is hereby granted, free of charge, to any person');
  git('add', '.');
  git('commit', '-q', '-m', 'start');
  first = git('rev-parse', 'HEAD');
  write('src/a.c', C_AFTER);
  write('lib/store.py', PY_AFTER);
  write('web/x.js', JS_AFTER);
  write('tests/test_a.py', 'def test_a():\n    assert 2\n');
  write('README.md', 'two\n');
  git('add', '.');
  git('commit', '-q', '-m', 'Fix CVE-2021-12345 (CWE-22) in store');
  fix = git('rev-parse', 'HEAD');
});

async function collect(
  format: string,
  input: string,
  options: ImportOptions,
): Promise<ImportEntry[]> {
  const entries: ImportEntry[] = [];
  for await (const entry of importRecords(format, [input], options)) entries.push(entry);
  return entries;
}
const functions = (entries: readonly ImportEntry[]) =>
  entries.flatMap((entry) => (entry.ok ? [entry.record] : []));

describe('git', () => {
  it('takes the changed functions of a fix commit, before and after, in every language it parses', async () => {
    const entries = await collect('auto', repo, { commits: fix });
    const found = functions(entries);
    expect(found.map((record) => [record.language, record.source?.file])).toEqual([
      ['python', 'lib/store.py'],
      ['c', 'src/a.c'],
      ['javascript', 'web/x.js'],
    ]);
    const [python, c, javascript] = found;
    expect(python!.code).toBe(
      '    def load(self, name):\n        return open("/data/" + name).read()',
    );
    expect(c!.code).toMatch(/^int f\(char \*s\) \{[\s\S]*strcpy[\s\S]*\}$/);
    expect(c!.upstreamFix).toContain('strlcpy(b, s, 8)');
    expect(javascript!.code).toBe('function inner(x) { return eval(x); }');
    expect(c).toMatchObject({
      cve: 'CVE-2021-12345',
      cwe: ['CWE-22'],
      source: { commit: fix, project: 'app', license: 'MIT' },
    });
    expect(entries.flatMap((entry) => (entry.ok ? [] : [entry.reason])).sort()).toEqual([
      'test-code',
      'unsupported-language',
    ]);
  });

  it('walks a range and names commits it does not have', async () => {
    expect(functions(await collect('git', repo, { range: `${first}..${fix}` }))).toHaveLength(3);
    const [missing] = await collect('git', repo, { commits: 'deadbeef' });
    expect(missing).toMatchObject({ ok: false, reason: 'source-missing', id: 'deadbeef' });
  });

  it('refuses what could be taken for an option, and asks which commits', async () => {
    await expect(collect('git', repo, { commits: '--output=/tmp/x' })).rejects.toThrow(
      /not a git revision/,
    );
    await expect(collect('git', repo, {})).rejects.toThrow(/which commits/);
    await expect(collect('git', root, { commits: 'HEAD' })).rejects.toThrow(/not a git repository/);
  });
});

describe('osv', () => {
  it('reads the fix commit of a record from the local clone', async () => {
    const record = {
      id: 'GHSA-1',
      aliases: ['CVE-2021-12345'],
      details: 'Path traversal.',
      affected: [
        {
          ranges: [
            {
              type: 'GIT',
              repo: 'https://github.com/owner/app',
              events: [{ introduced: '0' }, { fixed: fix }],
            },
          ],
        },
      ],
      database_specific: { cwe_ids: ['CWE-73'] },
    };
    const path = join(root, 'osv.json');
    writeFileSync(path, JSON.stringify(record, null, 2));
    const found = functions(await collect('auto', path, { root }));
    expect(found).toHaveLength(3);
    expect(found[0]).toMatchObject({
      cwe: ['CWE-73'],
      cve: 'CVE-2021-12345',
      description: 'Path traversal.',
      source: { dataset: 'OSV' },
    });
  });

  it('says which clone is missing', async () => {
    const path = join(root, 'osv.jsonl');
    const record = {
      id: 'X-1',
      affected: [],
      references: [{ type: 'FIX', url: 'https://github.com/no/where/commit/abcdef1' }],
    };
    writeFileSync(path, `${JSON.stringify(record)}\n${JSON.stringify({ ...record, id: 'X-2' })}\n`);
    expect(await collect('auto', path, { root })).toMatchObject([
      {
        ok: false,
        id: 'X-1',
        reason: 'source-missing',
        detail: expect.stringContaining('no clone of https://github.com/no/where'),
      },
      { ok: false, id: 'X-2' },
    ]);
  });
});

describe('sarif', () => {
  const result = (uri: string, startLine: number, ruleId = 'r1') => ({
    ruleId,
    message: { text: 'bad' },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine } } }],
  });
  const log = (results: readonly unknown[]) => ({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'scanner',
            rules: [
              { id: 'r1', properties: { tags: ['external/cwe/cwe-078'] } },
              { id: 'r2', properties: { cwe: 'CWE-22: path' } },
            ],
          },
        },
        results,
      },
    ],
  });

  it('makes one record of the function around findings, with all their weaknesses', async () => {
    const path = join(root, 'log.sarif');
    writeFileSync(
      path,
      JSON.stringify(
        log([
          result('lib/store.py', 3),
          result('lib/store.py', 3, 'r2'),
          result('lib/store.py', 1),
          result('../../secret.py', 1),
          result('README.md', 1),
          { message: {} },
        ]),
      ),
    );
    const entries = await collect('auto', path, { root: repo });
    expect(functions(entries)).toMatchObject([
      {
        language: 'python',
        cwe: ['CWE-78', 'CWE-22'],
        source: { dataset: 'SARIF scanner', file: 'lib/store.py' },
      },
    ]);
    expect(functions(entries)[0]!.code).toMatch(/^def load/);
    expect(entries.flatMap((entry) => (entry.ok ? [] : [entry.reason])).sort()).toEqual([
      'malformed',
      'no-function',
      'source-missing',
      'unsupported-language',
    ]);
  });
});

describe('functionChanges', () => {
  it('matches overloads by signature and reports a changed outer function whole', async () => {
    const before = 'int f(int a) { return a; }\nint f(char a) { return a; }\n';
    const after =
      'int f(char a) { return a + 1; }\nint f(int a) { return a; }\nint g() { return 0; }\n';
    const changes = await functionChanges('cpp', before, after);
    expect(changes).toMatchObject([
      {
        name: 'f',
        line: 2,
        before: 'int f(char a) { return a; }',
        after: 'int f(char a) { return a + 1; }',
      },
    ]);
    const outer = await functionChanges(
      'javascript',
      JS_BEFORE,
      JS_BEFORE.replace('const a = 1', 'const a = 2').replace('eval', 'parse'),
    );
    expect(outer.map((change) => change.name)).toEqual(['outer']);
  });

  it.each([
    [
      'java',
      'class A { int f(int a) { return a; } }',
      'class A { int f(int a) { return a + 1; } }',
    ],
    [
      'go',
      'package a\nfunc (s *S) F(a int) int { return a }\n',
      'package a\nfunc (s *S) F(a int) int { return a + 1 }\n',
    ],
    [
      'typescript',
      'const f = (a: number): number => a;',
      'const f = (a: number): number => a + 1;',
    ],
  ] as const)('finds the changed function in %s', async (language, before, after) => {
    expect(await functionChanges(language, before, after)).toHaveLength(1);
  });
});
