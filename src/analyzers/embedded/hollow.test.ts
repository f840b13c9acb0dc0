import { beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../data/vulnerable-function.ts';
import { createEmbeddedAnalyzer, type EmbeddedAnalyzer } from './analyzer.ts';

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer(['javascript', 'python']);
});
const findings = (language: Language, code: string): number => {
  const analysis = analyzer.analyzeSync({ file: 'a', language, code });
  return analysis.status === 'analysed' ? analysis.findings.length : -1;
};

const javascript = (guard: string, use: string): string =>
  `const { execSync } = require('child_process');\n${guard}\nfunction show(name) {\n  ${use}\n}\nmodule.exports = { show };\n`;
const GUARDED = 'if (!isSafe(name)) throw new Error("no");\n  return execSync("ls " + name);';
const CLEANED = 'return execSync("ls " + sanitize(name));';
const ASSERTED = 'assertValid(name);\n  return execSync("ls " + name);';

describe('a check that only bears the name', () => {
  it.each([
    ['says yes to all', javascript('function isSafe(x) { return true; }', GUARDED)],
    ['says yes to all, as an arrow', javascript('const isSafe = (x) => true;', GUARDED)],
    [
      'asks and does not listen',
      javascript('function isSafe(x) { x.includes(";"); return true; }', GUARDED),
    ],
    [
      'asks only whether there is something',
      javascript('const isSafe = (x) => x !== undefined && x.length > 0;', GUARDED),
    ],
    [
      'is a method',
      javascript(
        'const guard = { isSafe(x) { return true; } };',
        GUARDED.replace('isSafe', 'guard.isSafe'),
      ),
    ],
    ['hands its argument back', javascript('function sanitize(x) { return x; }', CLEANED)],
    ['hands it back as text', javascript('const sanitize = (x) => String(x).trim();', CLEANED)],
    [
      'cleans a copy and hands back the original',
      javascript('function sanitize(x) { const y = x.replace(/;/g, ""); return x; }', CLEANED),
    ],
    ['asserts nothing', javascript('function assertValid(x) {}', ASSERTED)],
  ])('proves nothing in JavaScript when it %s', (_, code) => {
    expect(findings('javascript', code)).toBe(1);
  });

  it.each([
    ['a pattern', javascript('function isSafe(x) { return /^[a-z]+$/.test(x); }', GUARDED)],
    [
      'a list',
      javascript('const NAMES = ["a"];\nconst isSafe = (x) => NAMES.includes(x);', GUARDED),
    ],
    ['another module', javascript('const sanitize = require("sanitize");', CLEANED)],
    [
      'a replacement',
      javascript('function sanitize(x) { return x.replace(/[^a-z]/g, ""); }', CLEANED),
    ],
    [
      'an error',
      javascript(
        'function assertValid(x) { if (!/^\\w+$/.test(x)) throw new Error(x); }',
        ASSERTED,
      ),
    ],
  ])('is believed in JavaScript when there is %s behind it', (_, code) => {
    expect(findings('javascript', code)).toBe(0);
  });

  it('is told apart in Python too', () => {
    const python = (guard: string): string =>
      `import os\n\n${guard}\n\ndef show(name):\n    if not is_safe(name):\n        raise ValueError(name)\n    return os.system('ls ' + name)\n`;
    expect(findings('python', python('def is_safe(x):\n    return True\n'))).toBe(1);
    expect(findings('python', python('def is_safe(x):\n    return x is not None\n'))).toBe(1);
    expect(findings('python', python("def is_safe(x):\n    return x in ('a', 'b')\n"))).toBe(0);
    const cleaned = (body: string): string =>
      `import os\n\ndef sanitize(x):\n    ${body}\n\ndef show(name):\n    return os.system('ls ' + sanitize(name))\n`;
    expect(findings('python', cleaned('return x'))).toBe(1);
    expect(findings('python', cleaned("return ''.join(c for c in x if c.isalnum())"))).toBe(0);
  });
});
