/**
 * @file AdamW (Loshchilov & Hutter 2019, in PyTorch's order of operations) over flat arrays, updating weights and moments
 * in place. One pass over memory: slices that fit the second-level cache are brought into a vector kernel's heap, worked
 * on there and written back. Every parameter decays, norms and biases too, as PyTorch's default does.
 */
import {
  createVectorKernel,
  type LoopBody,
  type LoopCall,
  minus,
  over,
  plus,
  root,
  times,
  type Vector,
  type VectorKernel,
} from '../../tensor/vector-kernel.ts';
import type { AdamParameters } from '../training-engine.ts';
import type { ParameterStore } from './parameters.ts';

/** 64 KB of each array: all of them fit the second-level cache. */
const SLICE_ELEMENTS = 16_384;

/** Places of the arrays in the heap. */
const WEIGHT = 0;
const FIRST = 1;
const SECOND = 2;
const GRADIENT = 3;
const ARRAYS = 4;

/** A step's numbers in the order in which the kernel takes them. */
const NUMBERS = [
  'gradientScale',
  'firstRate',
  'beta2',
  'secondRate',
  'secondCorrection',
  'epsilon',
  'decay',
  'stepSize',
] as const;
type StepNumber = (typeof NUMBERS)[number];

function stepNumbers(adam: AdamParameters, step: number, gradientScale: number): number[] {
  const numbers: Readonly<Record<StepNumber, number>> = {
    gradientScale,
    firstRate: 1 - adam.beta1,
    beta2: adam.beta2,
    secondRate: 1 - adam.beta2,
    secondCorrection: 1 / Math.sqrt(1 - adam.beta2 ** step),
    epsilon: adam.epsilon,
    decay: 1 - adam.learningRate * adam.weightDecay,
    stepSize: adam.learningRate / (1 - adam.beta1 ** step),
  };
  return NUMBERS.map((name) => numbers[name]);
}

function updateBody(loop: LoopBody): void {
  const number = (name: StepNumber): Vector => loop.scalar(NUMBERS.indexOf(name));
  const gradient = loop.keep(times(loop.load(GRADIENT), number('gradientScale')));
  const first = loop.keep(loop.load(FIRST));
  const newFirst = loop.keep(plus(first, times(minus(gradient, first), number('firstRate'))));
  loop.store(FIRST, newFirst);
  const newSecond = loop.keep(
    plus(
      times(loop.load(SECOND), number('beta2')),
      times(times(gradient, gradient), number('secondRate')),
    ),
  );
  loop.store(SECOND, newSecond);
  const denominator = plus(times(root(newSecond), number('secondCorrection')), number('epsilon'));
  loop.store(
    WEIGHT,
    minus(
      times(loop.load(WEIGHT), number('decay')),
      times(over(newFirst, denominator), number('stepSize')),
    ),
  );
}

export class AdamWOptimizer {
  private readonly store: ParameterStore;
  private readonly kernel: VectorKernel = createVectorKernel(ARRAYS, SLICE_ELEMENTS, [
    { scalars: 0, body: (loop) => loop.addSquares(loop.keep(loop.load(GRADIENT))) },
    { scalars: NUMBERS.length, body: updateBody },
  ]);

  constructor(store: ParameterStore) {
    this.store = store;
  }

  /** Euclidean norm of the accumulated gradient over all parameters, summed in double precision. */
  gradientNorm(): number {
    const [squares] = this.kernel.loops as [LoopCall];
    let sum = 0;
    for (const [start, end] of this.slices()) {
      this.bring(GRADIENT, this.store.gradients, start, end);
      sum += squares(vectorBytes(end - start));
    }
    return Math.sqrt(sum);
  }

  /** @param step counted from 1. @param gradientScale multiplies the gradient first (clipping). */
  apply(adam: AdamParameters, step: number, gradientScale: number): void {
    const [, update] = this.kernel.loops as [LoopCall, LoopCall];
    const { values, gradients, adamMoments } = this.store;
    const scalars = stepNumbers(adam, step, gradientScale);
    const updated = [
      [WEIGHT, values],
      [FIRST, adamMoments[0]],
      [SECOND, adamMoments[1]],
    ] as const;
    for (const [start, end] of this.slices()) {
      this.bring(GRADIENT, gradients, start, end);
      for (const [place, array] of updated) this.bring(place, array, start, end);
      update(vectorBytes(end - start), ...scalars);
      for (const [place, array] of updated)
        array.set(this.heap(place).subarray(0, end - start), start);
    }
  }

  private *slices(): Generator<readonly [number, number]> {
    const { length } = this.store.values;
    for (let start = 0; start < length; start += SLICE_ELEMENTS)
      yield [start, Math.min(start + SLICE_ELEMENTS, length)];
  }

  private heap(place: number): Float32Array {
    return this.kernel.arrays[place] as Float32Array;
  }

  /** Copies a slice into the heap; up to three zeros fill its last vector. */
  private bring(place: number, from: Float32Array, start: number, end: number): void {
    const heap = this.heap(place);
    heap.set(from.subarray(start, end));
    heap.fill(0, end - start, vectorBytes(end - start) / 4);
  }
}

/** Bytes of whole vectors that hold this many elements. */
const vectorBytes = (elements: number): number => Math.ceil(elements / 4) * 16;
