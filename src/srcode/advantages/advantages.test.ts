import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criticFreeAdvantages } from './critic-free.ts';
import { generalisedAdvantages, normaliseAdvantages } from './gae.ts';
import { instanceAdvantages } from './group-baseline.ts';
import { tokenReturns, tokenScale } from './token-return.ts';

const options = { baseline: 'rloo', alpha: 1, beta: 1, gammaToken: 0, klWeight: 0 } as const;
const amounts = fc.array(fc.float({ min: -2, max: 2, noNaN: true }), {
  minLength: 1,
  maxLength: 12,
});

describe('generalised advantages', () => {
  it('match a worked example', () => {
    // gamma 0.9, lambda 0.5: delta_2 = 1 - 0.3 = 0.7; delta_1 = 0 + 0.27 - 0.2 = 0.07; A_1 = 0.07 + 0.45 * 0.7
    const { advantages, returns } = generalisedAdvantages(
      Float32Array.of(0, 1),
      Float32Array.of(0.2, 0.3),
      0.9,
      0.5,
    );
    expect(advantages[1]).toBeCloseTo(0.7, 6);
    expect(advantages[0]).toBeCloseTo(0.385, 6);
    expect(returns[0]).toBeCloseTo(0.585, 6);
  });

  it('equal the discounted return minus the value when lambda is 1', () => {
    fc.assert(
      fc.property(amounts, amounts, (rewardList, valueList) => {
        const length = Math.min(rewardList.length, valueList.length);
        const rewards = Float32Array.from(rewardList.slice(0, length));
        const values = Float32Array.from(valueList.slice(0, length));
        const { advantages } = generalisedAdvantages(rewards, values, 0.9, 1);
        const expected = tokenReturns(rewards, 0.9);
        for (let t = 0; t < length; t++)
          expect(advantages[t]).toBeCloseTo(expected[t]! - values[t]!, 4);
      }),
    );
  });

  it('scaling keeps zeros at zero, whitening does not', () => {
    const scaled = [Float32Array.of(0, 2, 0, 2)];
    normaliseAdvantages(scaled, 'scale');
    expect(scaled[0]![0]).toBe(0);
    const whitened = [Float32Array.of(0, 2, 0, 2)];
    normaliseAdvantages(whitened, 'whiten');
    expect(whitened[0]![0]).toBeLessThan(-0.5);
  });
});

describe('instance advantages', () => {
  it('sum to zero within every group for RLOO and GRPO, and over the batch for REINFORCE++', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 }),
          { minLength: 1, maxLength: 5 },
        ),
        (groups) => {
          for (const baseline of ['rloo', 'grpo'] as const) {
            for (const group of instanceAdvantages(groups, baseline)) {
              expect(Math.abs(group.reduce((a, b) => a + b, 0))).toBeLessThan(1e-4);
            }
          }
          const batch = instanceAdvantages(groups, 'reinforce++').flat();
          expect(Math.abs(batch.reduce((a, b) => a + b, 0))).toBeLessThan(1e-3);
        },
      ),
    );
  });

  it('RLOO is the reward minus the mean of the others', () => {
    expect(instanceAdvantages([[1, 0, 0.5]], 'rloo')[0]).toEqual(
      [0.75, -0.75, 0].map((value) => expect.closeTo(value, 9)),
    );
  });

  it('a group of one, or of equals, teaches nothing', () => {
    expect(instanceAdvantages([[1]], 'rloo')).toEqual([[0]]);
    expect(instanceAdvantages([[1, 1]], 'grpo')).toEqual([[0, 0]]);
  });
});

describe('token returns', () => {
  it('with gammaToken 0 credit stays where it fell', () => {
    const rewards = Float32Array.of(0, 0.5, 0, -1);
    expect([...tokenReturns(rewards, 0)]).toEqual([...rewards]);
  });

  it('with gammaToken 1 every earlier token shares late credit', () => {
    expect([...tokenReturns(Float32Array.of(0, 0, 1), 1)]).toEqual([1, 1, 1]);
  });

  it('are scaled by the tokens that carry something only', () => {
    expect(tokenScale([Float32Array.of(0, 0, 2, 0), Float32Array.of(0, -2)])).toBeCloseTo(2, 6);
    expect(tokenScale([Float32Array.of(0, 0)])).toBe(0);
  });
});

describe('critic-free advantages', () => {
  it('give neutral tokens exactly zero from the token part', () => {
    fc.assert(
      fc.property(amounts, (list) => {
        const tokenRewards = Float32Array.from(list);
        const [[advantages]] = criticFreeAdvantages([[{ reward: 1, tokenRewards }]], options) as [
          [Float32Array],
        ];
        list.forEach((_, t) => {
          if (tokenRewards[t] === 0) expect(advantages[t]).toBe(0);
          else expect(Math.sign(advantages[t]!)).toBe(Math.sign(tokenRewards[t]!));
        });
      }),
    );
  });

  it('do not change with the unit of either signal', () => {
    const make = (unit: number) =>
      criticFreeAdvantages(
        [
          [
            { reward: unit, tokenRewards: Float32Array.of(0, unit) },
            { reward: 0, tokenRewards: Float32Array.of(-unit, 0) },
          ],
        ],
        options,
      );
    const small = make(0.25);
    const large = make(4);
    small.flat().forEach((row, i) => {
      row.forEach((value, t) => {
        expect(value).toBeCloseTo(large.flat()[i]![t]!, 5);
      });
    });
  });

  it('pull towards the reference where the policy left it', () => {
    const gap = Float32Array.of(1, 0, -1);
    const rows = criticFreeAdvantages(
      [[{ reward: 0, tokenRewards: new Float32Array(3), referenceGap: gap }]],
      { ...options, klWeight: 0.1 },
    );
    expect([...rows[0]![0]!]).toEqual([-0.1, 0, 0.1].map((value) => expect.closeTo(value, 6)));
  });
});
