/**
 * @file A compiled graph: one ONNX Runtime session. Inputs wrap JavaScript buffers without a copy; an output given a
 * buffer is written there, and that buffer may be an input's, which updates it in place (safe where the last reader of
 * the input is the element-wise producer of the output). Runs are synchronous inside the runtime, one at a time.
 * The Node binding copies every output it returns into fresh memory, even one it was given a buffer for, which for
 * gradients and caches costs more than the arithmetic. So every graph has a first output that the binding cannot
 * convert; it stops there, when the run is done and all buffers are written. Should a later binding convert it, the
 * results are the same, only slower.
 */
import * as ort from 'onnxruntime-node';
import { messageOf, missingError, usageError, Vul2SafeError } from '../kernel/errors.ts';
import { BARRIER, lowerGraph } from './lower.ts';
import { type Dimension, describeShape, type ElementType, type TensorNode } from './node.ts';

export type Device = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';

export interface RuntimeOptions {
  /** Threads inside one operator; 0 = the runtime's choice. */
  readonly threads?: number;
  readonly device?: Device;
  /** Prefix of a file in which the runtime writes a profile of every operator. */
  readonly profilePrefix?: string;
}

export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export type BoundTensor = ort.Tensor;

/** Wraps a buffer once for many runs. */
export function bindTensor(
  data: TensorData,
  shape: readonly number[],
  elementType: ElementType = 'float32',
): BoundTensor {
  return new ort.Tensor(elementType, data as never, shape);
}

export const float32 = (data: Float32Array, ...shape: number[]): BoundTensor =>
  bindTensor(data, shape, 'float32');
export const int32 = (data: Int32Array, ...shape: number[]): BoundTensor =>
  bindTensor(data, shape, 'int32');
export const int64 = (data: BigInt64Array, ...shape: number[]): BoundTensor =>
  bindTensor(data, shape, 'int64');

/** The numbers of a fetched float output. */
export function floatsOf(
  results: Readonly<Record<string, BoundTensor>>,
  name: string,
): Float32Array {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array))
    throw new Vul2SafeError('failed', `the graph has no float output ${name}`);
  return data;
}

export interface CompiledGraph {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly nodeCount: number;
  /**
   * Runs the graph. Feeds that the graph does not use are ignored; a missing one is an error.
   * @param into buffers for some outputs; the others are allocated.
   */
  run(
    feeds: Readonly<Record<string, BoundTensor>>,
    into?: Readonly<Record<string, BoundTensor>>,
  ): Promise<Record<string, BoundTensor>>;
  release(): Promise<void>;
}

/** @throws missingError when the device's provider is not in this build of the runtime. */
export async function compileGraph(
  outputs: Readonly<Record<string, TensorNode>>,
  options: RuntimeOptions = {},
): Promise<CompiledGraph> {
  const lowered = lowerGraph(outputs);
  const session = await createSession(lowered.model, options);
  const inputNames = lowered.inputs.map((node) => node.name);
  const outputNames = Object.keys(outputs);
  return {
    inputNames,
    outputNames,
    nodeCount: lowered.nodeCount,
    async run(feeds, into = {}) {
      const sizes = new Map<string, number>();
      const used: Record<string, BoundTensor> = {};
      for (const node of lowered.inputs) {
        const value = feeds[node.name];
        if (value === undefined) throw usageError(`graph input ${node.name} was not given`);
        bindSizes(node, value, sizes);
        used[node.name] = value;
      }
      const results: Record<string, BoundTensor> = {};
      for (const name of outputNames)
        results[name] = into[name] ?? allocateOutput(name, outputs[name] as TensorNode, sizes);
      try {
        await session.run(used, { [BARRIER]: null, ...results });
      } catch (error) {
        if (!messageOf(error).includes(BARRIER_MESSAGE)) throw error;
      }
      return results;
    },
    release: () => session.release(),
  };
}

/** What the binding says when it meets the barrier. */
const BARRIER_MESSAGE = 'Non tensor type';

/** Checks a feed's shape and learns the sizes of its named dimensions. */
function bindSizes(
  node: TensorNode & { kind: 'input' },
  value: BoundTensor,
  sizes: Map<string, number>,
): void {
  const refuse = (): never => {
    throw usageError(
      `graph input ${node.name} has shape ${describeShape(value.dims)}, expected ${describeShape(node.shape)} with ${[...sizes].map(([name, size]) => `${name} = ${size}`).join(', ')}`,
    );
  };
  if (value.dims.length !== node.shape.length) refuse();
  node.shape.forEach((dimension, axis) => {
    const found = value.dims[axis] as number;
    const expected = typeof dimension === 'number' ? dimension : sizes.get(dimension);
    if (expected === undefined) sizes.set(dimension as string, found);
    else if (expected !== found) refuse();
  });
}

function allocateOutput(
  name: string,
  node: TensorNode,
  sizes: ReadonlyMap<string, number>,
): BoundTensor {
  const shape = node.shape.map((dimension: Dimension) => {
    const size = typeof dimension === 'number' ? dimension : sizes.get(dimension);
    if (size === undefined)
      throw usageError(
        `graph output ${name} has shape ${describeShape(node.shape)}; no input tells the size of ${dimension}`,
      );
    return size;
  });
  const count = shape.reduce((product, size) => product * size, 1);
  switch (node.elementType) {
    case 'float32':
      return bindTensor(new Float32Array(count), shape, 'float32');
    case 'int32':
      return bindTensor(new Int32Array(count), shape, 'int32');
    case 'int64':
      return bindTensor(new BigInt64Array(count), shape, 'int64');
    case 'bool':
      return bindTensor(new Uint8Array(count), shape, 'bool');
  }
}

/**
 * Microseconds for which the runtime's threads wait for work by spinning before they sleep. Between two operators a few are
 * enough; the default keeps a core busy for about 50 ms after every run, which whoever shares the machine pays for: other
 * sessions of this process, sandboxes, other programs (two engines at once: 1.05 to 1.23 times as fast, one alone: equal).
 */
const SPIN_MICROSECONDS = 300;

async function createSession(
  model: Uint8Array,
  options: RuntimeOptions,
): Promise<ort.InferenceSession> {
  const device = options.device ?? 'cpu';
  const providers = device === 'cpu' ? ['cpu'] : [device, 'cpu'];
  const config: ort.InferenceSession.SessionOptions = {
    executionProviders: providers,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { spin_duration_us: String(SPIN_MICROSECONDS) } } },
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.profilePrefix
      ? { enableProfiling: true, profileFilePrefix: options.profilePrefix }
      : {}),
  };
  try {
    return await ort.InferenceSession.create(model, config);
  } catch (error) {
    if (device === 'cpu')
      throw new Vul2SafeError('failed', `the graph was refused: ${messageOf(error)}`, {
        cause: error,
      });
    const available = ort.listSupportedBackends().map((backend) => backend.name);
    throw missingError(
      `device ${device} is not usable here: ${messageOf(error)}`,
      `this build of ONNX Runtime knows ${available.join(', ')}; without --device the CPU is used`,
    );
  }
}
