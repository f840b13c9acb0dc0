import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  largestMagnitude,
  narrowToBf16,
  narrowToF16,
  widenBf16,
  widenF16,
} from './half-precision.ts';

const widened = (
  widen: (source: Uint16Array, target: Float32Array) => void,
  bits: Uint16Array,
): Float32Array => {
  const values = new Float32Array(bits.length);
  widen(bits, values);
  return values;
};
const everyPattern = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

describe('bf16', () => {
  it('survives widening and narrowing for every bit pattern but NaN payloads', () => {
    const values = widened(widenBf16, everyPattern);
    const back = narrowToBf16(values);
    const again = widened(widenBf16, back);
    const kept = (_: number, bits: number): boolean =>
      Number.isNaN(values[bits]!) ? Number.isNaN(again[bits]!) : back[bits] === bits;
    expect([...everyPattern].filter((pattern, bits) => !kept(pattern, bits))).toEqual([]);
  });

  it('rounds to nearest, ties to even', () => {
    // 1 + 2^-8 lies midway between 1 and 1 + 2^-7; 1 + 3 * 2^-8 between 1 + 2^-7 and 1 + 2^-6.
    const [tieDown, tieUp, above] = narrowToBf16(
      Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20),
    );
    expect(tieDown).toBe(0x3f80);
    expect(tieUp).toBe(0x3f82);
    expect(above).toBe(0x3f81);
  });
});

describe('f16', () => {
  it('survives widening and narrowing for every bit pattern but NaN payloads', () => {
    const values = widened(widenF16, everyPattern);
    const back = narrowToF16(values);
    const again = widened(widenF16, back);
    const kept = (_: number, bits: number): boolean =>
      Number.isNaN(values[bits]!) ? Number.isNaN(again[bits]!) : back[bits] === bits;
    expect([...everyPattern].filter((pattern, bits) => !kept(pattern, bits))).toEqual([]);
  });

  it('takes the nearest of all f16 values, the even one at a tie', () => {
    const finite = widened(widenF16, everyPattern.slice(0, 0x7c00));
    const nearest = (value: number): number => {
      let low = 0;
      let high = finite.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (finite[middle]! <= value) low = middle;
        else high = middle;
      }
      const down = value - finite[low]!;
      const up = finite[high]! - value;
      if (down === up) return low % 2 === 0 ? low : high;
      return down < up ? low : high;
    };
    const magnitudes = fc.oneof(
      fc.float({ min: 0, max: 65504, noNaN: true }),
      fc.float({ min: 0, max: Math.fround(2 ** -13), noNaN: true }),
      fc.nat(0x7bfe).map((bits) => (finite[bits]! + finite[bits + 1]!) / 2),
    );
    fc.assert(
      fc.property(magnitudes, (magnitude) => {
        const value = Math.fround(magnitude);
        expect(narrowToF16(Float32Array.of(value))[0]).toBe(nearest(value));
        const negative = narrowToF16(Float32Array.of(-value))[0]!;
        expect(negative & 0x7fff).toBe(nearest(value));
        expect(negative >> 15).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('turns what is too large into infinity', () => {
    expect([...narrowToF16(Float32Array.of(65519.99, 65520, -1e9))]).toEqual([
      0x7bff, 0x7c00, 0xfc00,
    ]);
  });
});

it('largestMagnitude counts NaN as infinite', () => {
  expect(largestMagnitude(Float32Array.of(1, -3, 2))).toBe(3);
  expect(largestMagnitude(Float32Array.of(1, Number.NaN, 2))).toBe(Number.POSITIVE_INFINITY);
});
