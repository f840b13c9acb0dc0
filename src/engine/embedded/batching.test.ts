import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Datum } from '../../data/datum.ts';
import { checkData, padFloats, padTokens, planMicroBatches } from './batching.ts';

describe('planning micro-batches', () => {
  it('places every datum once, within the budget unless alone, longest first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 1000 }),
        (lengths, budget) => {
          const plan = planMicroBatches(lengths, budget);
          const placed = plan.flatMap((batch) => [...batch.indices]);
          expect([...placed].sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
          for (const batch of plan) {
            const own = batch.indices.map((index) => lengths[index] as number);
            expect(batch.length).toBe(Math.max(...own));
            if (batch.rows > 1) expect(batch.rows * batch.length).toBeLessThanOrEqual(budget);
          }
        },
      ),
    );
  });

  it('pads on the right with zeros', () => {
    const batch = { indices: [1, 0], rows: 2, length: 3 };
    const tokens = [[5], [7, 8, 9]];
    expect([...padTokens(batch, (index) => tokens[index] ?? [])]).toEqual([7, 8, 9, 5, 0, 0]);
    const floats = [Float32Array.of(0.5), undefined];
    expect([...padFloats(batch, (index) => floats[index])]).toEqual([0, 0, 0, 0.5, 0, 0]);
  });
});

describe('checking data', () => {
  const limits = { vocabularySize: 10, maxSequenceTokens: 4 };
  const good: Datum = { input: [1, 2], targets: [2, 3], weights: new Float32Array(2) };
  const message = (datum: Datum, needed: Parameters<typeof checkData>[2] = []) => {
    try {
      checkData([good, datum], limits, needed);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('passes what fits and names datum and field of what does not', () => {
    expect(message(good)).toBeUndefined();
    expect(message({ ...good, input: [] })).toMatch(/datum 1: input is empty/);
    expect(message({ ...good, input: [1, 2, 3, 4, 5] })).toMatch(/datum 1: 5 tokens.*takes 4/);
    expect(message({ ...good, targets: [2] })).toMatch(/2 input tokens, 1 targets/);
    expect(message({ ...good, targets: [2, 10] })).toMatch(/targets\[1\] is 10/);
    expect(message({ ...good, input: [-1, 2] })).toMatch(/input\[0\] is -1/);
    expect(message(good, ['advantages'])).toMatch(/advantages has no entries/);
  });
});
