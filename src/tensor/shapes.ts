/**
 * @file Arithmetic on shapes with named dimensions: broadcasting, matrix products, and ONNX Reshape's target notation.
 * A named dimension equals only itself; what cannot be decided from names is an error, never a guess.
 */
import { usageError } from '../kernel/errors.ts';
import { type Dimension, describeShape, type Shape } from './node.ts';

/** NumPy broadcasting; a named dimension broadcasts against itself and 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[a.length - rank + index] ?? 1;
    const right = b[b.length - rank + index] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw usageError(`shapes ${describeShape(a)} and ${describeShape(b)} do not broadcast`);
  });
}

/** Axes over which a gradient of shape `from` must be summed to become one of shape `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const extra = from.length - to.length;
  return from.flatMap((dimension, axis) => {
    if (axis < extra) return [axis];
    return to[axis - extra] === 1 && dimension !== 1 ? [axis] : [];
  });
}

/** Shape of op(a) · op(b) over the last two axes, leading axes broadcast. */
export function productShape(a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): Shape {
  if (a.length < 2 || b.length < 2)
    throw usageError(`matrix product of ${describeShape(a)} and ${describeShape(b)}: rank below 2`);
  const [rows, innerA] = lastTwo(a, transposeA);
  const [innerB, columns] = lastTwo(b, transposeB);
  if (innerA !== innerB)
    throw usageError(
      `matrix product of ${describeShape(a)} and ${describeShape(b)}: inner sizes ${innerA} and ${innerB} differ`,
    );
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

function lastTwo(shape: Shape, swapped: boolean): readonly [Dimension, Dimension] {
  const row = shape[shape.length - 2] as Dimension;
  const column = shape[shape.length - 1] as Dimension;
  return swapped ? [column, row] : [row, column];
}

/**
 * The target of an ONNX Reshape: sizes as they are, 0 for a name kept at its place, -1 for the one other name.
 * Undefined when two or more names would have to be inferred.
 */
export function reshapeTarget(from: Shape, to: Shape): number[] | undefined {
  let inferred = 0;
  const target = to.map((dimension, axis) => {
    if (typeof dimension === 'number') return dimension;
    if (from[axis] === dimension) return 0;
    inferred += 1;
    return -1;
  });
  return inferred <= 1 ? target : undefined;
}
