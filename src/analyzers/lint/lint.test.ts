import { describe, expect, it } from 'vitest';
import { linterFor } from './available.ts';
import { createEslintLinter } from './eslint.ts';
import { createRuffLinter } from './ruff.ts';

const rulesIn = async (code: string): Promise<readonly string[] | string> => {
  const found = (await createRuffLinter())!.lint(code);
  return typeof found === 'string' ? found : found.map((one) => `${one.line} ${one.rule}`);
};

describe('lint of Python', () => {
  it('finds what a careful reader would ask to be changed, by line', async () => {
    const found = await rulesIn(
      'def f(items=[], unused=1):\n    l = 1\n    if items == None:\n        return True\n    else:\n        return False\n',
    );
    expect([...found].sort()).toEqual([
      '1 ARG001',
      '1 B006',
      '2 E741',
      '2 F841',
      '3 E711',
      '3 SIM103',
      '5 RET505',
    ]);
  });

  it('says nothing about layout, weaknesses, or imports that assembling repeats', async () => {
    const layout =
      'import os\nimport os\nx  =  eval( input() ) ;y=1   \n\n\n\n\nos.system(x+str( y ))\n';
    expect(await rulesIn(layout)).toEqual([]);
    expect(
      await rulesIn('import pickle\n\n\ndef load(data):\n    return pickle.loads(data)\n'),
    ).toEqual([]);
  });

  it('is not silenced by comments in the code', async () => {
    expect(await rulesIn('# ruff: noqa\nimport os  # noqa: F401\n')).toEqual(['2 F401']);
  });

  it('does not call a text clean that it cannot parse', async () => {
    expect(await rulesIn('def f(:\n')).toMatch(/does not parse/);
  });
});

const eslint = await createEslintLinter();
if (!eslint)
  console.warn('lint of JavaScript is not tested: VUL2SAFE_ESLINT_PROJECT has no eslint');

describe.runIf(eslint !== null)('lint of JavaScript', () => {
  it('finds what a careful reader would ask to be changed, whatever comments say', () => {
    const found = eslint!.lint(
      '/* eslint-disable */\nvar x = 1;\nfunction f(a) {\n  let c = a == 1;\n  try { g(); } catch (e) {}\n  return c;\n}\n',
    );
    expect(typeof found === 'string' ? found : found.map((one) => one.rule)).toEqual([
      'no-var',
      'prefer-const',
      'eqeqeq',
      'no-empty',
    ]);
    expect(eslint!.lint('function (')).toMatch(/does not parse/);
  });
});

describe('the linter of a language', () => {
  it('is absent with a reason where nothing covers it or the tool is not installed', async () => {
    expect(await linterFor('c')).toEqual({ linter: null, reason: 'no linter covers c' });
    const before = process.env.VUL2SAFE_ESLINT_PROJECT;
    process.env.VUL2SAFE_ESLINT_PROJECT = '/nonexistent';
    try {
      expect(await linterFor('javascript')).toMatchObject({
        linter: null,
        reason: expect.stringContaining('npm install -D eslint'),
      });
    } finally {
      if (before === undefined) delete process.env.VUL2SAFE_ESLINT_PROJECT;
      else process.env.VUL2SAFE_ESLINT_PROJECT = before;
    }
  });
});
