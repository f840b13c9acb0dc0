import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProgramRun, Sandbox } from '../../src/sandbox/sandbox.ts';

/** A worker needs compiled code; `npm test` builds first. */
const BUILT = new URL('../../dist/sandbox/create.js', import.meta.url);

describe.skipIf(!existsSync(BUILT))('the QuickJS sandbox in a worker', async () => {
  const { openSandbox } = existsSync(BUILT)
    ? ((await import(BUILT.href)) as { openSandbox: (language: 'javascript') => Promise<Sandbox> })
    : { openSandbox: () => Promise.reject(new Error('not built')) };
  const sandbox = existsSync(BUILT) ? await openSandbox('javascript') : undefined;
  afterAll(() => sandbox?.close());
  const run = (program: string, ...codes: string[]) => {
    const wanted: ProgramRun = {
      language: 'javascript',
      program,
      world: {},
      tests: codes.map((code, index) => ({ name: `test ${index}`, code })),
      limits: { wallMs: 10, memoryMb: 16 },
    };
    return sandbox?.run(wanted);
  };

  it('gives the same outcomes as in the calling thread, also for many programs at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        run(`exports.f = () => ${n};`, `assert.equal(program.f(), 7)`),
      ),
    );
    outcomes.forEach((outcome, n) => {
      expect(outcome).toMatchObject({
        status: 'ran',
        tests: [{ status: n === 7 ? 'passed' : 'failed' }],
      });
    });
  });

  it('survives built-in loops that never look at the clock, and judges the other tests', async () => {
    const program =
      'exports.f = () => Array.prototype.indexOf.call({ length: 2 ** 53 }, 1); exports.g = () => 1;';
    const [hung, next] = await Promise.all([
      run(program, 'assert.equal(program.g(), 1)', 'program.f()', 'assert.equal(program.g(), 2)'),
      run('exports.f = () => 1;', 'assert.equal(program.f(), 1)'),
    ]);
    expect(hung).toMatchObject({
      status: 'ran',
      tests: [{ status: 'passed' }, { status: 'stopped', limit: 'time' }, { status: 'failed' }],
    });
    expect(next).toMatchObject({ status: 'ran', tests: [{ status: 'passed' }] });
  });
});
