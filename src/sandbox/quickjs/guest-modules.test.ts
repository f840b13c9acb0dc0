import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../sandbox.ts';
import { createQuickJsSandbox } from './quickjs-sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createQuickJsSandbox();
});
afterAll(() => sandbox.close());

/** Evaluates expressions inside the sandbox, with all modules at hand. */
async function evaluate(expression: string): Promise<unknown> {
  const outcome = await sandbox.run({
    language: 'javascript',
    program: `const fs = require('fs'), path = require('path'), db = require('db'), cp = require('child_process'), crypto = require('crypto'), jwt = require('jsonwebtoken'), serialize = require('node-serialize'); exports.f = async () => (${expression});`,
    world: {
      files: { '/srv/a.txt': 'alpha', '/app/b.txt': 'beta' },
      tables: {
        users: [
          { id: 1, name: 'ann', age: 30 },
          { id: 2, name: 'bob', age: 20 },
          { id: 3, name: "o'neil", age: 40 },
        ],
        keys: [{ secret: 's3' }],
      },
      routes: { 'api.example.com/x': '{"a":1}' },
    },
    tests: [
      {
        name: 'value',
        code: 'throw new Error(JSON.stringify({ value: await program.f(), commands: host.commands.map((command) => command.argv), writes: host.writes, hosts: host.requests.map((request) => request.host) }))',
      },
    ],
    limits: { wallMs: 50, memoryMb: 16 },
  });
  const [test] = outcome.status === 'ran' ? outcome.tests : [];
  if (test?.status !== 'failed') throw new Error(JSON.stringify(outcome));
  if (!test.message.startsWith('Error: {')) return test.message;
  return JSON.parse(test.message.slice('Error: '.length));
}
const value = async (expression: string): Promise<unknown> =>
  ((await evaluate(expression)) as { value: unknown }).value;

describe('db', () => {
  const ids = (sql: string, ...params: unknown[]) =>
    value(`db.query(${JSON.stringify(sql)}, ${JSON.stringify(params)}).map((row) => row.id)`);
  it('selects with conditions, order and limit', async () => {
    expect(await ids('SELECT * FROM users WHERE age > 20 AND name <> ?', 'ann')).toEqual([3]);
    expect(await ids('SELECT * FROM users ORDER BY age DESC LIMIT 2')).toEqual([3, 1]);
    expect(await ids("SELECT * FROM users WHERE name LIKE '%B%' OR id IN (3)")).toEqual([2, 3]);
    expect(await ids("SELECT id FROM users WHERE name = 'o''neil'")).toEqual([3]);
    expect(
      await value(`db.query('SELECT COUNT(*) AS n FROM users WHERE NOT (age < 25)')[0].n`),
    ).toBe(2);
  });
  it('acts on injected text as a database does', async () => {
    expect(await ids("SELECT * FROM users WHERE name = 'x' OR '1'='1'")).toEqual([1, 2, 3]);
    expect(await ids("SELECT * FROM users WHERE name = 'ann' -- ' AND age = 99")).toEqual([1]);
    expect(
      await value(`db.query("SELECT name FROM users WHERE id = 0 UNION SELECT secret FROM keys")`),
    ).toEqual([{ name: 's3' }]);
    expect(
      await value(
        `(db.query("SELECT * FROM users WHERE id = 1; DELETE FROM users"), db.query('SELECT * FROM users').length)`,
      ),
    ).toBe(0);
    expect(await ids('SELECT * FROM users WHERE name = ?', "x' OR '1'='1")).toEqual([]);
  });
  it('inserts, updates and deletes', async () => {
    expect(
      await value(
        `(db.query('INSERT INTO users (id, name) VALUES (?, ?)', [9, 'eve']), db.query("UPDATE users SET age = 5 WHERE name = 'eve'").changes + db.query('DELETE FROM users WHERE age > 25').changes)`,
      ),
    ).toBe(3);
  });
  it('refuses what is no SQL', async () => {
    expect(await evaluate(`db.query("SELECT * FROM users WHERE name = 'x")`)).toContain(
      'SQL error',
    );
    expect(await evaluate(`db.query('SELECT * FROM nowhere')`)).toContain('no such table');
  });
});

describe('child_process', () => {
  const commands = async (line: string) =>
    (
      (await evaluate(`cp.execSync(${JSON.stringify(line)}).toString()`)) as {
        commands: string[][];
      }
    ).commands;
  it('parses a shell line into the commands it starts', async () => {
    expect(await commands('ls -l; rm x && echo "a b" | wc -c || true')).toEqual([
      ['ls', '-l'],
      ['rm', 'x'],
      ['echo', 'a b'],
      ['wc', '-c'],
      ['true'],
    ]);
    expect(await commands('ping $(reboot) `halt`')).toEqual([
      ['reboot'],
      ['halt'],
      ['ping', 'reboot', 'halt'],
    ]);
    expect(await commands(`echo 'a; b' a\\;b "$(id)" # rm`)).toEqual([
      ['id'],
      ['echo', 'a; b', 'a;b', 'id'],
    ]);
  });
  it('starts exactly one program without a shell', async () => {
    expect(
      await evaluate(`cp.execFileSync('ping', ['-c', '1', 'a; reboot'], { encoding: 'utf8' })`),
    ).toMatchObject({
      value: 'ping -c 1 a; reboot\n',
      commands: [['ping', '-c', '1', 'a; reboot']],
    });
    expect(await evaluate(`cp.spawnSync('ls', ['x; id'], { shell: true }).status`)).toMatchObject({
      commands: [['ls', 'x'], ['id']],
    });
  });
});

describe('fs and path', () => {
  it('resolve .. and relative names as a file system does', async () => {
    expect(
      await value(`fs.readFileSync('/data/../srv/./a.txt', 'utf8') + fs.readFileSync('b.txt')`),
    ).toBe('alphabeta');
    expect(
      await value(
        `[path.join('/srv/docs', '../../etc/passwd'), path.resolve('/srv', '/etc'), path.basename('../../x'), path.normalize('a/../../b'), path.extname('a.tar.gz'), path.relative('/a/b', '/a/c')]`,
      ),
    ).toEqual(['/etc/passwd', '/etc', 'x', '../b', '.gz', '../c']);
    expect(await evaluate(`fs.readFileSync('/nowhere')`)).toContain('ENOENT');
    expect(await value(`fs.promises.readFile('/srv/a.txt', 'utf8')`)).toBe('alpha');
  });
});

describe('the web', () => {
  it('parses addresses as browsers do', async () => {
    expect(
      await value(
        `['https://a.b@evil.test/x', 'http://A.example.COM:80/../y?q#h', '//evil.test', '/\\\\\\\\evil.test'].map((text) => new URL(text, 'https://home.test').host)`,
      ),
    ).toEqual(['evil.test', 'a.example.com', 'evil.test', 'evil.test']);
    expect(await evaluate(`new URL('no address')`)).toContain('Invalid URL');
  });
  it('fetches from routes and records every host', async () => {
    expect(
      await evaluate(`fetch('http://api.example.com/x').then((reply) => reply.json())`),
    ).toMatchObject({ value: { a: 1 }, hosts: ['api.example.com'] });
    expect(await evaluate(`fetch('http://10.0.0.1/').then((reply) => reply.status)`)).toMatchObject(
      { value: 404, hosts: ['10.0.0.1'] },
    );
  });
});

describe('crypto and packages', () => {
  it('digests are the real ones', async () => {
    expect(
      await value(`crypto.createHash('sha256').update('abc').digest('hex').slice(0, 16)`),
    ).toBe('ba7816bf8f01cfea');
    expect(await value(`crypto.createHmac('md5', 'k').update('é').digest('base64')`)).toMatch(
      /^[\w+/]{22}==$/,
    );
  });
  it('tokens verify only under their key', async () => {
    expect(await value(`jwt.verify(jwt.sign({ a: 1 }, 'k'), 'k').a`)).toBe(1);
    expect(await evaluate(`jwt.verify(jwt.sign({ a: 1 }, 'k'), 'other')`)).toContain(
      'invalid signature',
    );
  });
  it('node-serialize runs functions in its input, as the real one does', async () => {
    expect(
      await value(
        `(serialize.unserialize('{"x":"_$$ND_FUNC$$_function(){globalThis.ran=1}()"}'), globalThis.ran)`,
      ),
    ).toBe(1);
  });
  it('Buffer converts between encodings', async () => {
    expect(
      await value(
        `[Buffer.from('é€').toString('hex'), Buffer.from('w6nigqw=', 'base64').toString(), Buffer.from('ff00', 'hex').toString('base64url')]`,
      ),
    ).toEqual(['c3a9e282ac', 'é€', '_wA']);
  });
});
