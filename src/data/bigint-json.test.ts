import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonKeepingIntegers } from './bigint-json.ts';

describe('parseJsonKeepingIntegers', () => {
  it('keeps a 128-bit hash digit by digit', () => {
    expect(parseJsonKeepingIntegers('{"h": 238223164532786533215583452209843695586}')).toEqual({
      h: '238223164532786533215583452209843695586',
    });
  });

  it('leaves safe integers, fractions, exponents and digits inside strings alone', () => {
    const text =
      '{"a": 9007199254740991, "b": 0.12345678901234567, "c": 12345678901234567e3, "d": "x \\"12345678901234567890\\" y", "e": [12345678901234567890.5]}';
    expect(parseJsonKeepingIntegers(text)).toEqual(JSON.parse(text));
  });

  it('keeps negative and nested integers', () => {
    expect(parseJsonKeepingIntegers('[[-9007199254740993], 9007199254740993]')).toEqual([
      ['-9007199254740993'],
      '9007199254740993',
    ]);
  });

  it('agrees with JSON.parse on every value without long integers, and is exact on those with', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 128n }), (value, big) => {
        const plain = JSON.stringify(value);
        const text = `{"plain": ${plain}, "big": ${big}, "text": ${JSON.stringify(String(big))}}`;
        const parsed = parseJsonKeepingIntegers(text) as Record<string, unknown>;
        expect(parsed.big).toBe(String(big));
        expect(parsed.text).toBe(String(big));
        // Values holding long integers of their own change by design.
        if (!/(?<!["\w.])-?\d{16,}/.test(plain)) expect(parsed.plain).toEqual(JSON.parse(plain));
      }),
    );
  });

  it('rejects what JSON rejects', () => {
    for (const text of ['{"a": 12345678901234567', '12345678901234567 x', '"12345678901234567'])
      expect(() => parseJsonKeepingIntegers(text)).toThrow(SyntaxError);
  });
});
