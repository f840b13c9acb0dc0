import { describe, expect, it } from 'vitest';
import type { LossSpec } from '../../data/datum.ts';
import { differentiate } from '../../tensor/differentiate.ts';
import { gradientError } from '../../tensor/finite-differences.ts';
import { constant, input, scalar, type TensorNode } from '../../tensor/node.ts';
import { reduceSum } from '../../tensor/operators.ts';
import { compileGraph, float32, floatsOf } from '../../tensor/session.ts';
import { tokenLoss, valueLoss } from './losses.ts';

const column = (...values: number[]): TensorNode =>
  constant(Float32Array.from(values), [values.length, 1]);

describe('token losses', () => {
  const low = scalar(0.8);
  const high = scalar(1.2);

  it.each(['cross_entropy', 'importance_sampling', 'ppo'] as const)(
    'the gradient of %s agrees with finite differences',
    async (name) => {
      const build = (logProbabilities: TensorNode): TensorNode =>
        tokenLoss(
          name,
          {
            logProbabilities,
            oldLogProbabilities: column(-0.5, 0.2, 0.9, -1.3, 0.1, 0.4),
            advantages: column(1, -2, 0.5, 1.5, -0.7, 2),
            weights: column(1, 0.5, 2, 1, 0, 1),
          },
          low,
          high,
        );
      expect(await gradientError({ shapes: [[6, 1]], build })).toBeLessThan(0.01);
    },
  );

  /** dLoss/dlp at ratio `ratio` with advantage `advantage` and weight 1. */
  async function slope(name: LossSpec['name'], ratio: number, advantage: number): Promise<number> {
    const logProbabilities = input('lp', [1, 1]);
    const inputs = {
      logProbabilities,
      oldLogProbabilities: column(0),
      advantages: column(advantage),
      weights: column(1),
    };
    const loss = tokenLoss(name, inputs, low, high);
    const [gradient] = differentiate(reduceSum(loss, [0, 1], false), [logProbabilities]);
    const graph = await compileGraph({ gradient: gradient?.dense as TensorNode }, { threads: 1 });
    const results = await graph.run({ lp: float32(Float32Array.of(Math.log(ratio)), 1, 1) });
    await graph.release();
    return floatsOf(results, 'gradient')[0] as number;
  }

  it('ppo stops pushing once the ratio has left the range in the wanted direction', async () => {
    expect(await slope('ppo', 1.1, 2)).toBeCloseTo(-2.2, 5);
    expect(await slope('ppo', 1.3, 2)).toBeCloseTo(0, 6);
    expect(await slope('ppo', 1.3, -2)).toBeCloseTo(2.6, 5);
    expect(await slope('ppo', 0.7, -2)).toBeCloseTo(0, 6);
    expect(await slope('ppo', 0.7, 2)).toBeCloseTo(-1.4, 5);
  });

  it('cispo keeps pushing, with the limited ratio as a constant factor', async () => {
    expect(await slope('cispo', 1.1, 2)).toBeCloseTo(-2.2, 5);
    expect(await slope('cispo', 3, 2)).toBeCloseTo(-2.4, 5);
    expect(await slope('cispo', 0.1, -1)).toBeCloseTo(0.8, 5);
  });
});

describe('value loss', () => {
  const build =
    (clips: boolean) =>
    (values: TensorNode): TensorNode =>
      valueLoss(
        values,
        {
          returns: column(1, -1, 0.5, 2),
          oldValues: column(0.3, -0.2, 0.1, 0.6),
          weights: column(1, 2, 0.5, 1),
          coefficient: scalar(0.7),
          clip: scalar(0.25),
        },
        clips,
      );

  it.each([false, true])('has the right gradient, clipped %s', async (clips) => {
    expect(await gradientError({ shapes: [[4, 1]], build: build(clips) })).toBeLessThan(0.01);
  });

  it('takes the worse of the clipped and the plain error', async () => {
    const values = input('values', [4, 1]);
    const graph = await compileGraph({ loss: build(true)(values) }, { threads: 1 });
    const results = await graph.run({ values: float32(Float32Array.of(1, -0.2, 0.5, 0.7), 4, 1) });
    const clippedFirst = 0.5 * 0.7 * (0.55 - 1) ** 2;
    expect(floatsOf(results, 'loss')[0]).toBeCloseTo(clippedFirst, 6);
    await graph.release();
  });
});
