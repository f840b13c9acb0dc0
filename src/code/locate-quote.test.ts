import { describe, expect, it } from 'vitest';
import { lexemesOf } from './lexer.ts';
import { locateQuote } from './locate-quote.ts';

const code = `int f(char *d, const char *s) {
  /* copy */ strcpy(d,   s); // never checked
  if (d[0] == 'a') { return use(d, s, 1, 2); }
  return 0;
}`;
const found = (quote: string): string | undefined => {
  const range = locateQuote('c', lexemesOf('c', code), quote);
  return range && code.slice(range.start, range.end);
};

describe('locateQuote', () => {
  it('ignores layout, comments and ellipses', () => {
    expect(found('strcpy( d, s );/* x */')).toBe('strcpy(d,   s);');
    expect(found('return\n0;')).toBe('return 0;');
  });

  it('bears one wrong lexeme in five, and no more', () => {
    expect(found('return use(d, t, 1, 2);')).toBe('return use(d, s, 1, 2);');
    expect(found('return use(x, t, y, 2);')).toBeUndefined();
    expect(found('strcat(d, s)')).toBe('strcpy(d,   s)');
    expect(found('gets(d)')).toBeUndefined();
  });

  it('finds nothing for nothing', () => {
    expect(found('')).toBeUndefined();
    expect(found('// only a comment')).toBeUndefined();
    expect(locateQuote('c', [], 'x')).toBeUndefined();
  });

  it('does not choose between two places that fit equally badly', () => {
    const twice = 'a(b, c, d); x; a(b, e, d);';
    expect(locateQuote('c', lexemesOf('c', twice), 'a(b, f, d);')).toBeUndefined();
  });
});
