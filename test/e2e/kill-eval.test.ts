/** @file An evaluation killed again and again ends as one nobody touched: bench/kill-eval.mjs at a small size, on tasks made here. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

it('twelve SIGKILLs change no verdict, no figure and not one byte of the page', () => {
  if (!existsSync(join(root, 'dist/cli/main.js')))
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: root });
  const printed = execFileSync(
    process.execPath,
    [join(root, 'bench/kill-eval.mjs'), '--programs', '150', '--kills', '12'],
    { cwd: root, encoding: 'utf8' },
  );
  const result = JSON.parse(printed);
  expect(result).toMatchObject({
    programs: 150,
    differingVerdicts: 0,
    sameSummary: true,
    samePage: true,
  });
  // A run that was through before its kill came would prove nothing.
  expect(result.kills).toBeGreaterThanOrEqual(10);
  expect(Object.keys(result.outcomes)).toContain('insecure');
});
