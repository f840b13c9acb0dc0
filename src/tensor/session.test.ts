import { describe, expect, it } from 'vitest';
import { input, operation, type TensorNode } from './node.ts';
import { add, flattenRows, matrixProduct, multiply, reshape } from './operators.ts';
import { compileGraph, float32, floatsOf, int64 } from './session.ts';

const ramp = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i);

describe('a compiled graph', () => {
  it('serves every batch and length with one compilation', async () => {
    const x = input('x', ['batch', 'sequence', 4]);
    const weight = input('weight', [2, 4]);
    const graph = await compileGraph({
      y: matrixProduct(x, weight, { transposeB: true }),
    });
    for (const [batch, sequence] of [
      [1, 3],
      [2, 5],
      [4, 1],
    ] as const) {
      const results = await graph.run({
        x: float32(ramp(batch * sequence * 4), batch, sequence, 4),
        weight: float32(new Float32Array(8).fill(1), 2, 4),
      });
      expect(results.y?.dims).toEqual([batch, sequence, 2]);
      expect(floatsOf(results, 'y')[0]).toBe(6);
    }
    await graph.release();
  });

  it('writes into the buffer it is given, and into its own input', async () => {
    const x = input('x', ['n']);
    const graph = await compileGraph({ next: add(x, 1), double: multiply(x, 2) });
    const held = float32(ramp(5), 5);
    const double = float32(new Float32Array(5), 5);
    const results = await graph.run({ x: held }, { double });
    expect([...(double.data as Float32Array)]).toEqual([0, 2, 4, 6, 8]);
    expect(results.double).toBe(double);
    expect([...floatsOf(results, 'next')]).toEqual([1, 2, 3, 4, 5]);
    await graph.release();

    const stepping = await compileGraph({ next: add(x, 1) });
    for (let time = 0; time < 3; time++) await stepping.run({ x: held }, { next: held });
    expect([...(held.data as Float32Array)]).toEqual([3, 4, 5, 6, 7]);
    await stepping.release();
  });

  it('scatters into a cache in place and leaves the rest alone', async () => {
    const cache = input('cache', ['rows', 2, 'capacity', 3]);
    const slots = input('slots', ['entries', 3], 'int64');
    const entries = input('entries', ['entries', 3]);
    const graph = await compileGraph({
      extended: operation('ScatterND', [cache, slots, entries], cache.shape),
    });
    const held = float32(new Float32Array(1 * 2 * 4 * 3).fill(9), 1, 2, 4, 3);
    await graph.run(
      {
        cache: held,
        slots: int64(BigInt64Array.of(0n, 0n, 2n, 0n, 1n, 0n), 2, 3),
        entries: float32(ramp(6), 2, 3),
      },
      { extended: held },
    );
    const expected = new Array<number>(24).fill(9);
    expected.splice(6, 3, 0, 1, 2);
    expected.splice(12, 3, 3, 4, 5);
    expect([...(held.data as Float32Array)]).toEqual(expected);
    await graph.release();
  });

  it('gives the same node under two names, and an input back as an output', async () => {
    const x = input('x', [2]);
    const y = add(x, x);
    const graph = await compileGraph({ one: y, two: y, same: x });
    const results = await graph.run({ x: float32(Float32Array.of(1, 2), 2) });
    for (const name of ['one', 'two']) expect([...floatsOf(results, name)]).toEqual([2, 4]);
    expect([...floatsOf(results, 'same')]).toEqual([1, 2]);
    await graph.release();
  });

  it('refuses a missing input, a wrong shape and sizes that disagree, naming the input', async () => {
    const graph = await compileGraph({
      y: add(input('a', ['n', 2]), input('b', ['n', 2])),
    });
    const two = float32(ramp(4), 2, 2);
    await expect(graph.run({ a: two })).rejects.toThrow(/input b was not given/);
    await expect(graph.run({ a: two, b: float32(ramp(6), 2, 3) })).rejects.toThrow(/b has shape/);
    await expect(graph.run({ a: two, b: float32(ramp(6), 3, 2) })).rejects.toThrow(/n = 2/);
    await graph.release();
  });

  it('says which devices there are when the wanted one is not', async () => {
    const y: TensorNode = add(input('x', [1]), 1);
    await expect(compileGraph({ y }, { device: 'cuda' })).rejects.toThrow(
      /device cuda is not usable/,
    );
  });

  it('does not let a failing operator pass for a finished run', async () => {
    const x = input('x', ['n', 2]);
    const indices = input('indices', ['m', 1], 'int64');
    const graph = await compileGraph({
      y: operation('GatherND', [x, indices], ['m', 2]),
    });
    await expect(
      graph.run({ x: float32(ramp(4), 2, 2), indices: int64(BigInt64Array.of(7n), 1, 1) }),
    ).rejects.toThrow();
    await graph.release();
  });
});

describe('shapes', () => {
  it('flatten leading axes and come back through another tensor', async () => {
    const x = input('x', ['batch', 'sequence', 6]);
    expect(flattenRows(x).shape).toEqual(['batch*sequence', 6]);
    expect(reshape(x, ['batch', 'sequence', 2, 3]).shape).toEqual(['batch', 'sequence', 2, 3]);
    expect(() => reshape(flattenRows(x), ['batch', 'sequence', 6])).toThrow(/infer two sizes/);
  });

  it('refuse products whose inner sizes differ', () => {
    expect(() => matrixProduct(input('a', [2, 3]), input('b', [4, 5]))).toThrow(/inner sizes/);
    expect(() => add(input('a', ['n']), input('b', ['m']))).toThrow(/do not broadcast/);
  });
});
