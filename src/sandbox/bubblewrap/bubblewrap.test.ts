import { afterAll, describe, expect, it } from 'vitest';
import { bubblewrapArguments, UNPRIVILEGED } from './command-line.ts';
import { findExecutable, probeBubblewrap } from './probe.ts';
import { createBubblewrapSandbox } from './sandbox.ts';
import { seccompFilter } from './seccomp.ts';

const probe = probeBubblewrap();
if (!probe.available) console.warn(`bubblewrap tests are skipped: ${probe.reason}`);

describe('the system-call filter', () => {
  it('exists for x64 and arm64 in whole instructions, and is absent elsewhere', () => {
    for (const architecture of ['x64', 'arm64']) {
      const filter = seccompFilter(architecture)!;
      expect(filter.length % 8).toBe(0);
      // The last instruction allows; jumps never leave the program.
      expect(filter.readUInt32LE(filter.length - 4)).toBe(0x7fff0000);
      for (let at = 0; at < filter.length; at += 8) {
        const furthest = Math.max(filter.readUInt8(at + 2), filter.readUInt8(at + 3));
        expect(at / 8 + 1 + furthest).toBeLessThanOrEqual(filter.length / 8);
      }
    }
    expect(seccompFilter('mips')).toBeNull();
  });
});

describe('the probe', () => {
  it('finds executables on a path and nothing where there is none', () => {
    expect(findExecutable('sh', '/nonexistent')).toMatch(/\/sh$/);
    expect(findExecutable('no-such-tool-here')).toBeNull();
  });
});

describe.skipIf(!probe.available)('python programs in bubblewrap', () => {
  const sandbox = probe.available ? createBubblewrapSandbox({ concurrency: 3 }) : null;
  afterAll(() => sandbox?.close());
  const run = (program: string, tests: readonly string[], world = {}) =>
    sandbox!.run({
      language: 'python',
      program,
      world,
      tests: tests.map((code, i) => ({ name: `t${i}`, code })),
      limits: { wallMs: 3000, memoryMb: 200 },
    });

  it('pass and fail by exceptions, each test in a fresh program', async () => {
    const outcome = await run('state = []\ndef add(x):\n  state.append(x)\n  return len(state)', [
      'assert add(1) == 1',
      'assert add(1) == 1',
      'assert add(1) == 2, "not shared"',
    ]);
    expect(outcome).toEqual({
      status: 'ran',
      tests: [
        { status: 'passed' },
        { status: 'passed' },
        { status: 'failed', message: 'AssertionError: not shared' },
      ],
    });
  });

  it('say which assertion failed when it says nothing itself, and where the program raised', async () => {
    const outcome = await run('def half(x):\n  return x / 2\n', [
      'assert half(2) == 1\nassert half(4) == 3',
      'half(None)',
    ]);
    expect(outcome).toEqual({
      status: 'ran',
      tests: [
        { status: 'failed', message: 'AssertionError: assert half(4) == 3' },
        {
          status: 'failed',
          message:
            "TypeError: unsupported operand type(s) for /: 'NoneType' and 'int' (line 2 of the program)",
        },
      ],
    });
  });

  it('are broken, not failed, when they do not load', async () => {
    expect(await run('def f(:', ['pass'])).toMatchObject({ status: 'broken' });
    expect(await run('raise ValueError("no")', ['pass'])).toEqual({
      status: 'broken',
      message: 'ValueError: no',
    });
    expect(await run('x = 1', [])).toEqual({ status: 'ran', tests: [] });
  });

  it('do not pass by leaving early', async () => {
    const early = await run('import os, sys', ['os._exit(0)', 'sys.exit(0)', 'raise SystemExit']);
    expect(early).toMatchObject({
      status: 'ran',
      tests: [{ status: 'failed' }, { status: 'failed' }, { status: 'failed' }],
    });
  });

  it('find the files and environment of their world under /tmp, and no text is changed on the way', async () => {
    const odd = 'tab\t "quotes" \\ é 😀 \u2028 \u0000 end';
    const world = { files: { 'data/a.txt': odd, '/tmp/b.txt': 'b' }, environment: { MODE: 'x' } };
    const outcome = await run(
      'import os',
      [
        `assert open('data/a.txt', newline='').read() == ${JSON.stringify(odd).replace('\ud83d', '\ud83d')}`,
        'assert open("/tmp/b.txt").read() == "b" and os.environ["MODE"] == "x"',
      ],
      world,
    );
    expect(outcome).toEqual({ status: 'ran', tests: [{ status: 'passed' }, { status: 'passed' }] });
  });

  it('refuse worlds they cannot have instead of judging a different program', async () => {
    await expect(run('x = 1', ['pass'], { routes: { '/': 'x' } })).rejects.toThrow(
      /virtual routes/,
    );
    await expect(run('x = 1', ['pass'], { files: { '/etc/x': '' } })).rejects.toThrow(/outside/);
  });

  it('run without an account, as process of an unprivileged user, in a read-only root', () => {
    if (!probe.available) return;
    const args = bubblewrapArguments(probe.tools, true);
    expect(args).toContain('--unshare-all');
    expect(UNPRIVILEGED).toEqual(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {});
    expect(args.join(' ')).not.toMatch(/--bind |\/home|\/root/);
  });
});
