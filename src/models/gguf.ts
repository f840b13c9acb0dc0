/**
 * @file The GGUF container, version 3 (ggml's docs/gguf.md): typed key-value metadata, tensor descriptions, then the
 * data, each tensor at a multiple of 32 bytes. Dimensions are written innermost first, the reverse of ours.
 * Tensors are asked for one at a time. Writing only; unquantised formats only.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { encodeValues, type StorageType } from './half-precision.ts';
import { elementCount } from './safetensors.ts';
import { type OnTensor, refuseOverflow } from './safetensors-writer.ts';

/** Metadata values by GGUF type; numbers need one, since JSON numbers say nothing of it. */
export type GgufValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'i32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

export interface GgufTensor {
  readonly name: string;
  /** Outermost first, as everywhere in this project. */
  readonly shape: readonly number[];
  readonly type: StorageType;
  readonly read: () => Float32Array;
}

const ALIGNMENT = 32;
const VERSION = 3;
const VALUE_TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const TENSOR_TYPE: Readonly<Record<StorageType, number>> = { f32: 0, f16: 1, bf16: 30 };
const CHUNK_VALUES = 4 << 20;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const i32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
};

/** The value with its type before it. */
function encodeValue(item: GgufValue): Buffer {
  switch (item.type) {
    case 'u32':
      return Buffer.concat([u32(VALUE_TYPE.u32), u32(item.value)]);
    case 'i32':
      return Buffer.concat([u32(VALUE_TYPE.i32), i32(item.value)]);
    case 'f32':
      return Buffer.concat([u32(VALUE_TYPE.f32), f32(item.value)]);
    case 'bool':
      return Buffer.concat([u32(VALUE_TYPE.bool), Buffer.of(item.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([u32(VALUE_TYPE.string), text(item.value)]);
    case 'i32s': {
      const head = [u32(VALUE_TYPE.array), u32(VALUE_TYPE.i32), u64(item.value.length)];
      const values = Int32Array.from(item.value);
      return Buffer.concat([...head, Buffer.from(values.buffer)]);
    }
    case 'strings': {
      const head = [u32(VALUE_TYPE.array), u32(VALUE_TYPE.string), u64(item.value.length)];
      return Buffer.concat([...head, ...item.value.map(text)]);
    }
  }
}

const dataBytes = (tensor: GgufTensor): number =>
  elementCount(tensor.shape) * (tensor.type === 'f32' ? 4 : 2);

/** Writes the file aside and renames it into place. */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
  onTensor?: OnTensor,
): Promise<void> {
  const head: Buffer[] = [
    Buffer.from('GGUF'),
    u32(VERSION),
    u64(tensors.length),
    u64(metadata.size),
  ];
  for (const [key, value] of metadata) head.push(text(key), encodeValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    head.push(text(tensor.name), u32(tensor.shape.length));
    for (const side of [...tensor.shape].reverse()) head.push(u64(side));
    head.push(u32(TENSOR_TYPE[tensor.type]), u64(offset));
    offset += aligned(dataBytes(tensor));
  }
  const header = Buffer.concat(head);
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  const file = openSync(aside, 'w');
  const write = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
  };
  const pad = (bytes: number): void => write(new Uint8Array(aligned(bytes) - bytes));
  try {
    write(header);
    pad(header.length);
    for (const tensor of tensors) {
      const values = tensor.read();
      for (let at = 0; at < values.length; at += CHUNK_VALUES) {
        const chunk = values.subarray(at, at + CHUNK_VALUES);
        if (tensor.type === 'f16') refuseOverflow(chunk, tensor.name);
        write(encodeValues(chunk, tensor.type));
      }
      pad(dataBytes(tensor));
      await setImmediate();
      onTensor?.(values.length);
    }
    fsyncSync(file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
}
