import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../code/syntax-tree.ts';
import { createRewriter } from './rewriter.ts';

const rewriter = createRewriter();
beforeAll(() => loadGrammar('javascript'));
const rewrite = (code: string, cwe: string): string | undefined =>
  rewriter.rewrite('javascript', code, [cwe], [])?.code;

const CASES: [title: string, cwe: string, code: string, expected: string][] = [
  [
    'SQL by concatenation',
    'CWE-89',
    `db.query("SELECT * FROM t WHERE n = '" + name + "'");`,
    "db.query('SELECT * FROM t WHERE n = ?', [name]);",
  ],
  [
    'a LIKE pattern in a template',
    'CWE-89',
    "function f(q) {\n  return db.all(`SELECT * FROM t WHERE n LIKE '%${q}%'`);\n}",
    "db.all('SELECT * FROM t WHERE n LIKE ?', ['%' + q + '%'])",
  ],
  [
    'a query in a variable',
    'CWE-89',
    `function f(id) {\n  const sql = 'DELETE FROM t WHERE id = ' + id;\n  return db.run(sql);\n}`,
    "const sql = 'DELETE FROM t WHERE id = ?';\n  return db.run(sql, [id]);",
  ],
  [
    'a shell command',
    'CWE-78',
    "const cp = require('child_process');\ncp.execSync(`tar -czf ${name}.tgz out`);",
    "cp.execFileSync('tar', ['-czf', name + '.tgz', 'out']);",
  ],
  [
    'a joined path',
    'CWE-22',
    'function f(name) {\n  return fs.readFileSync(path.join(ROOT, name));\n}',
    'startsWith(root + path.sep)',
  ],
  ['markup', 'CWE-79', 'function f(n) {\n  return `<b>${n}</b>`;\n}', '<b>${escapeHtml(n)}</b>'],
  ['evaluated data', 'CWE-95', "const v = eval('(' + text + ')');", 'const v = JSON.parse(text);'],
  [
    'a broken hash',
    'CWE-328',
    "crypto.createHash('md5').update(x);",
    "crypto.createHash('sha256').update(x);",
  ],
  [
    'a predictable token',
    'CWE-338',
    'const t = Math.random().toString(36).slice(2);',
    "const t = require('crypto').randomBytes(16).toString('hex');",
  ],
  [
    'a predictable number',
    'CWE-338',
    'const n = Math.floor(Math.random() * 10);',
    "const n = require('crypto').randomInt(10);",
  ],
  ['a redirect', 'CWE-601', 'res.redirect(req.query.to);', "? req.query.to : '/'"],
  [
    'keys of a merge',
    'CWE-1321',
    'function m(a, b) {\n  for (const k in b) {\n    a[k] = b[k];\n  }\n}',
    "if (k === '__proto__'",
  ],
  [
    'a secret in code',
    'CWE-798',
    "const apiKey = 'abcdef123456';",
    'const apiKey = process.env.API_KEY;',
  ],
];

describe('rewrite rules', () => {
  it.each(CASES)('repair %s', (_, cwe, code, expected) => {
    expect(rewrite(code, cwe)).toContain(expected);
  });

  const LEFT_ALONE: [string, string, string][] = [
    [
      'a table name that is a value',
      'CWE-89',
      "db.query('SELECT * FROM ' + table + ' WHERE id = 1');",
    ],
    ['a command with a pipe', 'CWE-78', "require('child_process').exec('cat ' + f + ' | wc -l');"],
    ['a program that is a value', 'CWE-78', "require('child_process').exec(program + ' -v');"],
    ['code that is more than data', 'CWE-95', "eval('var x = ' + text + '; run(x)');"],
    ['another weakness than the one recorded', 'CWE-22', "crypto.createHash('md5').update(x);"],
    ['a hash that is strong', 'CWE-328', "crypto.createHash('sha256').update(x);"],
  ];
  it.each(LEFT_ALONE)('leave alone %s', (_, cwe, code) => {
    expect(rewrite(code, cwe)).toBeUndefined();
  });

  it('know nothing of other languages', () => {
    expect(rewriter.rewrite('python', 'eval(x)', ['CWE-95'], [])).toBeUndefined();
  });
});
