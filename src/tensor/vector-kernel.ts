/**
 * @file A few loops that no runtime operator can do in one pass over memory, as WebAssembly with 128-bit vectors: an
 * expression over arrays of float32, four elements at a time, is encoded to a module at run time. Only what the optimizer
 * needs: loads, stores, arithmetic, square root, scalars as parameters, and a sum of squares in double precision.
 * Encoding: WebAssembly 2.0 (W3C), sections 5.3 to 5.5. Every step rounds to float32 as written, none are fused, so the
 * results are those of element-wise operators in the same order.
 */

/** What is used of the JavaScript interface, which the type library of Node leaves to browsers. */
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, object>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** A value of four lanes: bytes that leave a v128 on the stack. */
export type Vector = readonly number[];

const VECTOR = 0xfd;
/** LEB128, for what is never negative. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

const vectorOp = (code: number): number[] => [VECTOR, ...unsigned(code)];
const binary =
  (code: number) =>
  (a: Vector, b: Vector): Vector => [...a, ...b, ...vectorOp(code)];

export const plus = binary(0xe4);
export const minus = binary(0xe5);
export const times = binary(0xe6);
export const over = binary(0xe7);
export const root = (a: Vector): Vector => [...a, ...vectorOp(0xe3)];

const localGet = (index: number): number[] => [0x20, ...unsigned(index)];
const localSet = (index: number): number[] => [0x21, ...unsigned(index)];
const constant = (value: number): number[] => [0x41, ...signed(value)];

const I32 = 0x7f;
const F32 = 0x7d;
const F64 = 0x7c;
const V128 = 0x7b;
const VECTOR_BYTES = 16;

/** What a loop body is written with. */
export interface LoopBody {
  /** Four elements of an array (by its place in the heap). */
  readonly load: (array: number) => Vector;
  /** A scalar parameter, in all four lanes. */
  readonly scalar: (index: number) => Vector;
  /** Keeps a value for the rest of the pass. */
  readonly keep: (value: Vector) => Vector;
  readonly store: (array: number, value: Vector) => void;
  /** Adds the squares of four elements to the result, in double precision. */
  readonly addSquares: (value: Vector) => void;
}

interface LoopFunction {
  readonly scalars: number;
  readonly body: (loop: LoopBody) => void;
}

/** Locals of every function: 0 = bytes to go over, then the scalars, then the byte reached and the two sums. */
function encodeLoop({ scalars, body }: LoopFunction, arrayBytes: number): number[] {
  const reached = 1 + scalars;
  const sums = [reached + 1, reached + 2] as const;
  let kept = 0;
  const code: number[] = [];
  const address = localGet(reached);
  const offset = (array: number): number[] => [4, ...unsigned(array * arrayBytes)];
  body({
    load: (array) => [...address, ...vectorOp(0x00), ...offset(array)],
    scalar: (index) => [...localGet(1 + index), ...vectorOp(0x13)],
    keep: (value) => {
      const local = sums[1] + 1 + kept++;
      code.push(...value, ...localSet(local));
      return localGet(local);
    },
    store: (array, value) => {
      code.push(...address, ...value, ...vectorOp(0x0b), ...offset(array));
    },
    addSquares: (value) => {
      const swapped = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
      const halves: readonly Vector[] = [
        value,
        [...value, ...value, ...vectorOp(0x0d), ...swapped],
      ];
      halves.forEach((half, index) => {
        const sum = sums[index] as number;
        const wide = [...half, ...vectorOp(0x5f)];
        const square = [...wide, ...wide, ...vectorOp(0xf2)];
        code.push(...localGet(sum), ...square, ...vectorOp(0xf0), ...localSet(sum));
      });
    },
  });
  const advance = [...localGet(reached), ...constant(VECTOR_BYTES), 0x6a, ...localSet(reached)];
  const again = [...localGet(reached), ...localGet(0), 0x49, 0x0d, 0];
  const loop = [0x03, 0x40, ...code, ...advance, ...again, 0x0b];
  const lanes = sums.flatMap((sum) =>
    [0, 1].map((lane) => [...localGet(sum), ...vectorOp(0x21), lane]),
  );
  const total = [...(lanes[0] ?? []), ...lanes.slice(1).flatMap((lane) => [...lane, 0xa0])];
  const locals = [2, 1, I32, ...unsigned(2 + kept), V128];
  const content = [...locals, ...loop, ...total, 0x0b];
  return [...unsigned(content.length), ...content];
}

export type LoopCall = (bytes: number, ...scalars: number[]) => number;

export interface VectorKernel {
  /** [array] Views of the heap, each `elements` long. */
  readonly arrays: readonly Float32Array[];
  /**
   * [function] Runs over the first `bytes` bytes of every array (a multiple of 16 above 0). @returns the sum of squares
   * asked for, else 0.
   */
  readonly loops: readonly LoopCall[];
}

/** @param elements of each of `arrays` arrays in the heap, a multiple of 4. */
export function createVectorKernel(
  arrays: number,
  elements: number,
  functions: readonly LoopFunction[],
): VectorKernel {
  const arrayBytes = elements * 4;
  const section = (id: number, content: readonly number[]): number[] => [
    id,
    ...unsigned(content.length),
    ...content,
  ];
  const vector = (items: readonly (readonly number[])[]): number[] => [
    ...unsigned(items.length),
    ...items.flat(),
  ];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const module = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      vector(
        functions.map(({ scalars }) => [
          0x60,
          ...unsigned(1 + scalars),
          I32,
          ...Array.from({ length: scalars }, () => F32),
          1,
          F64,
        ]),
      ),
    ),
    ...section(2, vector([[...name('k'), ...name('m'), 0x02, 0x00, 0]])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(
      7,
      vector(functions.map((_, index) => [...name(`f${index}`), 0x00, ...unsigned(index)])),
    ),
    ...section(10, vector(functions.map((item) => encodeLoop(item, arrayBytes)))),
  ]);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((arrays * arrayBytes) / 65536) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { k: { m: memory } });
  return {
    arrays: Array.from(
      { length: arrays },
      (_, index) => new Float32Array(memory.buffer, index * arrayBytes, elements),
    ),
    loops: functions.map((_, index) => instance.exports[`f${index}`] as LoopCall),
  };
}
