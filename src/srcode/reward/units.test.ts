import { beforeAll, describe, expect, it } from 'vitest';
import { parseText } from '../../analyzers/embedded/parse-source.ts';
import { loadGrammar } from '../../code/syntax-tree.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { unitsOf } from './units.ts';

const textsOf = (language: Language, code: string, names: readonly string[]): string[][] =>
  unitsOf({ language, code, root: parseText(language, code).root }, names).map(({ ranges }) =>
    ranges.map(({ start, end }) => code.slice(start, end)),
  );

beforeAll(async () => {
  for (const language of ['javascript', 'python', 'c'] as const) await loadGrammar(language);
});

describe('the units of a program', () => {
  it('hold the function, and the imports, constants and helpers it rests on', () => {
    const code = `const { exec } = require('child_process');
const path = require('path');
const ROOT = '/srv';
const inside = (name) => path.join(ROOT, name);
function run(name) { return exec(name); }
const read = (name) => inside(name);
module.exports = { run, read };
`;
    expect(textsOf('javascript', code, ['run', 'read'])).toEqual([
      ["const { exec } = require('child_process');", 'function run(name) { return exec(name); }'],
      [
        "const path = require('path');",
        "const ROOT = '/srv';",
        'const inside = (name) => path.join(ROOT, name);',
        'const read = (name) => inside(name);',
      ],
    ]);
  });

  it('tell functions of one exported object apart', () => {
    const code = `module.exports = { a(x) { return x; }, b: function (x) { return x + 1; } };`;
    expect(textsOf('javascript', code, ['a', 'b'])).toEqual([
      ['a(x) { return x; }'],
      ['b: function (x) { return x + 1; }'],
    ]);
  });

  it('know exports by assignment', () => {
    const code = `exports.a = function (x) { return x; };\nexports.b = (x) => x;\n`;
    expect(textsOf('javascript', code, ['a', 'b'])).toEqual([
      ['exports.a = function (x) { return x; };'],
      ['exports.b = (x) => x;'],
    ]);
  });

  it('are found in Python and C', () => {
    const python = `import os\nfrom html import escape as quote\n\n@cached\ndef a(x):\n    return quote(x)\n\ndef b(x):\n    return os.stat(x)\n`;
    expect(textsOf('python', python, ['a', 'b'])).toEqual([
      ['from html import escape as quote', '@cached\ndef a(x):\n    return quote(x)'],
      ['import os', 'def b(x):\n    return os.stat(x)'],
    ]);
    const c = `#define LIMIT 8\nstatic int least(int a) { return a < LIMIT ? a : LIMIT; }\nint first(int a) { return least(a); }\nchar *second(char *s) { return s; }\n`;
    expect(textsOf('c', c, ['first', 'second'])).toEqual([
      [
        '#define LIMIT 8\n',
        'static int least(int a) { return a < LIMIT ? a : LIMIT; }',
        'int first(int a) { return least(a); }',
      ],
      ['char *second(char *s) { return s; }'],
    ]);
  });

  it('are empty where the program does not define the function', () => {
    expect(textsOf('javascript', 'const a = 1;', ['b'])).toEqual([[]]);
  });
});
