import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LossSpec } from '../data/datum.ts';
import { klEstimate } from './kl.ts';
import { ClipCounter, tokenLoss, tokenLossGradient } from './losses.ts';

const specs: LossSpec[] = [
  { name: 'cross_entropy' },
  { name: 'importance_sampling' },
  { name: 'ppo', clipLow: 0.8, clipHigh: 1.28 },
  { name: 'cispo', clipLow: 0.8, clipHigh: 1.2 },
];

describe('token losses', () => {
  it.each(specs)('$name: the gradient agrees with finite differences', (spec) => {
    const sample = fc.record({
      logprob: fc.double({ min: -4, max: -0.01, noNaN: true }),
      oldLogprob: fc.double({ min: -4, max: -0.01, noNaN: true }),
      advantage: fc.double({ min: -2, max: 2, noNaN: true }),
      weight: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(sample, (input) => {
        const step = 1e-6;
        const ratio = Math.exp(input.logprob - input.oldLogprob);
        fc.pre([0.8, 1.2, 1.28].every((edge) => Math.abs(ratio - edge) > 1e-3));
        // CISPO stops the gradient through the clipped ratio: hold it fixed by moving lpOld along.
        const at = (shift: number) =>
          spec.name === 'cispo'
            ? tokenLoss(spec, {
                ...input,
                logprob: input.logprob + shift,
                oldLogprob: input.oldLogprob + shift,
              })
            : tokenLoss(spec, { ...input, logprob: input.logprob + shift });
        const numeric = (at(step) - at(-step)) / (2 * step);
        expect(tokenLossGradient(spec, input)).toBeCloseTo(numeric, 4);
      }),
    );
  });

  it('PPO clips a rewarded token that has already moved, CISPO keeps its gradient', () => {
    const moved = { logprob: -0.1, oldLogprob: -1, advantage: 1, weight: 1 };
    expect(tokenLossGradient(specs[2]!, moved)).toBe(0);
    expect(tokenLossGradient(specs[3]!, moved)).toBeCloseTo(-1.2, 9);
  });

  it('clip statistics keep rewarded tokens apart', () => {
    const counter = new ClipCounter();
    const spec = { clipLow: 0.8, clipHigh: 1.2 };
    counter.add(spec, 2, 1, true);
    counter.add(spec, 1, 1, true);
    counter.add(spec, 1, 1, false);
    counter.add(spec, 0.5, 1, false);
    expect(counter.statistics()).toEqual({ all: 0.25, rewarded: 0.5, rewardedTokens: 2 });
  });
});

describe('KL estimators', () => {
  it('k2 and k3 are never negative, and all vanish where the policies agree', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (gap) => {
        expect(klEstimate(gap, 'k2')).toBeGreaterThanOrEqual(0);
        expect(klEstimate(gap, 'k3')).toBeGreaterThanOrEqual(0);
      }),
    );
    for (const estimator of ['k1', 'k2', 'k3'] as const) expect(klEstimate(0, estimator)).toBe(0);
  });
});
