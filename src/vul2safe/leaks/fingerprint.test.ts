import { describe, expect, it } from 'vitest';
import { createRandom } from '../../kernel/random.ts';
import { estimateSimilarity, fingerprintOf } from './fingerprint.ts';

const ORIGINAL = `static int read_entry(struct reader *r, char *buffer, size_t limit)
{
  /* header first */
  size_t length = get_u16(r->data + r->offset);
  if (length > limit)
    return -EINVAL;
  memcpy(buffer, r->data + r->offset + 2, length);
  r->offset += length + 2; // past the entry
  return (int)length;
}`;

const REFORMATTED = `static int read_entry(struct reader *r,
                      char *buffer, size_t limit) {
        size_t length = get_u16(r->data + r->offset);

        if (length > limit) return -EINVAL; /* too long */
        memcpy(buffer, r->data + r->offset + 2, length);
        r->offset += length + 2;
        return (int)length;
}`;

const RENAMED = REFORMATTED.replaceAll('length', 'n')
  .replaceAll('buffer', 'out')
  .replace('read_entry', 'parse_item')
  .replace(/\br\b/g, 'input');

const print = (code: string) => fingerprintOf('c', code);

describe('fingerprintOf', () => {
  it('gives the same layout for a text with other white space and comments, and another exact hash', () => {
    expect(print(REFORMATTED).layout).toBe(print(ORIGINAL).layout);
    expect(print(REFORMATTED).exact).not.toBe(print(ORIGINAL).exact);
  });

  it('gives the same renamed form under other names, own name included', () => {
    expect(print(RENAMED).layout).not.toBe(print(ORIGINAL).layout);
    expect(print(RENAMED).renamed).toBe(print(ORIGINAL).renamed);
  });

  it('keeps called names apart in the renamed form and members in both', () => {
    const otherCall = ORIGINAL.replace('memcpy', 'memmove');
    expect(print(otherCall).renamed).not.toBe(print(ORIGINAL).renamed);
    expect(print(otherCall).abstract).toBe(print(ORIGINAL).abstract);
    const otherMember = ORIGINAL.replaceAll('->offset', '->position');
    expect(print(otherMember).abstract).not.toBe(print(ORIGINAL).abstract);
  });

  it('does not call two names one: swapped uses give another form', () => {
    const swapped = ORIGINAL.replace('length > limit', 'limit > length');
    expect(print(swapped).abstract).not.toBe(print(ORIGINAL).abstract);
  });

  it('offers no loose form for functions too small to tell apart', () => {
    const tiny = fingerprintOf('c', 'int f(void) { return x; }');
    expect([tiny.renamed, tiny.abstract, tiny.sketch]).toEqual([undefined, undefined, undefined]);
  });

  it('estimates the similarity of windows within its standard error, for long and short functions', () => {
    const random = createRandom(7, 'fingerprint');
    for (const lines of [12, 40, 150]) {
      const errors: number[] = [];
      for (let trial = 0; trial < 12; trial++) {
        const body = Array.from(
          { length: lines },
          (_, i) => `call_${random.integer(1e6)}(${i}, ${random.integer(1e6)});`,
        );
        const kept = Math.round(lines * 0.8);
        const other = body.map((line, i) =>
          i < kept ? line : `other_${random.integer(1e6)}(${i});`,
        );
        const a = `void f(void) { ${body.join('\n')} }`;
        const b = `void f(void) { ${other.join('\n')} }`;
        const truth = jaccard(windows(a), windows(b));
        errors.push(estimateSimilarity(print(a).sketch!.bytes, print(b).sketch!.bytes) - truth);
      }
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      const spread = Math.sqrt(
        errors.reduce((sum, error) => sum + error * error, 0) / errors.length,
      );
      expect(Math.abs(mean)).toBeLessThan(0.04);
      expect(spread).toBeLessThan(0.09);
    }
  });
});

/** The windows of these two texts: every lexeme but the parameters is fixed by its text. */
function windows(code: string): Set<string> {
  const lexemes = code.match(/\w+|[^\s\w]/g)!;
  // Called names are names, so windows know them only by their place.
  const shapes = lexemes.map((text, i) =>
    /^[a-z_]+\d*$/.test(text) && lexemes[i + 1] === '(' ? 'name' : text,
  );
  return new Set(shapes.slice(4).map((_, i) => shapes.slice(i, i + 5).join(' ')));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((one) => b.has(one)).length;
  return both / (a.size + b.size - both);
}
