/**
 * @file AdamW (Loshchilov & Hutter 2019, in PyTorch's order of operations) as a graph over slices of the flat parameter
 * arrays, updating weights and moments in place. Slices fit the shared cache, so the dozen element-wise passes cost about
 * one trip through memory; smaller ones cost more in calls than they save. Every parameter decays, norms and biases too, as PyTorch's default does.
 */
import { input, type TensorNode } from '../../tensor/node.ts';
import { add, divide, multiply, reduceSum, squareRoot, subtract } from '../../tensor/operators.ts';
import {
  type BoundTensor,
  type CompiledGraph,
  compileGraph,
  float32,
  floatsOf,
  type RuntimeOptions,
} from '../../tensor/session.ts';
import type { AdamParameters } from '../training-engine.ts';
import type { ParameterStore } from './parameters.ts';

const SLICE_ELEMENTS = 262_144;

interface SliceTensors {
  readonly feeds: Readonly<Record<string, BoundTensor>>;
  readonly into: Readonly<Record<string, BoundTensor>>;
}

export class AdamWOptimizer {
  private update: Promise<CompiledGraph> | undefined;
  private norm: Promise<CompiledGraph> | undefined;
  private slices: readonly SliceTensors[] | undefined;
  private readonly store: ParameterStore;
  private readonly runtime: RuntimeOptions;

  constructor(store: ParameterStore, runtime: RuntimeOptions) {
    this.store = store;
    this.runtime = runtime;
  }

  private sliceTensors(): readonly SliceTensors[] {
    const { values, gradients, adamMoments } = this.store;
    this.slices ??= Array.from(
      { length: Math.ceil(values.length / SLICE_ELEMENTS) },
      (_, index) => {
        const start = index * SLICE_ELEMENTS;
        const end = Math.min(start + SLICE_ELEMENTS, values.length);
        const slice = (array: Float32Array): BoundTensor =>
          float32(array.subarray(start, end), end - start);
        const into = {
          newWeight: slice(values),
          newFirst: slice(adamMoments[0]),
          newSecond: slice(adamMoments[1]),
        };
        const feeds = {
          weight: into.newWeight,
          gradient: slice(gradients),
          first: into.newFirst,
          second: into.newSecond,
        };
        return { feeds, into };
      },
    );
    return this.slices;
  }

  /** Euclidean norm of the accumulated gradient over all parameters. */
  async gradientNorm(): Promise<number> {
    this.norm ??= compileGraph({ sum: squareSumGraph() }, this.runtime);
    const graph = await this.norm;
    let sum = 0;
    for (const { feeds } of this.sliceTensors()) {
      const result = await graph.run(feeds);
      sum += floatsOf(result, 'sum')[0] as number;
    }
    return Math.sqrt(sum);
  }

  /** @param step counted from 1. @param gradientScale multiplies the gradient first (clipping). */
  async apply(adam: AdamParameters, step: number, gradientScale: number): Promise<void> {
    this.update ??= compileGraph(updateGraph(), this.runtime);
    const graph = await this.update;
    const scalars: Record<string, BoundTensor> = {};
    const give = (name: string, value: number): void => {
      scalars[name] = float32(Float32Array.of(value));
    };
    give('gradientScale', gradientScale);
    give('firstRate', 1 - adam.beta1);
    give('beta2', adam.beta2);
    give('secondRate', 1 - adam.beta2);
    give('secondCorrection', 1 / Math.sqrt(1 - adam.beta2 ** step));
    give('epsilon', adam.epsilon);
    give('decay', 1 - adam.learningRate * adam.weightDecay);
    give('stepSize', adam.learningRate / (1 - adam.beta1 ** step));
    for (const { feeds, into } of this.sliceTensors())
      await graph.run({ ...scalars, ...feeds }, into);
  }

  async release(): Promise<void> {
    await (await this.update)?.release();
    await (await this.norm)?.release();
  }
}

function squareSumGraph(): TensorNode {
  const gradient = input('gradient', ['elements']);
  return reduceSum(multiply(gradient, gradient), [0], true);
}

function updateGraph(): Record<string, TensorNode> {
  const slice = (name: string): TensorNode => input(name, ['elements']);
  const scalarInput = (name: string): TensorNode => input(name, []);
  const gradient = multiply(slice('gradient'), scalarInput('gradientScale'));
  const first = slice('first');
  const newFirst = add(first, multiply(subtract(gradient, first), scalarInput('firstRate')));
  const newSecond = add(
    multiply(slice('second'), scalarInput('beta2')),
    multiply(multiply(gradient, gradient), scalarInput('secondRate')),
  );
  const denominator = add(
    multiply(squareRoot(newSecond), scalarInput('secondCorrection')),
    scalarInput('epsilon'),
  );
  const newWeight = subtract(
    multiply(slice('weight'), scalarInput('decay')),
    multiply(divide(newFirst, denominator), scalarInput('stepSize')),
  );
  return { newWeight, newFirst, newSecond };
}
