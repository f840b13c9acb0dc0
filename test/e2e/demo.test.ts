import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'demo-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the demo in its smallest size; kills it hard after `killAfterMs` when given. Returns the exit code, or null when killed. */
function demo(out: string, killAfterMs?: number): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [join(root, 'dist', 'cli', 'main.js'), 'demo', '--size', 'tiny', '--out', out, '--json'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

const summaryOf = (out: string) => {
  const { wallSeconds, ...rest } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
  expect(wallSeconds).toBeGreaterThan(0);
  return rest;
};

describe('vul2safe demo', () => {
  it('ends with the same summary when it is killed again and again as when it is not', async () => {
    const whole = join(scratch, 'whole');
    expect(await demo(whole)).toBe(0);
    const summary = summaryOf(whole);
    expect(summary.arms.map((arm: { name: string }) => arm.name)).toEqual([
      'base',
      'sft',
      'instance',
      'token',
    ]);
    expect(summary.vul2safe.functions).toBe(
      summary.vul2safe.pairs +
        Object.values<number>(summary.vul2safe.rejected).reduce((a, b) => a + b, 0),
    );
    expect(readFileSync(join(whole, 'report.html'), 'utf8')).toContain('Held-out families');

    const torn = join(scratch, 'torn');
    let kills = 0;
    for (const afterMs of [2500, 5000, 7000]) {
      if ((await demo(torn, afterMs)) === null) kills++;
    }
    expect(await demo(torn)).toBe(0);
    expect(kills).toBeGreaterThan(0);
    expect(summaryOf(torn)).toEqual(summary);
  });

  it('refuses a folder that holds a demo of another seed', async () => {
    const out = join(scratch, 'whole');
    expect(existsSync(out)).toBe(true);
    const child = spawn(
      process.execPath,
      [join(root, 'dist', 'cli', 'main.js'), 'demo', '--size', 'tiny', '--out', out, '--seed', '9'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(2);
    expect(text).toContain('other settings');
  });
});
