import { describe, expect, it } from 'vitest';
import type { Language } from '../data/vulnerable-function.ts';
import { lexemesOf } from './lexer.ts';
import { localNames } from './local-names.ts';
import { editKind, normalisedCode, renamedCode } from './normalise.ts';

const locals = (language: Language, code: string): string[] =>
  [...localNames(language, lexemesOf(language, code))].sort();

describe('localNames', () => {
  it('finds parameters and variables of C, and leaves functions, members, labels and constants alone', () => {
    const code = `static int f(struct ctx *ctx, const char *name, unsigned long n[4]) {
      int i, *p = NULL, r = -EINVAL; size_t len = strlen(name);
      for (int j = 0; j < MAX; j++) ctx->size = a * b;
      if (len > limit) goto out;
      memcpy(p, name, len); use(g, h);
    out: return err; }`;
    expect(locals('c', code)).toEqual(['ctx', 'i', 'j', 'len', 'n', 'name', 'p', 'r']);
  });

  it('finds what C++ and Java declare', () => {
    expect(
      locals('cpp', 'void A::f(std::string &s, vector<int> v) { const auto &x = s.size(); B b; }'),
    ).toEqual(['b', 's', 'x']);
    expect(
      locals(
        'java',
        'int f(String a, List<String> b) { Map<K, V> m = new HashMap<>(); for (int i : xs) m.put(a, i); }',
      ),
    ).toEqual(['a', 'i', 'm']);
  });

  it('finds what Python binds, keyword arguments and modules aside', () => {
    const code = `import os as system
def f(self, path, mode="r", *rest):
    cmd, other = build(path), 1
    for line in open(path): self.x = line
    with open(path) as handle: subprocess.call(cmd, shell=True)
    return [q for q in rest if (n := len(q))]`;
    expect(locals('python', code)).toEqual([
      'cmd',
      'handle',
      'line',
      'mode',
      'n',
      'other',
      'path',
      'q',
      'rest',
    ]);
  });

  it('finds what JavaScript binds, and treats required names as API', () => {
    const code = `const { execFile } = require('child_process'); const fs = require('fs');
      import path, { join } from 'path';
      module.exports = function run(req, { id }, cb) { let a = 1; const { x, y: z } = req.query;
        try { a = fs.readFile(x, (err, data) => cb(err)); } catch (e) { log(e); } };`;
    expect(locals('javascript', code)).toEqual([
      'a',
      'cb',
      'data',
      'e',
      'err',
      'id',
      'req',
      'x',
      'z',
    ]);
  });

  it('finds what Go and PHP bind', () => {
    expect(
      locals(
        'go',
        'func (s *S) F(name string, n int) error { a, err := g(name); var b int; return err }',
      ),
    ).toEqual(['a', 'b', 'err', 'n', 'name', 's']);
    expect(locals('php', 'function f($a) { $b = $_GET["x"]; $this->c = $b; }')).toEqual([
      '$a',
      '$b',
    ]);
  });
});

describe('normalised forms', () => {
  it('ignore layout and comments, and when renamed also the names of locals', () => {
    expect(normalisedCode('c', 'int  f(int a){return a;} // x')).toBe(
      'int f ( int a ) { return a ; }',
    );
    expect(renamedCode('c', 'int f(int a, int b) { return g(b, a) + s.a; }')).toBe(
      'int f ( int «1» , int «2» ) { return g ( «2» , «1» ) + s . a ; }',
    );
  });

  it('tell a rename from a change', () => {
    const code = 'int f(int a) { return g(a); }';
    expect(editKind('c', code, 'int f(int a)\n{ /* ! */ return g(a); }')).toBe('same');
    expect(editKind('c', code, 'int f(int bb) { return g(bb); }')).toBe('renamed');
    expect(editKind('c', code, 'int f(int a) { return h(a); }')).toBe('changed');
    expect(
      editKind('c', 'int f(int a, int b) { return a; }', 'int f(int a, int b) { return b; }'),
    ).toBe('changed');
  });
});
