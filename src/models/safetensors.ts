/**
 * @file Reading safetensors files (format: huggingface/safetensors README): 8 bytes of header length, a JSON header
 * {name: {dtype, shape, data_offsets}}, then the data. The header is checked as strictly as the reference reader does
 * (sizes, offsets, no hole, no overlap, no truncation) before a tensor is touched. Tensors are read one at a time and
 * widened to f32 in chunks, so that memory stays at the tensors kept plus a few megabytes.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import { inputError, messageOf } from '../kernel/errors.ts';
import { widenBf16, widenF16 } from './half-precision.ts';
import { parseJson } from './json-file.ts';

const BITS: Readonly<Record<string, number>> = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  I64: 64,
  U64: 64,
  I32: 32,
  U32: 32,
  I16: 16,
  U16: 16,
  I8: 8,
  U8: 8,
  BOOL: 8,
};

/** The formats `read` can widen to f32. */
const READABLE = new Set(['F32', 'F16', 'BF16', 'F64']);
const HEADER_LIMIT_BYTES = 100_000_000;
const CHUNK_BYTES = 8 << 20;

interface TensorEntry {
  readonly name: string;
  /** As written in the file, e.g. BF16. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Byte range in the file. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One tensor as f32, flat. @throws inputError when its dtype is not f32, f16, bf16 or f64. */
  read(name: string): Float32Array;
  close(): void;
}

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);

/** Opens and checks a file; the caller closes it. @throws inputError naming file and tensor. */
export function openSafetensors(path: string): SafetensorsFile {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw inputError(`${path}: cannot be opened: ${messageOf(error)}`, undefined, error);
  }
  try {
    const { tensors, metadata } = readHeader(file, path);
    return {
      path,
      tensors,
      metadata,
      read(name) {
        const entry = tensors.get(name);
        if (!entry) throw inputError(`${path}: tensor ${name} is not in this file`);
        return readTensor(file, entry, path);
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readHeader(
  file: number,
  path: string,
): { tensors: Map<string, TensorEntry>; metadata: Record<string, string> } {
  const fileBytes = fstatSync(file).size;
  if (fileBytes < 8)
    throw inputError(`${path}: truncated: ${fileBytes} bytes, a safetensors header needs 8`);
  const lengthField = readFully(file, new Uint8Array(8), 0, path);
  const headerBytes = Number(Buffer.from(lengthField).readBigUInt64LE());
  if (headerBytes > HEADER_LIMIT_BYTES)
    throw inputError(
      `${path}: header length field says ${headerBytes} bytes, at most ${HEADER_LIMIT_BYTES} are allowed; this is not a safetensors file`,
    );
  if (8 + headerBytes > fileBytes)
    throw inputError(
      `${path}: truncated: the header needs ${8 + headerBytes} bytes, the file has ${fileBytes}`,
    );
  const text = Buffer.from(readFully(file, new Uint8Array(headerBytes), 8, path)).toString('utf8');
  const header = parseJson(text, path, headerSchema);
  const metadata = metadataSchema.safeParse(header.__metadata__ ?? {});
  if (!metadata.success) throw inputError(`${path}: field __metadata__: expected text values only`);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, raw] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors.set(name, checkEntry(name, raw, 8 + headerBytes, path));
  }
  checkLayout(tensors, 8 + headerBytes, fileBytes, path);
  return { tensors, metadata: metadata.data };
}

function checkEntry(name: string, raw: unknown, dataStart: number, path: string): TensorEntry {
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw inputError(
      `${path}: tensor ${name}: field ${issue?.path.map(String).join('.') || 'header entry'}: ${issue?.message ?? 'malformed'}`,
    );
  }
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  const bits = Object.hasOwn(BITS, dtype) ? BITS[dtype]! : undefined;
  if (bits === undefined)
    throw inputError(`${path}: tensor ${name}: field dtype: ${dtype} is not known`);
  const expected = (elementCount(shape) * bits) / 8;
  if (offsets[1] - offsets[0] !== expected)
    throw inputError(
      `${path}: tensor ${name}: field data_offsets spans ${offsets[1] - offsets[0]} bytes, but ${dtype} [${shape.join(', ')}] takes ${expected}`,
    );
  return { name, dtype, shape, start: dataStart + offsets[0], end: dataStart + offsets[1] };
}

function checkLayout(
  tensors: ReadonlyMap<string, TensorEntry>,
  dataStart: number,
  fileBytes: number,
  path: string,
): void {
  let at = dataStart;
  for (const tensor of [...tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (tensor.start !== at)
      throw inputError(
        `${path}: tensor ${tensor.name}: field data_offsets starts at byte ${tensor.start - dataStart} of the data, expected ${at - dataStart} (tensors must follow each other)`,
      );
    at = tensor.end;
  }
  if (at > fileBytes)
    throw inputError(
      `${path}: truncated: its tensors need ${at} bytes, the file has ${fileBytes}`,
      'download or copy the file again',
    );
  if (at < fileBytes)
    throw inputError(`${path}: ${fileBytes - at} bytes after the last tensor belong to nothing`);
}

function readFully(file: number, into: Uint8Array, position: number, path: string): Uint8Array {
  for (let at = 0; at < into.length; ) {
    const wanted = Math.min(CHUNK_BYTES, into.length - at);
    const got = readSync(file, into, at, wanted, position + at);
    if (got === 0) throw inputError(`${path}: truncated at byte ${position + at}`);
    at += got;
  }
  return into;
}

function readTensor(file: number, entry: TensorEntry, path: string): Float32Array {
  const { dtype, start } = entry;
  if (!READABLE.has(dtype))
    throw inputError(
      `${path}: tensor ${entry.name}: field dtype is ${dtype}, expected F32, F16 or BF16`,
    );
  const values = new Float32Array(elementCount(entry.shape));
  if (dtype === 'F32') {
    readFully(file, new Uint8Array(values.buffer), start, path);
    return values;
  }
  const valueBytes = BITS[dtype]! / 8;
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, values.length * valueBytes));
  for (let at = 0; at < values.length; ) {
    const count = Math.min(chunk.length / valueBytes, values.length - at);
    readFully(file, chunk.subarray(0, count * valueBytes), start + at * valueBytes, path);
    if (dtype === 'F64') values.set(new Float64Array(chunk.buffer, 0, count), at);
    else if (dtype === 'BF16') widenBf16(new Uint16Array(chunk.buffer, 0, count), values, at);
    else widenF16(new Uint16Array(chunk.buffer, 0, count), values, at);
    at += count;
  }
  return values;
}
