import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../kernel/random.ts';
import {
  areaUnderCurve,
  comparePaired,
  holmCorrection,
  mcnemarExact,
  meanWithInterval,
  pairedTInterval,
  passAtK,
  passAtKWithInterval,
  rateWithInterval,
  stepsToReach,
  wilsonInterval,
} from './statistics.ts';
import { studentQuantile } from './statistics/student.ts';

const outcomesArbitrary = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 3 }),
  fc.array(fc.boolean(), { maxLength: 5 }),
  { maxKeys: 8 },
);

describe('a rate with its interval', () => {
  it('always holds its value, stays in [0, 1] and counts programs and tasks', () => {
    fc.assert(
      fc.property(outcomesArbitrary, (byTask) => {
        const rate = rateWithInterval(byTask, 1);
        const all = Object.values(byTask).flat();
        expect(rate.n).toBe(all.length);
        expect(rate.low).toBeGreaterThanOrEqual(0);
        expect(rate.high).toBeLessThanOrEqual(1);
        if (all.length > 0) {
          expect(rate.value).toBeCloseTo(all.filter(Boolean).length / all.length, 12);
          expect(rate.low).toBeLessThanOrEqual(rate.value);
          expect(rate.high).toBeGreaterThanOrEqual(rate.value);
        } else expect(rate.value).toBeNaN();
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same seed and does not depend on the order of tasks', () => {
    const forward = new Map([
      ['a', [true, false]],
      ['b', [true]],
      ['c', [false, false, true]],
    ]);
    const backward = new Map([...forward].reverse());
    expect(rateWithInterval(forward, 7)).toEqual(rateWithInterval(backward, 7));
  });

  it('is not a point at 0 and 1: twenty clean tasks say no more than Wilson does', () => {
    const clean = new Map(Array.from({ length: 20 }, (_, i) => [`t${i}`, [false]]));
    const rate = rateWithInterval(clean, 1);
    expect(rate.low).toBe(0);
    expect(rate.high).toBeCloseTo(0.16112515805281938, 10);
  });

  it('counts ten samples of one task as one task when all agree', () => {
    const repeated = rateWithInterval({ only: new Array<boolean>(10).fill(true) }, 1);
    expect(repeated.low).toBeCloseTo(wilsonInterval(1, 1).low, 10);
  });

  it('covers the true rate about 95% of the time for clustered outcomes', () => {
    let covered = 0;
    const trials = 120;
    for (let trial = 0; trial < trials; trial++) {
      const random = createRandom('coverage', trial);
      const byTask = new Map<string, boolean[]>();
      for (let task = 0; task < 30; task++) {
        const difficulty = random.chance(0.3) ? 0.9 : 0.1; // true rate 0.34
        byTask.set(
          `${task}`,
          Array.from({ length: 5 }, () => random.chance(difficulty)),
        );
      }
      const { low, high } = rateWithInterval(byTask, trial);
      if (low <= 0.34 && high >= 0.34) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.9);
  });

  it('agrees with published values of Wilson’s interval', () => {
    const { low, high } = wilsonInterval(0.1, 100);
    expect(low).toBeCloseTo(0.0552291370606751, 12);
    expect(high).toBeCloseTo(0.17436566150491345, 12);
  });

  it('gives the mean of task values with an interval around it', () => {
    const mean = meanWithInterval({ a: 0, b: 1, c: 0.5, d: 0.5 }, 3);
    expect(mean.value).toBe(0.5);
    expect(mean.low).toBeGreaterThan(0);
    expect(mean.high).toBeLessThan(1);
    expect(mean.n).toBe(4);
  });
});

describe('pass@k', () => {
  it('agrees with the binomial formula', () => {
    expect(passAtK(10, 3, 5)).toBeCloseTo(0.9166666666666666, 12);
    expect(passAtK(200, 17, 10)).toBeCloseTo(0.5974489015799118, 12);
    expect(passAtK(20, 1, 20)).toBe(1);
  });

  it('at k = 1 is the plain rate, and grows with k and with the number correct', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(40), fc.nat(40), (n, c, extra) => {
        const correct = c % (n + 1);
        expect(passAtK(n, correct, 1)).toBeCloseTo(correct / n, 10);
        const k = 1 + (extra % (n - 1));
        expect(passAtK(n, correct, k + 1)).toBeGreaterThanOrEqual(passAtK(n, correct, k) - 1e-12);
        if (correct < n)
          expect(passAtK(n, correct + 1, k)).toBeGreaterThanOrEqual(passAtK(n, correct, k) - 1e-12);
      }),
    );
  });

  it('refuses to estimate from fewer than k samples', () => {
    expect(() => passAtK(3, 1, 5)).toThrow(/pass@5 needs at least 5 samples/);
  });

  it('averages over tasks', () => {
    const byTask = new Map([
      ['a', [true, false]],
      ['b', [false, false]],
    ]);
    expect(passAtKWithInterval(byTask, 1, 0).value).toBeCloseTo(0.25, 12);
    expect(passAtKWithInterval(byTask, 2, 0).value).toBeCloseTo(0.5, 12);
  });
});

describe('comparing two arms', () => {
  const arm = (rate: number, label: string, seeds = 5, tasks = 40) =>
    Array.from({ length: seeds }, (_, seed) => {
      const random = createRandom(label, seed);
      return new Map(
        Array.from({ length: tasks }, (_, task) => [
          `t${task}`,
          Array.from({ length: 4 }, () => random.chance(rate)),
        ]),
      );
    });

  it('finds a real difference and leaves zero inside the interval of none', () => {
    const better = comparePaired(arm(0.2, 'first'), arm(0.45, 'second'), 1);
    expect(better.high).toBeLessThan(0);
    expect(better.pValue).toBeLessThan(0.01);
    expect(better.relativeReduction.value).toBeGreaterThan(0.4);
    expect(better.relativeReduction.low).toBeGreaterThan(0.2);
    const same = comparePaired(arm(0.3, 'first'), arm(0.3, 'second'), 1);
    expect(same.low).toBeLessThan(0);
    expect(same.high).toBeGreaterThan(0);
  });

  it('is antisymmetric: swapping the arms turns the sign', () => {
    const first = arm(0.2, 'x', 3, 10);
    const second = arm(0.6, 'y', 3, 10);
    const forward = comparePaired(first, second, 2);
    const backward = comparePaired(second, first, 2);
    expect(forward.difference).toBeCloseTo(-backward.difference, 12);
    expect(forward.low).toBeCloseTo(-backward.high, 12);
  });

  it('refuses arms that answered different tasks or seeds', () => {
    expect(() => comparePaired(arm(0.2, 'a', 2), arm(0.2, 'b', 3), 1)).toThrow(/2 seeds against 3/);
    expect(() => comparePaired(arm(0.2, 'a', 2, 9), arm(0.2, 'b', 2, 10), 1)).toThrow(/same tasks/);
  });

  it('gives the t interval of per-seed differences', () => {
    expect(studentQuantile(0.975, 4)).toBeCloseTo(2.776445105, 6);
    expect(studentQuantile(0.975, 1)).toBeCloseTo(12.70620474, 5);
    const { value, low, high } = pairedTInterval([1, 2, 3, 4, 5]);
    expect(value).toBe(3);
    expect(high - value).toBeCloseTo(2.776445105 * Math.sqrt(2.5 / 5), 6);
    expect(value - low).toBeCloseTo(high - value, 10);
  });

  it('computes McNemar’s exact p-value', () => {
    expect(mcnemarExact(3, 12)).toBeCloseTo(0.03515625, 12);
    expect(mcnemarExact(6, 0)).toBeCloseTo(0.03125, 12);
    expect(mcnemarExact(5, 5)).toBe(1);
    expect(mcnemarExact(40, 70)).toBeCloseTo(0.005447429511444482, 10);
    expect(mcnemarExact(0, 0)).toBe(1);
  });

  it('corrects by Holm: never smaller than the raw value, never larger than Bonferroni', () => {
    const holm = holmCorrection([0.01, 0.04, 0.03]);
    [0.03, 0.06, 0.06].forEach((expected, i) => {
      expect(holm[i]).toBeCloseTo(expected, 12);
    });
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (p) => {
        holmCorrection(p).forEach((adjusted, i) => {
          expect(adjusted).toBeGreaterThanOrEqual(p[i]!);
          expect(adjusted).toBeLessThanOrEqual(Math.min(1, p[i]! * p.length) + 1e-12);
        });
      }),
    );
  });
});

describe('a training curve', () => {
  const falling = [
    { step: 10, value: 0.4 },
    { step: 0, value: 0.6 },
    { step: 20, value: 0.1 },
  ];
  it('has the mean height of its trapezoids as its area', () => {
    expect(areaUnderCurve(falling)).toBeCloseTo((0.5 * 10 + 0.25 * 10) / 20, 12);
    expect(areaUnderCurve([{ step: 3, value: 2 }])).toBe(2);
    expect(areaUnderCurve([])).toBeNaN();
  });
  it('reaches a level at an interpolated step, or never', () => {
    expect(stepsToReach(falling, 0.5, 'falling')).toBeCloseTo(5, 12);
    expect(stepsToReach(falling, 0.05, 'falling')).toBeNull();
    expect(stepsToReach(falling, 0.6, 'falling')).toBe(0);
  });
});
