import { describe, expect, it } from 'vitest';
import { blockSizes, CausalBlocks } from './causal-attention.ts';
import { differentiate } from './differentiate.ts';
import { input, type TensorNode } from './node.ts';
import { multiply, reduceSum } from './operators.ts';
import { compileGraph, float32, floatsOf, int32, int64 } from './session.ts';

const HEAD_SIZE = 8;

/** Output and gradients of a weighted sum of it. */
function attentionGraph(blocks: number, heads: number, keyValueHeads: number) {
  const query = input('query', ['batch', heads, 'sequence', HEAD_SIZE]);
  const key = input('key', ['batch', keyValueHeads, 'sequence', HEAD_SIZE]);
  const value = input('value', ['batch', keyValueHeads, 'sequence', HEAD_SIZE]);
  const weighting = input('weighting', query.shape);
  const output = new CausalBlocks(blocks).attention(query, key, value, {
    heads,
    keyValueHeads,
    headSize: HEAD_SIZE,
  });
  const loss = reduceSum(multiply(output, weighting), [0, 1, 2, 3], false);
  const [toQuery, toKey, toValue] = differentiate(loss, [query, key, value]).map(
    ({ dense }) => dense as TensorNode,
  ) as [TensorNode, TensorNode, TensorNode];
  return compileGraph({ output, toQuery, toKey, toValue }, { threads: 1 });
}

describe('causal attention in blocks', () => {
  it.each([
    [2, 2],
    [4, 2],
  ])(
    'gives what the whole square gives, %i heads over %i, at every length',
    async (heads, keyValueHeads) => {
      const whole = await attentionGraph(1, heads, keyValueHeads);
      const blocked = await attentionGraph(4, heads, keyValueHeads);
      for (const length of [4, 5, 13, 64]) {
        const batch = 2;
        const values = (count: number, seed: number) =>
          float32(
            Float32Array.from({ length: batch * count * length * HEAD_SIZE }, (_, index) =>
              Math.sin((index + 1) * seed),
            ),
            batch,
            count,
            length,
            HEAD_SIZE,
          );
        const order = Int32Array.from({ length }, (_, index) => index);
        const feeds = {
          query: values(heads, 1.7),
          key: values(keyValueHeads, 2.3),
          value: values(keyValueHeads, 3.1),
          weighting: values(heads, 0.9),
          queryOrder: int32(order, length, 1),
          keyOrder: int32(order, 1, length),
          ...Object.fromEntries(
            blockSizes(length, 4).map(({ name, values: sizes }) => [
              name,
              int64(sizes, sizes.length),
            ]),
          ),
        };
        const expected = await whole.run(feeds);
        const found = await blocked.run(feeds);
        for (const name of ['output', 'toQuery', 'toKey', 'toValue'])
          floatsOf(expected, name).forEach((number, index) => {
            expect(floatsOf(found, name)[index], `${name}[${index}]`).toBeCloseTo(number, 5);
          });
      }
      await whole.release();
      await blocked.release();
    },
  );

  it('cuts a sequence into blocks that cover it', () => {
    for (const length of [4, 7, 100, 257]) {
      const sizes = new Map(blockSizes(length, 4).map(({ name, values }) => [name, values]));
      const edges = [1, 2, 3].map((block) => Number(sizes.get(`edge${block}`)?.[0]));
      const ends = [...edges, length];
      ends.forEach((end, block) => {
        expect(end).toBeGreaterThan(ends[block - 1] ?? 0);
        if (block > 0)
          expect(Number(sizes.get(`growth${block}`)?.[6])).toBe(end - (ends[block - 1] as number));
      });
    }
  });
});
