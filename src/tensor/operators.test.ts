import { describe, expect, it } from 'vitest';
import { differentiate } from './differentiate.ts';
import { type GradientCheck, gradientError } from './finite-differences.ts';
import {
  accumulate,
  attention,
  gatedSilu,
  linear,
  rmsNorm,
  rotaryEmbedding,
  tokenLogProbabilities,
} from './fused.ts';
import { constant, input, type TensorNode } from './node.ts';
import {
  add,
  clamp,
  divide,
  exponential,
  lessOrEqual,
  logarithm,
  lookup,
  matrixProduct,
  maximum,
  minimum,
  multiply,
  negate,
  reciprocal,
  reduceMean,
  reduceSum,
  reshape,
  sigmoid,
  softmax,
  squareRoot,
  stopGradient,
  subtract,
  transpose,
  where,
} from './operators.ts';
import { compileGraph, float32, floatsOf, int32 } from './session.ts';

const positive = (value: number): number => 0.5 + Math.abs(value);
const pair = [
  [2, 3],
  [2, 3],
];

const checks: Record<string, GradientCheck> = {
  'sum with a broadcast row': { shapes: [[2, 3], [3]], build: add },
  'sum with a broadcast column': {
    shapes: [
      [2, 1],
      [4, 2, 3],
    ],
    build: add,
  },
  difference: { shapes: [[2, 3], [1]], build: subtract },
  product: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: multiply,
  },
  quotient: { shapes: pair, build: divide, map: positive },
  minimum: { shapes: pair, build: minimum },
  maximum: { shapes: pair, build: maximum },
  clamp: { shapes: [[4, 5]], build: (x) => clamp(x, -0.6, 0.7) },
  'choice by a condition': {
    shapes: pair,
    build: (a, b) => where(lessOrEqual(constant(Float32Array.of(0, 1, 0), [3]), 0.5), a, b),
  },
  negation: { shapes: [[3]], build: negate },
  exponential: { shapes: [[3]], build: exponential },
  logarithm: { shapes: [[3]], build: logarithm, map: positive },
  'square root': { shapes: [[3]], build: squareRoot, map: positive },
  reciprocal: { shapes: [[3]], build: reciprocal, map: positive },
  sigmoid: { shapes: [[5]], build: sigmoid },
  softmax: { shapes: [[2, 4]], build: softmax },
  'sum over an axis': { shapes: [[2, 3, 2]], build: (x) => reduceSum(x, [1], false) },
  'mean over axes': { shapes: [[2, 3, 2]], build: (x) => reduceMean(x, [0, 2], true) },
  reshape: { shapes: [[2, 6]], build: (x) => reshape(x, [3, 4]) },
  transpose: { shapes: [[2, 3, 4]], build: (x) => transpose(x, [2, 0, 1]) },
  'RMS norm': { shapes: [[2, 3, 8], [8]], build: (x, weight) => rmsNorm(x, weight, 1e-3) },
  'gated SiLU': { shapes: pair, build: gatedSilu },
  'linear layer with bias': {
    shapes: [[2, 3, 4], [5, 4], [5]],
    build: (x, weight, bias) => linear(x, weight, bias),
  },
  'attention with grouped heads': {
    shapes: [
      [2, 4, 3, 4],
      [2, 2, 3, 4],
      [2, 2, 3, 4],
    ],
    build: (query, key, value) =>
      attention(query, key, value, causal(3), { heads: 4, keyValueHeads: 2, headSize: 4 }),
  },
  'attention with as many key heads': {
    shapes: [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    build: (query, key, value) =>
      attention(query, key, value, causal(3), { heads: 2, keyValueHeads: 2, headSize: 4 }),
  },
};
for (const transposeA of [false, true])
  for (const transposeB of [false, true])
    checks[`matrix product, transposed ${transposeA} ${transposeB}`] = {
      shapes: [transposeA ? [2, 4, 3] : [2, 3, 4], transposeB ? [2, 5, 4] : [2, 4, 5]],
      build: (a, b) => matrixProduct(a, b, { transposeA, transposeB, scale: 0.7 }),
    };

function causal(size: number): TensorNode {
  const mask = new Float32Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = row + 1; column < size; column++) mask[row * size + column] = -1e9;
  return constant(mask, [size, size]);
}

describe('gradient rules agree with finite differences', () => {
  it.each(Object.entries(checks))('%s', async (_name, check) => {
    expect(await gradientError(check)).toBeLessThan(0.01);
  });

  it('rotary embedding', async () => {
    const angles = [0.3, 1.1, 2.0, 0.7, 1.9, 0.2];
    const table = (values: number[]): TensorNode => constant(Float32Array.from(values), [3, 2]);
    const sine = angles.map(Math.sin);
    const tables = {
      cosine: table(angles.map(Math.cos)),
      sine: table(sine),
      negativeSine: table(sine.map((value) => -value)),
      positions: {
        kind: 'constant',
        data: BigInt64Array.of(0n),
        shape: [1],
        elementType: 'int64',
      } as const,
    };
    const build = (x: TensorNode): TensorNode => rotaryEmbedding(x, tables, 2);
    expect(await gradientError({ shapes: [[2, 3, 8]], build })).toBeLessThan(0.01);
  });

  it('would notice a wrong rule', async () => {
    const build = (x: TensorNode): TensorNode => add(x, stopGradient(multiply(x, x)));
    expect(await gradientError({ shapes: [[3]], build })).toBeGreaterThan(0.1);
  });
});

describe('log-probability of tokens under a head', () => {
  const rows = 3;
  const width = 4;
  const vocabulary = 5;
  const hidden = input('hidden', [rows, width]);
  const table = input('table', [vocabulary, width]);
  const targets = input('targets', [rows, 1], 'int32');
  const pattern = (count: number, scale: number): Float32Array =>
    Float32Array.from({ length: count }, (_, index) => scale * Math.sin(3 * index + 1));
  const chosen = [4, 0, 4];
  const weights = [0.7, -1.2, 0.4];

  /** By plain arithmetic in double precision. */
  function reference(hiddenData: Float32Array, tableData: Float32Array) {
    let loss = 0;
    const entropies: number[] = [];
    for (let row = 0; row < rows; row++) {
      const logits = Array.from({ length: vocabulary }, (_, token) => {
        let sum = 0;
        for (let column = 0; column < width; column++)
          sum +=
            (hiddenData[row * width + column] as number) *
            (tableData[token * width + column] as number);
        return sum;
      });
      const normaliser = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      loss += (weights[row] as number) * ((logits[chosen[row] as number] as number) - normaliser);
      entropies.push(
        -logits.reduce((sum, l) => sum + Math.exp(l - normaliser) * (l - normaliser), 0),
      );
    }
    return { loss, entropies };
  }

  it('gives value, entropy and both gradients, the table gradient as dense part plus rows', async () => {
    const { logProbabilities, entropies } = tokenLogProbabilities(hidden, table, targets);
    const weighting = input('weighting', [rows, 1]);
    const loss = reduceSum(multiply(logProbabilities, weighting), [0, 1], false);
    const [toHidden, toTable] = differentiate(loss, [hidden, table]);
    expect(toTable?.rows).toHaveLength(1);
    const graph = await compileGraph(
      {
        loss,
        entropies,
        toHidden: toHidden?.dense as TensorNode,
        toTable: toTable?.dense as TensorNode,
        rows: toTable?.rows[0]?.rows as TensorNode,
      },
      { threads: 1 },
    );
    const hiddenData = pattern(rows * width, 1);
    const tableData = pattern(vocabulary * width, 0.8);
    const results = await graph.run({
      hidden: float32(hiddenData, rows, width),
      table: float32(tableData, vocabulary, width),
      targets: int32(Int32Array.from(chosen), rows, 1),
      weighting: float32(Float32Array.from(weights), rows, 1),
    });
    const expected = reference(hiddenData, tableData);
    expect(floatsOf(results, 'loss')[0]).toBeCloseTo(expected.loss, 5);
    expected.entropies.forEach((entropy, row) => {
      expect(floatsOf(results, 'entropies')[row]).toBeCloseTo(entropy, 5);
    });
    const tableGradient = floatsOf(results, 'toTable').slice();
    chosen.forEach((token, row) => {
      for (let column = 0; column < width; column++)
        tableGradient[token * width + column]! += floatsOf(results, 'rows')[
          row * width + column
        ] as number;
    });
    for (const [data, gradient] of [
      [hiddenData, floatsOf(results, 'toHidden')],
      [tableData, tableGradient],
    ] as const) {
      const wide = Float64Array.from(data);
      gradient.forEach((value, index) => {
        const lossAt = (change: number): number => {
          const moved = Float32Array.from(wide);
          moved[index] = (wide[index] as number) + change;
          return data === hiddenData
            ? reference(moved, tableData).loss
            : reference(hiddenData, moved).loss;
        };
        expect(value).toBeCloseTo((lossAt(1e-3) - lossAt(-1e-3)) / 2e-3, 3);
      });
    }
    await graph.release();
  });

  it('stays finite where a probability is too small for a float', async () => {
    const { logProbabilities } = tokenLogProbabilities(hidden, table, targets);
    const graph = await compileGraph({ logProbabilities }, { threads: 1 });
    const results = await graph.run({
      hidden: float32(new Float32Array(rows * width).fill(10), rows, width),
      table: float32(
        Float32Array.from({ length: vocabulary * width }, (_, i) => (i < width ? -5 : 5)),
        vocabulary,
        width,
      ),
      targets: int32(Int32Array.of(0, 0, 1), rows, 1),
    });
    // Logits -200 and 200: log-probability -400 - log 4.
    expect(floatsOf(results, 'logProbabilities')[0]).toBeCloseTo(-400 - Math.log(4), 3);
    await graph.release();
  });
});

describe('lookup', () => {
  it('sends the table a list of rows instead of a dense gradient', () => {
    const table = input('table', [7, 3]);
    const indices = input('indices', [2, 2], 'int32');
    const [gradient] = differentiate(reduceSum(lookup(table, indices), [0, 1, 2], false), [table]);
    expect(gradient?.dense).toBeUndefined();
    expect(gradient?.rows.map((row) => row.rows.shape)).toEqual([[2, 2, 3]]);
  });
});

describe('accumulating a gradient', () => {
  it('adds a matrix product to its accumulator in place', async () => {
    const a = input('a', [4, 2]);
    const b = input('b', [4, 3]);
    const accumulator = input('accumulator', [2, 3]);
    const product = matrixProduct(a, b, { transposeA: true });
    const graph = await compileGraph({ sum: accumulate(accumulator, product) }, { threads: 1 });
    const held = float32(new Float32Array(6).fill(10), 2, 3);
    const feeds = {
      a: float32(new Float32Array(8).fill(1), 4, 2),
      b: float32(new Float32Array(12).fill(0.5), 4, 3),
      accumulator: held,
    };
    await graph.run(feeds, { sum: held });
    await graph.run(feeds, { sum: held });
    expect([...(held.data as Float32Array)]).toEqual([14, 14, 14, 14, 14, 14]);
    await graph.release();
  });
});
