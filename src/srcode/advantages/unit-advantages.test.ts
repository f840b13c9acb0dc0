import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnitReward } from '../../data/token-rewards.ts';
import { criticFreeAdvantages } from './critic-free.ts';
import { instanceAdvantages } from './group-baseline.ts';
import { unitAdvantages } from './unit-advantages.ts';

const unit = (name: string, reward: number, tokens: readonly number[]): UnitReward => ({
  unit: name,
  reward,
  tokens: Uint8Array.from(tokens),
});
const options = { baseline: 'rloo', alpha: 1, beta: 0, gammaToken: 0, klWeight: 0 } as const;
const rewardsOfGroup = fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 2, maxLength: 8 });

describe('advantages by unit', () => {
  it('give each unit its own baseline and each token the sum over its units', () => {
    // Answer 0 fails at f alone, answer 1 at g alone; tokens: [f, g, both].
    const { tokens } = unitAdvantages(
      [
        [
          [unit('f', 0, [1, 0, 1]), unit('g', 1, [0, 1, 1])],
          [unit('f', 1, [1, 0, 1]), unit('g', 0, [0, 1, 1])],
        ],
      ],
      'rloo',
    );
    expect([...tokens[0]![0]!]).toEqual([-1, 1, 0]);
    expect([...tokens[0]![1]!]).toEqual([1, -1, 0]);
  });

  it('with one unit over all tokens are the instance advantages', () => {
    fc.assert(
      fc.property(fc.array(rewardsOfGroup, { minLength: 1, maxLength: 4 }), (groups) => {
        const signals = groups.map((group) =>
          group.map((reward) => ({ reward, tokenRewards: new Float32Array(3) })),
        );
        const split = signals.map((group) =>
          group.map((answer) => ({ ...answer, units: [unit('f', answer.reward, [1, 1, 1])] })),
        );
        expect(criticFreeAdvantages(split, options)).toEqual(
          criticFreeAdvantages(signals, options),
        );
      }),
    );
  });

  it('sum to zero over the answers of a group, unit by unit', () => {
    fc.assert(
      fc.property(rewardsOfGroup, rewardsOfGroup, (first, second) => {
        const size = Math.min(first.length, second.length);
        const group = Array.from({ length: size }, (_, i) => [
          unit('f', first[i]!, [1, 0]),
          unit('g', second[i]!, [0, 1]),
        ]);
        const { tokens } = unitAdvantages([group], 'rloo');
        for (const t of [0, 1])
          expect(Math.abs(tokens[0]!.reduce((sum, row) => sum + row[t]!, 0))).toBeLessThan(1e-5);
      }),
    );
  });

  it('estimate the same policy gradient as the instance advantage, with less noise, when units are decided independently', () => {
    // Two independent Bernoulli choices a, b with logits 0; R = a + b. Score of a choice is (choice - 1/2).
    const choices = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b] as const));
    const groups = choices.flatMap((one) => choices.map((two) => [one, two] as const));
    const estimates = (local: boolean): number[] =>
      groups.map((group) => {
        const advantages = local
          ? unitAdvantages(
              [group.map(([a, b]) => [unit('f', a, [1, 0]), unit('g', b, [0, 1])])],
              'rloo',
            ).tokens[0]!.map((row) => row[0]!)
          : instanceAdvantages([group.map(([a, b]) => a + b)], 'rloo')[0]!;
        return group.reduce((sum, [a], i) => sum + advantages[i]! * (a - 0.5), 0) / group.length;
      });
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = (values: readonly number[]): number =>
      mean(values.map((value) => (value - mean(values)) ** 2));
    // True gradient of E[a + b] by the logit of a: p (1 - p) = 1/4.
    expect(mean(estimates(true))).toBeCloseTo(0.25, 9);
    expect(mean(estimates(false))).toBeCloseTo(0.25, 9);
    expect(spread(estimates(true))).toBeLessThan(0.6 * spread(estimates(false)));
  });
});
