/**
 * @file Where the numbers live. Trainable parameters, their gradients and Adam moments are four flat arrays with one
 * view per parameter, so that the optimizer, clipping and checkpoints work on long runs of memory; frozen parameters
 * stay in the arrays they came in. Graphs read and write these buffers in place.
 */
import { Vul2SafeError } from '../../kernel/errors.ts';
import { type BoundTensor, bindTensor } from '../../tensor/session.ts';

export interface ParameterView {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place in the flat arrays, in elements; undefined when frozen. */
  readonly offset: number | undefined;
  readonly data: Float32Array;
}

/** Names of the graph input and output that are a parameter's accumulated gradient before and after a run. */
export const accumulatorInput = (parameter: string): string => `accumulated:${parameter}`;
export const accumulatorOutput = (parameter: string): string => `gradient:${parameter}`;

/** The gradient buffers as graph inputs and, in place, outputs. */
export interface Accumulators {
  readonly feeds: Readonly<Record<string, BoundTensor>>;
  readonly into: Readonly<Record<string, BoundTensor>>;
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);

export class ParameterStore {
  readonly views: ReadonlyMap<string, ParameterView>;
  readonly trainableNames: readonly string[];
  /** [trainable element] */
  readonly values: Float32Array;
  private accumulated: Float32Array | undefined;
  private moments: readonly [Float32Array, Float32Array] | undefined;
  private changes = 0;
  private readonly bound: Record<string, BoundTensor> = {};
  private boundGradients: Accumulators | undefined;

  /** @param source hands out each parameter once; its array is kept when frozen, copied when trainable. */
  constructor(
    shapes: ReadonlyMap<string, readonly number[]>,
    isTrainable: (name: string) => boolean,
    source: (name: string, size: number) => Float32Array,
  ) {
    const trainable = [...shapes].filter(([name]) => isTrainable(name));
    this.trainableNames = trainable.map(([name]) => name);
    this.values = new Float32Array(trainable.reduce((sum, [, shape]) => sum + sizeOf(shape), 0));
    const views = new Map<string, ParameterView>();
    let end = 0;
    for (const [name, shape] of shapes) {
      const size = sizeOf(shape);
      const given = source(name, size);
      if (given.length !== size)
        throw new Vul2SafeError(
          'failed',
          `parameter ${name} has ${given.length} values, shape [${shape}] needs ${size}`,
        );
      let view: ParameterView = { name, shape, offset: undefined, data: given };
      if (isTrainable(name)) {
        const data = this.values.subarray(end, end + size);
        data.set(given);
        view = { name, shape, offset: end, data };
        end += size;
      }
      views.set(name, view);
      this.bound[name] = bindTensor(view.data, shape);
    }
    this.views = views;
  }

  /** Another number whenever values may have changed. */
  get version(): number {
    return this.changes;
  }

  /** To be called after values were written in place. */
  markChanged(): void {
    this.changes += 1;
  }

  view(name: string): ParameterView {
    const view = this.views.get(name);
    if (!view) throw new Vul2SafeError('failed', `no parameter ${name}`);
    return view;
  }

  /** All parameters as graph inputs, by name. */
  feeds(): Readonly<Record<string, BoundTensor>> {
    return this.bound;
  }

  /** [trainable element] Allocated on first use. */
  get gradients(): Float32Array {
    this.accumulated ??= new Float32Array(this.values.length);
    return this.accumulated;
  }

  gradientOf(name: string): Float32Array {
    const { offset, data } = this.view(name);
    if (offset === undefined) throw new Vul2SafeError('failed', `parameter ${name} is frozen`);
    return this.gradients.subarray(offset, offset + data.length);
  }

  accumulators(): Accumulators {
    if (this.boundGradients) return this.boundGradients;
    const feeds: Record<string, BoundTensor> = {};
    const into: Record<string, BoundTensor> = {};
    for (const name of this.trainableNames) {
      const bound = bindTensor(this.gradientOf(name), this.view(name).shape);
      feeds[accumulatorInput(name)] = bound;
      into[accumulatorOutput(name)] = bound;
    }
    this.boundGradients = { feeds, into };
    return this.boundGradients;
  }

  clearGradients(): void {
    this.accumulated?.fill(0);
  }

  /** First and second Adam moments, [trainable element] each; zero at first. */
  get adamMoments(): readonly [Float32Array, Float32Array] {
    this.moments ??= [new Float32Array(this.values.length), new Float32Array(this.values.length)];
    return this.moments;
  }

  /** Adds rows[i] (of the parameter's row width) to row indices[i] of a parameter's accumulated gradient. */
  addGradientRows(name: string, indices: Int32Array, rows: Float32Array): void {
    const target = this.gradientOf(name);
    const width = rows.length / indices.length;
    for (let row = 0; row < indices.length; row++) {
      const to = (indices[row] as number) * width;
      const from = row * width;
      for (let column = 0; column < width; column++)
        target[to + column] = (target[to + column] as number) + (rows[from + column] as number);
    }
  }
}
