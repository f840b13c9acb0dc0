import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../kernel/random.ts';
import type { SamplingParameters } from '../training-engine.ts';
import {
  chooseFromLogits,
  chooseFromProbabilities,
  chooseFromTempered,
  samplesPlainly,
} from './token-choice.ts';

const plain: SamplingParameters = {
  maxTokens: 1,
  temperature: 1,
  topP: 1,
  topK: -1,
  seed: 0,
  stopTokens: [],
};
const logits = Float32Array.of(2, 0, 1, -1, 0.5);
const weights = [...logits].map(Math.exp);
const total = weights.reduce((a, b) => a + b);
const probabilities = Float32Array.from(weights, (weight) => weight / total);

/** Share of each token over many evenly spread uniform numbers. */
function shares(parameters: SamplingParameters): number[] {
  const counts = new Array<number>(5).fill(0);
  for (let draw = 0; draw < 10_000; draw++)
    counts[chooseFromLogits(logits, 0, 5, parameters, (draw + 0.5) / 10_000).token]! += 1e-4;
  return counts;
}

describe('choosing a token', () => {
  it('follows the softmax, the same from logits and from probabilities', () => {
    shares(plain).forEach((share, token) => {
      expect(share).toBeCloseTo(probabilities[token] as number, 3);
    });
    const random = createRandom('token choice test');
    for (let draw = 0; draw < 200; draw++) {
      const uniform = random.next();
      const a = chooseFromLogits(logits, 0, 5, plain, uniform);
      const b = chooseFromProbabilities(probabilities, 0, 5, uniform);
      expect(a.token).toBe(b.token);
      expect(a.logprob).toBeCloseTo(b.logprob, 5);
    }
  });

  it('sharpens with temperature, and reports the log-probability at temperature 1 all the same', () => {
    const cold = [...logits].map((logit) => Math.exp(logit / 0.5));
    const coldTotal = cold.reduce((a, b) => a + b);
    shares({ ...plain, temperature: 0.5 }).forEach((share, token) => {
      expect(share).toBeCloseTo((cold[token] as number) / coldTotal, 3);
    });
    const greedy = chooseFromLogits(logits, 0, 5, { ...plain, temperature: 0 }, 0.99);
    expect(greedy.token).toBe(0);
    expect(greedy.logprob).toBeCloseTo(Math.log(probabilities[0] as number), 5);
  });

  it('leaves out what top-k and top-p leave out, and renormalises the rest', () => {
    const two = (weights[0] as number) + (weights[2] as number);
    const expected = [(weights[0] as number) / two, 0, (weights[2] as number) / two, 0, 0];
    for (const parameters of [
      { ...plain, topK: 2 },
      { ...plain, topP: 0.75 },
    ])
      shares(parameters).forEach((share, token) => {
        expect(share).toBeCloseTo(expected[token] as number, 3);
      });
    expect(shares({ ...plain, topP: 1e-6 })[0]).toBeCloseTo(1, 6);
  });

  it('keeps the same tokens as sorting the whole vocabulary does, ties included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 60 }),
        fc.constantFrom(-1, 1, 3, 20),
        fc.constantFrom(0.05, 0.5, 0.9, 0.99, 1),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (scores, topK, topP, uniform) => {
          const size = scores.length;
          const order = scores.map((_, token) => token);
          order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
          const weightOf = (token: number): number =>
            Math.exp((scores[token] as number) - (scores[order[0] as number] as number));
          const top = topK > 0 ? order.slice(0, topK) : order;
          const sum = (tokens: readonly number[]): number =>
            tokens.reduce((mass, token) => mass + weightOf(token), 0);
          const nucleus = top.filter(
            (_, rank) => rank === 0 || topP >= 1 || sum(top.slice(0, rank)) < topP * sum(top),
          );
          const target = uniform * sum(nucleus);
          const ascending = [...nucleus].sort((a, b) => a - b);
          const near = (value: number): boolean => Math.abs(value - target) < 1e-5;
          const edges = ascending.map((_, index) => sum(ascending.slice(0, index + 1)));
          const limits = top.map((_, rank) => sum(top.slice(0, rank)) - topP * sum(top));
          // Where a sum meets a limit exactly, the order of additions decides.
          fc.pre(!edges.some(near) && !limits.some((gap) => Math.abs(gap) < 1e-5));
          const expected = ascending[edges.findIndex((edge) => edge > target)];
          const parameters = { ...plain, topK, topP };
          const { token } = chooseFromLogits(
            Float32Array.from(scores),
            0,
            size,
            parameters,
            uniform,
          );
          expect(token).toBe(expected);
          const all = sum(order);
          const tempered = chooseFromTempered(
            {
              logits: Float32Array.from(scores),
              probabilities: Float32Array.from(scores, (_, place) => weightOf(place) / all),
              start: 0,
              logNormaliser: 0,
            },
            size,
            parameters,
            uniform,
          );
          expect(tempered).toEqual({ token: expected, logprob: scores[expected as number] });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads its own row of a batch and never runs off the end', () => {
    const batch = Float32Array.of(...logits, 9, 0, 0, 0, 0);
    expect(chooseFromLogits(batch, 5, 5, plain, 0.5).token).toBe(0);
    expect(chooseFromProbabilities(Float32Array.of(0.5, 0.4999, 0), 0, 3, 0.99999).token).toBe(1);
  });

  it('knows when nothing but the softmax is needed', () => {
    expect(samplesPlainly(plain)).toBe(true);
    expect(samplesPlainly({ ...plain, temperature: 0.9 })).toBe(false);
    expect(samplesPlainly({ ...plain, topK: 5 })).toBe(false);
    expect(samplesPlainly({ ...plain, topP: 0.9 })).toBe(false);
  });
});
