import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../code/syntax-tree.ts';
import { parsePlain } from '../parse-source.ts';
import type { namedChildren } from '../syntax-node.ts';
import { functionsOf, gatherFacts } from './facts.ts';
import { knownAt } from './path-conditions.ts';
import { type Range, rangeOf } from './ranges.ts';

beforeAll(() => loadGrammar('c'));

/** The body of a function that ends up calling mark(x), with its facts and that x. */
function marked(body: string): {
  facts: ReturnType<typeof gatherFacts>;
  node: ReturnType<typeof namedChildren>[number];
} {
  const code = `void f(int n, unsigned u, size_t size, uint8_t byte, struct s *s) {\n${body}\n}`;
  const { root, code: text } = parsePlain({ file: 'f.c', language: 'c', code });
  const facts = gatherFacts(functionsOf(root)[0]!, text);
  const call = facts.calls.find((one) => one.name === 'mark')!;
  return { facts, node: call.args[0]! };
}
const rangeIn = (body: string): Range => {
  const { facts, node } = marked(body);
  return rangeOf(node, facts);
};
const knownIn = (body: string): string[] => {
  const { facts, node } = marked(body);
  return knownAt(node, facts).map(
    ({ left, operator, right }) =>
      `${facts.text(left)} ${operator} ${right ? facts.text(right) : '0'}`,
  );
};

describe('what is known where an expression is evaluated', () => {
  it('comes from the branches it stands in and from earlier ones that left', () => {
    expect(knownIn('if (n > 9) return;\nif (u < 5 && s) mark(n);').sort()).toEqual([
      'n <= 9',
      's != 0',
      'u < 5',
    ]);
    expect(knownIn('if (n > 9) log(n);\nmark(n);')).toEqual([]);
    expect(knownIn('if (n > 9 || u == 3) return;\nelse mark(n);').sort()).toEqual([
      'n <= 9',
      'u != 3',
    ]);
  });

  it('comes from assertions, loops, clamps and the left side of && and ||', () => {
    expect(knownIn('assert(n < 4);\nmark(n);')).toEqual(['n < 4']);
    expect(knownIn('while (n < 4) mark(n);')).toEqual(['n < 4']);
    expect(knownIn('if (n > 4) n = 4;\nmark(n);')).toEqual(['n <= 4']);
    expect(knownIn('go(n < 4 && mark(n));')).toEqual(['n < 4']);
    expect(knownIn('go(n < 4 || mark(n));')).toEqual(['n >= 4']);
  });

  it('is forgotten when the value changes, also in a later turn of a loop', () => {
    expect(knownIn('if (n > 9) return;\nn = next();\nmark(n);')).toEqual([]);
    expect(knownIn('if (n > 9) return;\nn++;\nmark(n);')).toEqual([]);
    expect(knownIn('if (n > 9) return;\nread_into(&n);\nmark(n);')).toEqual([]);
    expect(knownIn('if (n > 9) return;\nwhile (more()) { mark(n); n += 2; }')).toEqual([
      'more() != 0',
    ]);
    expect(knownIn('if (n > 9) return;\nagain: mark(n);')).toEqual([]);
    expect(knownIn('if (n > 9) return;\nagain: ;\nmark(n);')).toEqual([]);
  });

  it('says nothing behind a loop that may be left by break', () => {
    expect(knownIn('while (n > 9) { n = step(n); }\nmark(n);')).toEqual(['n <= 9']);
    expect(knownIn('while (n > 9) { if (bad()) break; n = step(n); }\nmark(n);')).toEqual([]);
  });
});

describe('the range of an expression', () => {
  it('follows masks, remainders, minima, shifts of types and constants', () => {
    expect(rangeIn('mark(n & 7);')).toMatchObject({ low: 0, high: 7 });
    expect(rangeIn('mark(u % 10);')).toMatchObject({ low: 0, high: 9 });
    expect(rangeIn('mark(n % 10);')).toMatchObject({ low: -9, high: 9, floored: false });
    expect(rangeIn('mark(MIN(size, 64));')).toMatchObject({ low: 0, high: 64 });
    expect(rangeIn('mark(byte + 1);')).toMatchObject({ low: 1, high: 256 });
    expect(rangeIn('mark(0x10 * 2);')).toMatchObject({ low: 32, high: 32 });
    expect(rangeIn('mark((uint8_t)n);')).toMatchObject({ low: 0, high: 255 });
  });

  it('takes bounds from both sides of a comparison, with what is added', () => {
    expect(rangeIn('if (n < 0 || n >= 16) return;\nmark(n);')).toMatchObject({ low: 0, high: 15 });
    expect(rangeIn('if (16 <= n) return;\nmark(n);')).toMatchObject({ high: 15, floored: false });
    expect(rangeIn('if (n + 2 > 16) return;\nmark(n);')).toMatchObject({ high: 14 });
    expect(rangeIn('for (n = 0; n <= 8; n++) mark(n);')).toMatchObject({ high: 8 });
  });

  it('knows a bound that is no number as a bound', () => {
    const bounded = rangeIn('if (size > s->room) return;\nmark(size);');
    expect(bounded).toMatchObject({ bounded: true, high: Number.POSITIVE_INFINITY });
    expect(rangeIn('mark(size);')).toMatchObject({ bounded: false, low: 0 });
  });

  it('looks one definition back', () => {
    expect(rangeIn('int k = n & 3;\nmark(k);')).toMatchObject({ low: 0, high: 3 });
    expect(rangeIn('int k = n & 3;\nk++;\nmark(k);')).toMatchObject({ bounded: false });
  });
});
