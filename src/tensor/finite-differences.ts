/**
 * @file The judge of gradient rules: compares a graph's derived gradient with central differences of its value. For tests.
 * In float32 a difference quotient carries an error of about 1e-4 / step, so rules are checked to about 1%, which no wrong
 * formula survives on random inputs.
 */
import { createRandom } from '../kernel/random.ts';
import { differentiate } from './differentiate.ts';
import { input, scalar, type TensorNode } from './node.ts';
import { multiply, reduceSum } from './operators.ts';
import { compileGraph, float32, floatsOf } from './session.ts';

const STEP = 1e-2;

export interface GradientCheck {
  /** Sizes of the inputs the gradient is checked for. */
  readonly shapes: readonly (readonly number[])[];
  /** The value, of any shape, from inputs of those shapes. */
  readonly build: (...inputs: TensorNode[]) => TensorNode;
  /** Values come from normal numbers passed through this. */
  readonly map?: (value: number) => number;
}

/** Largest difference between derived and numerical gradient, relative to the largest gradient entry. */
export async function gradientError(check: GradientCheck): Promise<number> {
  const random = createRandom('gradient check', JSON.stringify(check.shapes));
  const inputs = check.shapes.map((shape, index) => input(`input${index}`, shape));
  const value = check.build(...inputs);
  const axes = value.shape.map((_, axis) => axis);
  const size = (shape: readonly (number | string)[]): number =>
    shape.reduce<number>((product, side) => product * Number(side), 1);
  // Random weights, so that no error can cancel in the sum.
  const weighting = input('weighting', value.shape);
  const weighted = multiply(value, weighting);
  const loss = axes.length > 0 ? reduceSum(weighted, axes, false) : weighted;
  const gradients = differentiate(loss, inputs);
  const outputs: Record<string, TensorNode> = { loss };
  gradients.forEach(({ dense, rows }, index) => {
    if (rows.length > 0) throw new Error('row gradients are checked by their own test');
    outputs[`gradient${index}`] = dense ?? scalar(0);
  });
  const graph = await compileGraph(outputs, { threads: 1 });
  const data = check.shapes.map((shape) =>
    Float32Array.from({ length: size(shape) }, () => (check.map ?? ((x) => x))(random.normal())),
  );
  const feeds = {
    ...Object.fromEntries(
      data.map((values, index) => [
        `input${index}`,
        float32(values, ...(check.shapes[index] as number[])),
      ]),
    ),
    weighting: float32(
      Float32Array.from({ length: size(value.shape) }, () => random.normal()),
      ...value.shape.map(Number),
    ),
  };
  const lossNow = async (): Promise<number> =>
    floatsOf(await graph.run(feeds), 'loss')[0] as number;
  const derived = await graph.run(feeds);
  let worst = 0;
  let largest = 1e-3;
  for (const [index, values] of data.entries()) {
    const gradient = floatsOf(derived, `gradient${index}`).slice();
    for (let at = 0; at < values.length; at++) {
      const original = values[at] as number;
      values[at] = original + STEP;
      const above = await lossNow();
      values[at] = original - STEP;
      const below = await lossNow();
      values[at] = original;
      const numerical = (above - below) / (2 * STEP);
      worst = Math.max(worst, Math.abs(numerical - (gradient[at] as number)));
      largest = Math.max(largest, Math.abs(numerical));
    }
  }
  await graph.release();
  return worst / largest;
}
