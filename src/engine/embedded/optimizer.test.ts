import { describe, expect, it } from 'vitest';
import { createRandom } from '../../kernel/random.ts';
import type { AdamParameters } from '../training-engine.ts';
import { AdamWOptimizer } from './optimizer.ts';
import { ParameterStore } from './parameters.ts';

const ADAM: AdamParameters = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradientClipNorm: Number.POSITIVE_INFINITY,
};

/** Random weights and gradients of this many elements. */
function storeOf(length: number): ParameterStore {
  const random = createRandom(3, 'optimizer', length);
  const store = new ParameterStore(
    new Map([['weight', [length]]]),
    () => true,
    () => Float32Array.from({ length }, () => random.next() - 0.5),
  );
  store.gradients.set(Float32Array.from({ length }, () => 4 * random.next() - 2));
  return store;
}

describe('AdamW', () => {
  // One element, less than a vector, whole slices, a slice and a rest of one to three.
  it.each([1, 3, 4, 16_384, 16_385, 40_003])(
    'updates %i elements as the formula says, every step rounded to float32',
    (length) => {
      const store = storeOf(length);
      const weights = store.values.slice();
      const first = new Float32Array(length);
      const second = new Float32Array(length);
      const f = Math.fround;
      const optimizer = new AdamWOptimizer(store);
      for (const step of [1, 2]) {
        optimizer.apply(ADAM, step, 0.25);
        for (let index = 0; index < length; index++) {
          const gradient = f((store.gradients[index] as number) * 0.25);
          const oldFirst = first[index] as number;
          first[index] = f(oldFirst + f(f(gradient - oldFirst) * f(1 - ADAM.beta1)));
          second[index] = f(
            f((second[index] as number) * f(ADAM.beta2)) +
              f(f(gradient * gradient) * f(1 - ADAM.beta2)),
          );
          const correction = f(1 / Math.sqrt(1 - ADAM.beta2 ** step));
          const denominator = f(
            f(f(Math.sqrt(second[index] as number)) * correction) + f(ADAM.epsilon),
          );
          const change = f(
            f((first[index] as number) / denominator) *
              f(ADAM.learningRate / (1 - ADAM.beta1 ** step)),
          );
          const kept = f((weights[index] as number) * f(1 - ADAM.learningRate * ADAM.weightDecay));
          weights[index] = f(kept - change);
        }
      }
      expect(store.values).toEqual(weights);
      expect(store.adamMoments).toEqual([first, second]);
    },
  );

  it.each([1, 5, 16_384, 40_003])('takes the norm of %i elements in double precision', (length) => {
    const store = storeOf(length);
    const squares = store.gradients.reduce((sum, value) => sum + value * value, 0);
    expect(new AdamWOptimizer(store).gradientNorm() / Math.sqrt(squares)).toBeCloseTo(1, 12);
  });

  it('sees an element that is not a number, wherever it is', () => {
    const store = storeOf(40_003);
    store.gradients[40_002] = Number.NaN;
    expect(new AdamWOptimizer(store).gradientNorm()).toBeNaN();
  });
});
