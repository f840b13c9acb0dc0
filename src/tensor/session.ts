/**
 * @file A compiled graph: one ONNX Runtime session. Inputs wrap JavaScript buffers without a copy; an output given a
 * buffer is written there, and that buffer may be an input's, which updates it in place (safe where the last reader of
 * the input is the element-wise producer of the output). Runs are synchronous inside the runtime, one at a time.
 */
import * as ort from 'onnxruntime-node';
import { messageOf, missingError, usageError, Vul2SafeError } from '../kernel/errors.ts';
import { lowerGraph } from './lower.ts';
import { describeShape, type ElementType, type TensorNode } from './node.ts';

export type Device = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';

export interface RuntimeOptions {
  /** Threads inside one operator; 0 = the runtime's choice. */
  readonly threads?: number;
  readonly device?: Device;
  /** Prefix of a file in which the runtime writes a profile of every operator. */
  readonly profilePrefix?: string;
}

export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** A value with its shape; the buffer is shared, not copied. */
export interface TensorValue {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

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
   * @param only names of the outputs wanted; all by default.
   */
  run(
    feeds: Readonly<Record<string, BoundTensor>>,
    into?: Readonly<Record<string, BoundTensor>>,
    only?: readonly string[],
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
    async run(feeds, into = {}, only = outputNames) {
      const used: Record<string, BoundTensor> = {};
      for (const node of lowered.inputs) {
        const value = feeds[node.name];
        if (value === undefined) throw usageError(`graph input ${node.name} was not given`);
        if (
          value.dims.length !== node.shape.length ||
          node.shape.some((size, axis) => typeof size === 'number' && size !== value.dims[axis])
        )
          throw usageError(
            `graph input ${node.name} has shape ${describeShape(value.dims)}, expected ${describeShape(node.shape)}`,
          );
        used[node.name] = value;
      }
      const fetches: Record<string, ort.Tensor | null> = {};
      for (const name of only) fetches[name] = into[name] ?? null;
      return (await session.run(used, fetches)) as Record<string, BoundTensor>;
    },
    release: () => session.release(),
  };
}

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
