import { describe, expect, it } from 'vitest';
import { withoutStaleHead } from './stale-head.ts';

const BODY = ' {\n \treturn use(m, size);\n }\n';

describe('a stale head', () => {
  it('goes where the text holds the old head and the new one', () => {
    const old = 'static int resize(struct mem *m, int size)\n';
    const young = 'static int resize(struct mem *m, size_t size)\n';
    expect(withoutStaleHead('c', old + BODY, old + young + BODY)).toBe(young + BODY);
  });
  it('goes where only some lines of the head are doubled', () => {
    const first = 'static int resize(struct mem *m,\n';
    const before = `${first}\tint size)\n${BODY}`;
    const after = `${first}\tint size)\n\tsize_t size)\n${BODY}`;
    expect(withoutStaleHead('c', before, after)).toBe(`${first}\tsize_t size)\n${BODY}`);
  });
  it('leaves well-formed heads, other languages and what it does not understand alone', () => {
    const fine = `int f(int a)\n${BODY}`;
    expect(withoutStaleHead('c', fine, fine)).toBe(fine);
    const odd = `int f(int a\nint g(long b)\n${BODY}`;
    expect(withoutStaleHead('c', fine, odd)).toBe(odd);
    expect(withoutStaleHead('python', fine, odd)).toBe(odd);
  });
});
