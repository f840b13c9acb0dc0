import { describe, expect, it } from 'vitest';
import type { Language } from '../data/vulnerable-function.ts';
import { importedNames } from './imports.ts';
import { lexemesOf } from './lexer.ts';
import { withoutComments } from './normalise.ts';

const namesIn = (language: Language, code: string): [string, string][] =>
  importedNames(language, code, withoutComments(lexemesOf(language, code))).map(
    ({ name, start, end }) => [name, code.slice(start, end)],
  );

describe('imported names', () => {
  it('are those that require and import bind, up to the module they come from', () => {
    const code = `const fs = require('fs')
const { exec, spawn: start } = require("child_process"); // two names
import path, { join as glue } from 'path';
const SECRET = 'abc';
function f() { const inner = require('os'); return inner; }
module.exports = { f };
`;
    expect(namesIn('javascript', code)).toEqual([
      ['fs', "fs = require('fs'"],
      ['exec', 'exec, spawn: start } = require("child_process"'],
      ['start', 'start } = require("child_process"'],
      ['path', "path, { join as glue } from 'path'"],
      ['glue', "glue } from 'path'"],
    ]);
  });

  it('are read from Python, in brackets and over lines too', () => {
    const code = `import os, numpy as np\nimport xml.sax\nfrom html import (\n    escape as quote,\n    unescape,\n)\nx = os.stat\n`;
    expect(namesIn('python', code)).toEqual([
      ['os', 'os'],
      ['np', 'np'],
      ['xml', 'xml'],
      ['quote', 'html import (\n    escape as quote'],
      ['unescape', 'html import (\n    escape as quote,\n    unescape'],
    ]);
  });

  it('do not exist in C', () => {
    expect(namesIn('c', '#include <stdio.h>\nint f(void) { return 0; }\n')).toEqual([]);
  });
});
