/**
 * @file Writing safetensors: one file, or shards with `model.safetensors.index.json` as transformers lays them out.
 * Tensors are asked for one at a time and narrowed in chunks, so that nothing but the tensor at hand is in memory.
 * Files are flushed to disk before the call returns; making a whole folder appear at once is the caller's.
 */
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inputError } from '../kernel/errors.ts';
import {
  bytesPerValue,
  encodeValues,
  largestMagnitude,
  type StorageType,
} from './half-precision.ts';
import { elementCount } from './safetensors.ts';

/** A tensor to write; `read` is called once, when its turn comes. */
export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly read: () => Float32Array;
}

const CHUNK_VALUES = 4 << 20;
const LARGEST_F16 = 65504;

/** Told after each tensor; may throw to stop. Timers and signals run before it is called. */
export type OnTensor = (values: number) => void;

/** Writes every tensor in the given order, without giving way. @returns bytes of tensor data. */
export function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  type: StorageType,
  options: { readonly metadata?: Readonly<Record<string, string>> } = {},
): number {
  const steps = writeStepwise(path, tensors, type, options.metadata);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** One step per tensor, whose number of values it yields. */
function* writeStepwise(
  path: string,
  tensors: readonly TensorSource[],
  type: StorageType,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Generator<number, number> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let dataBytes = 0;
  for (const { name, shape } of tensors) {
    const end = dataBytes + elementCount(shape) * bytesPerValue(type);
    header[name] = { dtype: type.toUpperCase(), shape, data_offsets: [dataBytes, end] };
    dataBytes = end;
  }
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  // Spaces after the header start the data at a multiple of 8, so that readers may map it.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = openSync(path, 'w');
  try {
    writeFully(file, length);
    writeFully(file, padded);
    for (const tensor of tensors) {
      writeValues(file, tensor, type, path);
      yield elementCount(tensor.shape);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return dataBytes;
}

/**
 * Writes `model.safetensors`, or, above `maxShardBytes`, `model-00001-of-0000N.safetensors` and the index.
 * A shard takes tensors until the next one would not fit; a tensor larger than a shard has one to itself.
 */
export async function writeModelTensors(
  folder: string,
  tensors: readonly TensorSource[],
  type: StorageType,
  maxShardBytes: number,
  onTensor?: OnTensor,
): Promise<void> {
  const write = async (path: string, shard: readonly TensorSource[]): Promise<number> => {
    const steps = writeStepwise(path, shard, type);
    try {
      for (;;) {
        const step = steps.next();
        if (step.done) return step.value;
        await setImmediate();
        onTensor?.(step.value);
      }
    } finally {
      steps.return(0);
    }
  };
  const shards: TensorSource[][] = [[]];
  let shardBytes = 0;
  for (const tensor of tensors) {
    const bytes = elementCount(tensor.shape) * bytesPerValue(type);
    if (shardBytes > 0 && shardBytes + bytes > maxShardBytes) {
      shards.push([]);
      shardBytes = 0;
    }
    shards.at(-1)!.push(tensor);
    shardBytes += bytes;
  }
  if (shards.length === 1) {
    await write(join(folder, 'model.safetensors'), tensors);
    return;
  }
  const number = (n: number): string => String(n).padStart(5, '0');
  const weightMap: Record<string, string> = {};
  let totalBytes = 0;
  for (const [index, shard] of shards.entries()) {
    const name = `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`;
    totalBytes += await write(join(folder, name), shard);
    for (const tensor of shard) weightMap[tensor.name] = name;
  }
  const index = { metadata: { total_size: totalBytes }, weight_map: weightMap };
  writeFileSync(
    join(folder, 'model.safetensors.index.json'),
    `${JSON.stringify(index, null, 2)}\n`,
    {
      flush: true,
    },
  );
}

function writeValues(file: number, tensor: TensorSource, type: StorageType, path: string): void {
  const values = tensor.read();
  if (values.length !== elementCount(tensor.shape))
    throw inputError(
      `${path}: tensor ${tensor.name} has ${values.length} values, its shape [${tensor.shape.join(', ')}] needs ${elementCount(tensor.shape)}`,
    );
  for (let at = 0; at < values.length; at += CHUNK_VALUES) {
    const chunk = values.subarray(at, at + CHUNK_VALUES);
    if (type === 'f16') refuseOverflow(chunk, tensor.name);
    writeFully(file, encodeValues(chunk, type));
  }
}

/** A finite weight that would become infinite silently ruins the model. */
export function refuseOverflow(values: Float32Array, name: string): void {
  const largest = largestMagnitude(values);
  if (largest > LARGEST_F16)
    throw inputError(
      `tensor ${name} holds ${largest}, more than f16 can (${LARGEST_F16})`,
      'write bf16 or f32 instead',
    );
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
}
