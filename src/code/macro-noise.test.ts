import { beforeAll, describe, expect, it } from 'vitest';
import { withoutMacroNoise } from './macro-noise.ts';
import { loadGrammar, withSyntax } from './syntax-tree.ts';

beforeAll(() => loadGrammar('c'));

const errors = (code: string): number => withSyntax('c', code, (tree) => tree.errors);

describe('what only the preprocessor understands', () => {
  it.each([
    ['a type handed to a macro', 'void f(int n) {\n  n = min_t(unsigned int, n, 4);\n}\n'],
    ['a struct handed to a macro', 'void f(void) {\n  p = g_new(struct row, 1);\n}\n'],
    ['a macro between texts', 'void f(void) {\n  log("a " FORMAT_SIZE " b", 1);\n}\n'],
    ['an annotation', 'long f(char __user *to) {\n  return g(to, (const char __user *)0);\n}\n'],
    ['a C++ word as a name', 'void f(void) {\n  int new = 1;\n  new = g(new);\n}\n'],
  ])('is put aside: %s', (_, code) => {
    expect(errors(code)).toBeGreaterThan(0);
    expect(errors(withoutMacroNoise('c', code))).toBe(0);
  });
  it('does not hide a missing bracket', () => {
    const broken = 'void f(int n) {\n  n = min_t(unsigned int, n, 4;\n}\n';
    expect(errors(withoutMacroNoise('c', broken))).toBeGreaterThan(0);
  });
  it('is nothing in other languages', () => {
    expect(withoutMacroNoise('python', 'new = TSRMLS_CC')).toBe('new = TSRMLS_CC');
  });
});
