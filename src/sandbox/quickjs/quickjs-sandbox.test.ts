import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostWorld } from '../../data/task.ts';
import type { ProgramOutcome, Sandbox, TestOutcome } from '../sandbox.ts';
import { createQuickJsSandbox } from './quickjs-sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createQuickJsSandbox();
});
afterAll(() => sandbox.close());

const WORLD: HostWorld = {
  files: { '/srv/a.txt': 'alpha' },
  tables: { users: [{ id: 1, name: 'ann' }] },
  environment: { KEY: 'k' },
};

const run = (program: string, ...codes: string[]): Promise<ProgramOutcome> =>
  sandbox.run({
    language: 'javascript',
    program,
    world: WORLD,
    tests: codes.map((code, index) => ({ name: `test ${index}`, code })),
    limits: { wallMs: 20, memoryMb: 16 },
  });

async function outcomes(program: string, ...codes: string[]): Promise<readonly TestOutcome[]> {
  const outcome = await run(program, ...codes);
  if (outcome.status === 'broken') throw new Error(`broken: ${outcome.message}`);
  return outcome.tests;
}

const statuses = async (program: string, ...codes: string[]): Promise<string[]> =>
  (await outcomes(program, ...codes)).map(({ status }) => status);

describe('the QuickJS sandbox', () => {
  it('runs tests against the exports, in either CommonJS manner', async () => {
    expect(
      await statuses('module.exports = { f: () => 1 };', 'assert.equal(program.f(), 1)'),
    ).toEqual(['passed']);
    expect(await statuses('exports.f = () => 1;', 'assert.equal(program.f(), 2)')).toEqual([
      'failed',
    ]);
  });

  it('gives each test a fresh program and world', async () => {
    const program = `let calls = 0; exports.f = () => { require('fs').writeFileSync('/srv/new', 'x'); globalThis.seen = true; return ++calls; };`;
    const code = `assert.equal(program.f(), 1); assert.equal(host.writes.length, 1)`;
    const before = `assert.equal(host.file('/srv/new'), undefined); assert.equal(host.global.seen, undefined);`;
    expect(await statuses(program, before + code, before + code, before + code)).toEqual([
      'passed',
      'passed',
      'passed',
    ]);
  });

  it('says why a program does not load', async () => {
    expect(await run('function (', 'true')).toMatchObject({
      status: 'broken',
      message: expect.stringContaining('SyntaxError'),
    });
    expect(await run("require('net')", 'true')).toMatchObject({
      status: 'broken',
      message: expect.stringContaining("Cannot find module 'net'"),
    });
    expect(await run('for (;;);', 'true')).toEqual({
      status: 'broken',
      message: 'it did not finish loading in time',
    });
  });

  it('waits for promises and timers, and notices what never comes', async () => {
    const program = `exports.later = (value) => new Promise((resolve) => setTimeout(() => resolve(value), 5000)); exports.never = () => new Promise(() => {});`;
    expect(
      await outcomes(program, 'assert.equal(await program.later(3), 3)', 'await program.never()'),
    ).toEqual([
      { status: 'passed' },
      { status: 'failed', message: 'the test waits for something that never comes' },
    ]);
  });

  it('is deterministic: same random numbers and clock in every run', async () => {
    const program = `const crypto = require('crypto'); exports.f = () => [Math.random(), Date.now(), new Date().toISOString(), crypto.randomBytes(4).toString('hex')].join();`;
    const show = async () => (await outcomes(program, 'throw new Error(program.f())'))[0];
    expect(await show()).toEqual(await show());
  });
});

describe('limits', () => {
  it('let a test set a tighter one of its own, which a program cannot catch', async () => {
    const outcome = await sandbox.run({
      language: 'javascript',
      program: 'exports.f = () => { for (;;) { try { for (;;); } catch {} } };',
      world: {},
      tests: [{ name: 'budget', code: 'host.budget(5); program.f();' }],
      limits: { wallMs: 1e9, memoryMb: 16 },
    });
    expect(outcome).toEqual({ status: 'ran', tests: [{ status: 'stopped', limit: 'time' }] });
  });

  it.each([
    ['an endless loop', 'exports.f = () => { for (;;); };'],
    [
      'an endless loop that catches everything',
      'exports.f = () => { for (;;) { try { for (;;); } catch {} } };',
    ],
    ['catastrophic backtracking', `exports.f = () => /^(a+)+$/.test('a'.repeat(40) + '!');`],
    ['endless microtasks', 'exports.f = async () => { for (;;) await null; };'],
    [
      'endless timers',
      'exports.f = () => new Promise(() => { const again = () => setTimeout(again, 1); again(); });',
    ],
  ])('stop %s', async (_, program) => {
    expect(await outcomes(program, 'await program.f()')).toEqual([
      { status: 'stopped', limit: 'time' },
    ]);
  });

  it.each([
    [
      'a growing array of texts',
      `exports.f = () => { const all = []; for (;;) all.push('x'.repeat(100000) + all.length); };`,
    ],
    [
      'a growing array of arrays',
      'exports.f = () => { const all = []; for (;;) all.push(all.slice()); };',
    ],
    ['one huge string', `exports.f = () => 'x'.repeat(500000000).length;`],
    ['one huge buffer', `exports.f = () => new Uint8Array(500000000).length;`],
  ])('stop %s', async (_, program) => {
    expect(await outcomes(program, 'program.f()')).toEqual([
      { status: 'stopped', limit: 'memory' },
    ]);
  });

  it('survive deep recursion, as an error of the program', async () => {
    expect(
      await statuses(
        'exports.f = () => exports.f() + 1;',
        'program.f()',
        'assert.throws(() => program.f())',
      ),
    ).toEqual(['failed', 'passed']);
    expect(
      await statuses(`exports.f = () => JSON.parse('['.repeat(200000));`, 'program.f()'),
    ).toEqual(['failed']);
  });

  it('leave the sandbox usable afterwards', async () => {
    await run('exports.f = () => { const a = []; for (;;) a.push(a.slice()); };', 'program.f()');
    expect(await statuses('exports.f = () => 1;', 'assert.equal(program.f(), 1)')).toEqual([
      'passed',
    ]);
  });
});

describe('the judge cannot be corrupted by the program', () => {
  const lie = 'assert.equal(program.f(), 1)';
  it.each([
    [
      'patching its own intrinsics',
      `Array.prototype.includes = () => true; Object.is = () => true; Promise.prototype.then = function (ok) { ok(); return this; }; JSON.stringify = () => 'passed'; String.prototype.startsWith = () => true; exports.f = () => 2;`,
    ],
    ['defining assert', 'globalThis.assert = { equal() {} }; exports.f = () => 2;'],
    [
      'objects that claim equality',
      'exports.f = () => ({ valueOf: () => 1, toString: () => "1", [Symbol.toPrimitive]: () => 1 });',
    ],
    [
      'throwing a lie',
      `exports.f = () => { throw { name: 'passed', message: 'passed', toString() { return 'passed'; } }; };`,
    ],
    [
      'a thenable in the place of the exports',
      'module.exports = { f: () => 2, then(resolve) { resolve({ f: () => 1 }); } };',
    ],
  ])('by %s', async (_, program) => {
    expect(await statuses(program, lie)).toEqual(['failed']);
  });

  it('by climbing from a value of the test to a code-making constructor', async () => {
    const program = `exports.f = (value, call) => {
      const made = [];
      for (const start of [value, value.list, call, require, require('fs').readFileSync, console.log, process.env, Buffer, URL, fetch]) {
        for (let at = start, n = 0; at && n < 6; n++, at = Object.getPrototypeOf(at)) {
          const maker = at.constructor;
          try { const g = maker && maker('return this')(); if (g && g !== globalThis && typeof g === 'object') made.push(1); } catch {}
          try { const g = maker && maker.constructor('return this')(); if (g && g !== globalThis && typeof g === 'object') made.push(2); } catch {}
        }
      }
      return made.length;
    };`;
    const [outcome] = await outcomes(
      program,
      `assert.equal(program.f({ list: [1] }, async () => {}), 0)`,
    );
    // Function of the program's own realm may be reached through objects of its realm; it must never give the judge's global.
    expect(outcome).toEqual({ status: 'passed' });
  });

  it('by poisoning prototypes of values it is given', async () => {
    const program = `exports.f = (list) => {
      for (const sample of [list, {}, list.map, '', /x/, require('fs'), process.env]) {
        for (let at = sample; at; at = Object.getPrototypeOf(at)) {
          for (const key of ['some', 'every', 'map', 'includes', 'length', 'test', 'then', 'equal']) {
            try { at[key] = () => true; } catch {}
            try { Object.defineProperty(at, key, { value: () => true }); } catch {}
          }
        }
      }
      require('child_process').execSync('reboot');
    };`;
    expect(
      await statuses(
        program,
        `program.f([1]); assert.ok(!host.commands.some((command) => command.argv[0] === 'reboot'))`,
        `program.f([1]); assert.ok(host.commands.every((command) => command.argv[0] !== 'reboot'))`,
      ),
    ).toEqual(['failed', 'failed']);
  });

  it('by rewriting what was recorded', async () => {
    const program = `exports.f = () => {
      const { execSync } = require('child_process');
      execSync('reboot');
      for (const name of ['fs', 'db', 'child_process', 'crypto']) { const made = require(name); for (const key of Object.keys(made)) { try { made[key] = () => {}; } catch {} } }
      require = () => ({});
      module.exports = {};
    };`;
    expect(await statuses(program, `program.f(); assert.equal(host.commands.length, 0)`)).toEqual([
      'failed',
    ]);
  });

  it('by reaching the host through the host modules', async () => {
    const program = `exports.f = () => [typeof process.binding, typeof process.mainModule, typeof globalThis.std, typeof globalThis.os, typeof require.main, typeof globalThis.WebAssembly].join();`;
    expect(
      await statuses(
        program,
        `assert.equal(program.f(), 'undefined,undefined,undefined,undefined,undefined,undefined')`,
      ),
    ).toEqual(['passed']);
    expect(
      await statuses(
        `exports.f = () => require('fs').readFileSync('/etc/passwd', 'utf8');`,
        'program.f()',
      ),
    ).toEqual(['failed']);
  });
});
