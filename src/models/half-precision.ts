/**
 * @file The 16-bit number formats of checkpoints. bf16 is the upper half of an f32; f16 is IEEE binary16.
 * Narrowing rounds to nearest, ties to even, as PyTorch does. All functions convert whole arrays, since a model holds
 * hundreds of millions of numbers. Little-endian machines only (every platform Node has binaries of models for).
 */

/** Number formats a checkpoint may be stored in, by our names. */
export type StorageType = 'f32' | 'f16' | 'bf16';

export const bytesPerValue = (type: StorageType): 2 | 4 => (type === 'f32' ? 4 : 2);

/** Writes `source.length` values to `target` from index `at`. Two at a time, which is a third faster, where they are aligned. */
export function widenBf16(source: Uint16Array, target: Float32Array, at = 0): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset + 4 * at, source.length);
  let done = 0;
  if (source.byteOffset % 4 === 0) {
    const pairs = new Uint32Array(source.buffer, source.byteOffset, source.length >> 1);
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]!;
      bits[2 * i] = pair << 16;
      bits[2 * i + 1] = pair & 0xffff0000;
    }
    done = 2 * pairs.length;
  }
  for (let i = done; i < source.length; i++) bits[i] = source[i]! << 16;
}

const SMALLEST_F16_SUBNORMAL = 2 ** -24;
let f16Table: Float32Array | undefined;

/** All 65,536 f16 values as f32: a look-up is several times faster than taking the bits apart. */
function f16Values(): Float32Array {
  if (f16Table) return f16Table;
  f16Table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    let value: number;
    if (exponent === 0) value = fraction * SMALLEST_F16_SUBNORMAL;
    else if (exponent === 31) value = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    else value = (1 + fraction / 1024) * 2 ** (exponent - 15);
    f16Table[bits] = bits & 0x8000 ? -value : value;
  }
  return f16Table;
}

/** Writes `source.length` values to `target` from index `at`. */
export function widenF16(source: Uint16Array, target: Float32Array, at = 0): void {
  const table = f16Values();
  for (let i = 0; i < source.length; i++) target[at + i] = table[source[i]!]!;
}

const bitsOf = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);

export function narrowToBf16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    const notANumber = (x & 0x7fffffff) > 0x7f800000;
    // Adding 0x7fff plus the lowest kept bit carries exactly when rounding to even asks for it.
    result[i] = notANumber ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return result;
}

/** Values beyond 65504 become infinite, as in PyTorch; see `largestMagnitude` to refuse them beforehand. */
export function narrowToF16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    const sign = (x >>> 16) & 0x8000;
    const magnitude = x & 0x7fffffff;
    let half: number;
    if (magnitude > 0x7f800000) half = 0x7e00;
    else if (magnitude >= 0x477ff000) half = 0x7c00;
    else if (magnitude >= 0x38800000) {
      half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    } else if (magnitude <= 0x33000000) half = 0;
    else {
      // A subnormal: shift the full significand down to steps of 2^-24.
      const significand = (magnitude & 0x7fffff) | 0x800000;
      const shift = 126 - (magnitude >>> 23);
      const kept = significand >>> shift;
      const rest = significand & ((1 << shift) - 1);
      const middle = 1 << (shift - 1);
      half = kept + (rest > middle || (rest === middle && kept & 1) ? 1 : 0);
    }
    result[i] = sign | half;
  }
  return result;
}

/** Largest |x|; NaN counts as infinite. */
export function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (!(magnitude <= largest))
      largest = Number.isNaN(magnitude) ? Number.POSITIVE_INFINITY : magnitude;
  }
  return largest;
}

/** The bytes of `values` in the given format; for f32 a view, not a copy. */
export function encodeValues(values: Float32Array, type: StorageType): Uint8Array {
  const stored =
    type === 'f32' ? values : type === 'bf16' ? narrowToBf16(values) : narrowToF16(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
