import { describe, expect, it } from 'vitest';
import { functionsIn } from './functions.ts';
import {
  loadGrammar,
  parseSyntax,
  parseSyntaxSync,
  walkSyntax,
  withSyntax,
} from './syntax-tree.ts';

describe('parseSyntax', () => {
  it('counts error nodes and reads C by the C++ grammar', async () => {
    const good = await parseSyntax('c', 'int f(int a) { return a; }');
    expect(good.errors).toBe(0);
    good.free();
    const bad = await parseSyntax('c', 'int f(int a) { return a +; ');
    expect(bad.errors).toBeGreaterThan(0);
    bad.free();
  });

  it('gives UTF-16 offsets behind characters outside the basic plane', async () => {
    const code = 'x = "😀é"\ny = 1\n';
    const tree = await parseSyntax('python', code);
    const names: string[] = [];
    walkSyntax(tree.root, (node) => {
      if (node.type === 'identifier') names.push(code.slice(node.startIndex, node.endIndex));
    });
    expect(names).toEqual(['x', 'y']);
    tree.free();
  });

  it('refuses a language without a grammar, and a grammar not loaded', async () => {
    await expect(loadGrammar('unknown')).rejects.toThrow('no grammar for language "unknown"');
    expect(() => parseSyntaxSync('php', '<?php')).toThrow('is not loaded');
  });

  it('parses many texts without running out of memory', async () => {
    await loadGrammar('javascript');
    let nodes = 0;
    for (let i = 0; i < 300; i++)
      nodes += withSyntax('javascript', `f(${i});`.repeat(50), (tree) => tree.root.childCount);
    expect(nodes).toBe(300 * 50);
  });
});

describe('functionsIn', () => {
  const functionsOf = async (language: Parameters<typeof parseSyntax>[0], code: string) => {
    const tree = await parseSyntax(language, code);
    const found = functionsIn(tree).map((f) => [f.name, [...f.parameters], f.depth]);
    tree.free();
    return found;
  };

  it('finds name and parameters in every language it promises', async () => {
    expect(
      await functionsOf('c', 'static char *f(const char *s, int n[4], void *(*g)(int)) {}'),
    ).toEqual([['f', ['s', 'n', 'g'], 0]]);
    expect(await functionsOf('c', 'int h(void) { return 0; } int declared(int);')).toEqual([
      ['h', [], 0],
    ]);
    expect(await functionsOf('cpp', 'void A::b(std::string &x, int y = 3) { }')).toEqual([
      ['b', ['x', 'y'], 0],
    ]);
    expect(
      await functionsOf(
        'python',
        'class A:\n  def f(self, a: int = 3, *args, b=2, **kw):\n    def g(): pass\n',
      ),
    ).toEqual([
      ['f', ['self', 'a', 'args', 'b', 'kw'], 0],
      ['g', [], 1],
    ]);
    expect(
      await functionsOf(
        'javascript',
        'function f(a, b = 1, ...c) {}\nconst g = async (x) => x;\nconst h = y => y;\nexports.i = function ({ p }) {};',
      ),
    ).toEqual([
      ['f', ['a', 'b', 'c'], 0],
      ['g', ['x'], 0],
      ['h', ['y'], 0],
      ['i', ['{ p }'], 0],
    ]);
    expect(
      await functionsOf('typescript', 'export function f(a: string, b?: number): void {}'),
    ).toEqual([['f', ['a', 'b'], 0]]);
    expect(
      await functionsOf('java', 'class A { int f(String a, int... b) { return 1; } A(int c) {} }'),
    ).toEqual([
      ['f', ['a', 'b'], 0],
      ['A', ['c'], 0],
    ]);
    expect(
      await functionsOf(
        'go',
        'package a\nfunc (s *S) F(a, b int, c ...string) error { return nil }',
      ),
    ).toEqual([['F', ['a', 'b', 'c'], 0]]);
  });
});
