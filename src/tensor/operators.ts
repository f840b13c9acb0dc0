/**
 * @file The general operators, each beside its gradient rule: arithmetic with broadcasting, matrix products,
 * shape changes, reductions, lookups. Names follow ONNX, which runs them. Operators made for transformers are in fused.ts.
 */
import {
  float,
  type GradientRule,
  int,
  integers,
  ints,
  operation,
  operationWithOutputs,
  scalar,
  type Shape,
  type TensorNode,
} from './node.ts';
import { broadcastAxes, broadcastShapes, productShape, reshapeTarget } from './shapes.ts';

const nodeOf = (operand: TensorNode | number): TensorNode =>
  typeof operand === 'number' ? scalar(operand) : operand;

/** Sums a gradient over the axes along which `like` was broadcast. */
export function sumToShape(gradient: TensorNode, like: Shape): TensorNode {
  const axes = broadcastAxes(gradient.shape, like);
  if (axes.length === 0) return gradient;
  const kept = axes.filter((axis) => axis >= gradient.shape.length - like.length);
  const dropped = axes.filter((axis) => axis < gradient.shape.length - like.length);
  let result = gradient;
  if (kept.length > 0) result = reduceSum(result, kept, true);
  if (dropped.length > 0) result = reduceSum(result, dropped, false);
  return result;
}

function elementwise(
  type: string,
  left: TensorNode | number,
  right: TensorNode | number,
  gradients: (
    gradient: TensorNode,
    a: TensorNode,
    b: TensorNode,
  ) => readonly [TensorNode, TensorNode],
): TensorNode {
  const a = nodeOf(left);
  const b = nodeOf(right);
  return operation(type, [a, b], broadcastShapes(a.shape, b.shape), {
    gradient: (gradient) => {
      const [toA, toB] = gradients(gradient, a, b);
      return [
        { to: a, dense: sumToShape(toA, a.shape) },
        { to: b, dense: sumToShape(toB, b.shape) },
      ];
    },
  });
}

type Operand = TensorNode | number;

export const add = (a: Operand, b: Operand): TensorNode =>
  elementwise('Add', a, b, (gradient) => [gradient, gradient]);

export const subtract = (a: Operand, b: Operand): TensorNode =>
  elementwise('Sub', a, b, (gradient) => [gradient, negate(gradient)]);

export const multiply = (a: Operand, b: Operand): TensorNode =>
  elementwise('Mul', a, b, (gradient, left, right) => [
    multiply(gradient, right),
    multiply(gradient, left),
  ]);

export const divide = (a: Operand, b: Operand): TensorNode =>
  elementwise('Div', a, b, (gradient, left, right) => {
    const toLeft = divide(gradient, right);
    return [toLeft, negate(divide(multiply(toLeft, left), right))];
  });

/** At a tie the gradient goes to `a` alone. */
export const minimum = (a: Operand, b: Operand): TensorNode =>
  elementwise('Min', a, b, (gradient, left, right) => {
    const first = lessOrEqual(left, right);
    return [where(first, gradient, 0), where(first, 0, gradient)];
  });

/** At a tie the gradient goes to `a` alone. */
export const maximum = (a: Operand, b: Operand): TensorNode =>
  elementwise('Max', a, b, (gradient, left, right) => {
    const first = lessOrEqual(right, left);
    return [where(first, gradient, 0), where(first, 0, gradient)];
  });

/** Limits to [low, high]; the gradient passes inside and on the limits, as in PyTorch. */
export function clamp(x: TensorNode, low: Operand, high: Operand): TensorNode {
  const lower = nodeOf(low);
  const upper = nodeOf(high);
  const limited = operation('Clip', [x, lower, upper], x.shape, {
    gradient: (gradient) => [
      {
        to: x,
        dense: where(
          operation('And', [lessOrEqual(lower, x), lessOrEqual(x, upper)], x.shape, {
            elementType: 'bool',
          }),
          gradient,
          0,
        ),
      },
    ],
  });
  return limited;
}

const comparison = (type: string, left: Operand, right: Operand): TensorNode => {
  const a = nodeOf(left);
  const b = nodeOf(right);
  return operation(type, [a, b], broadcastShapes(a.shape, b.shape), { elementType: 'bool' });
};

export const lessOrEqual = (a: Operand, b: Operand): TensorNode => comparison('LessOrEqual', a, b);

/** No gradient flows to the condition. */
export function where(condition: TensorNode, then: Operand, otherwise: Operand): TensorNode {
  const a = nodeOf(then);
  const b = nodeOf(otherwise);
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  return operation('Where', [condition, a, b], shape, {
    gradient: (gradient) => [
      { to: a, dense: sumToShape(where(condition, gradient, 0), a.shape) },
      { to: b, dense: sumToShape(where(condition, 0, gradient), b.shape) },
    ],
  });
}

function unary(
  type: string,
  x: TensorNode,
  rule: (gradient: TensorNode, result: TensorNode) => TensorNode,
): TensorNode {
  const result: TensorNode = operation(type, [x], x.shape, {
    gradient: (gradient) => [{ to: x, dense: rule(gradient, result) }],
  });
  return result;
}

export const negate = (x: TensorNode): TensorNode =>
  unary('Neg', x, (gradient) => negate(gradient));
export const exponential = (x: TensorNode): TensorNode => unary('Exp', x, multiply);
export const logarithm = (x: TensorNode): TensorNode =>
  unary('Log', x, (gradient) => divide(gradient, x));
export const squareRoot = (x: TensorNode): TensorNode =>
  unary('Sqrt', x, (gradient, result) => divide(multiply(gradient, 0.5), result));
export const reciprocal = (x: TensorNode): TensorNode =>
  unary('Reciprocal', x, (gradient, result) =>
    negate(multiply(gradient, multiply(result, result))),
  );
export const sigmoid = (x: TensorNode): TensorNode =>
  unary('Sigmoid', x, (gradient, result) =>
    multiply(gradient, multiply(result, subtract(1, result))),
  );

/** The same value, cut off from differentiation. */
export const stopGradient = (x: TensorNode): TensorNode =>
  operation('Identity', [x], x.shape, { gradient: () => [] });

export interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Multiplies the product, at no cost. */
  readonly scale?: number;
}

/** scale · op(a) · op(b) over the last two axes; leading axes broadcast, and must not where a gradient is wanted of the smaller side. */
export function matrixProduct(
  a: TensorNode,
  b: TensorNode,
  options: ProductOptions = {},
): TensorNode {
  const transposeA = options.transposeA ?? false;
  const transposeB = options.transposeB ?? false;
  const scale = options.scale ?? 1;
  const shape = productShape(a.shape, b.shape, transposeA, transposeB);
  const gradient: GradientRule = (g) => {
    const toA = transposeA
      ? matrixProduct(b, g, { transposeA: transposeB, transposeB: true, scale })
      : matrixProduct(g, b, { transposeB: !transposeB, scale });
    const shared = b.shape.length === 2 && a.shape.length > 2 && !transposeA;
    const flatA = shared ? flattenRows(a) : a;
    const flatG = shared ? flattenRows(g) : g;
    const toB = transposeB
      ? matrixProduct(flatG, flatA, { transposeA: true, transposeB: transposeA, scale })
      : matrixProduct(flatA, flatG, { transposeA: !transposeA, scale });
    return [
      { to: a, dense: sumToShape(toA, a.shape) },
      { to: b, dense: sumToShape(toB, b.shape) },
    ];
  };
  if (!transposeA && !transposeB && scale === 1)
    return operation('MatMul', [a, b], shape, { gradient });
  return operation('FusedMatMul', [a, b], shape, {
    domain: 'com.microsoft',
    attributes: {
      transA: int(transposeA ? 1 : 0),
      transB: int(transposeB ? 1 : 0),
      alpha: float(scale),
    },
    gradient,
  });
}

/** [..., n] as [rows, n]. */
export function flattenRows(x: TensorNode): TensorNode {
  if (x.shape.length === 2) return x;
  const leading = x.shape.slice(0, -1);
  const rows = leading.every((dimension) => typeof dimension === 'number')
    ? leading.reduce<number>((product, dimension) => product * (dimension as number), 1)
    : leading.join('*');
  return reshape(x, [rows, x.shape[x.shape.length - 1] ?? 1]);
}

/** The same elements in another shape; two or more named dimensions may not move. */
export function reshape(x: TensorNode, shape: Shape): TensorNode {
  const target = reshapeTarget(x.shape, shape);
  const back: GradientRule = (gradient) => [{ to: x, dense: reshapeLike(gradient, x) }];
  if (target === undefined)
    throw new RangeError(`reshape of [${x.shape}] to [${shape}] would have to infer two sizes`);
  return operation('Reshape', [x, integers(target)], shape, { gradient: back });
}

/** The elements of `x` in the shape `like` has. */
export function reshapeLike(x: TensorNode, like: TensorNode): TensorNode {
  if (reshapeTarget(x.shape, like.shape) !== undefined) return reshape(x, like.shape);
  const size = operation('Shape', [like], [like.shape.length], { elementType: 'int64' });
  return operation('Reshape', [x, size], like.shape, {
    gradient: (gradient) => [{ to: x, dense: reshapeLike(gradient, x) }],
  });
}

/** Cuts the last axis into parts of these sizes. Forward only. */
export function split(x: TensorNode, sizes: readonly number[]): TensorNode[] {
  const leading = x.shape.slice(0, -1);
  return operationWithOutputs(
    'Split',
    [x, integers(sizes)],
    sizes.map((size) => [...leading, size]),
    { attributes: { axis: int(-1) } },
  );
}

export function transpose(x: TensorNode, order: readonly number[]): TensorNode {
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return operation(
    'Transpose',
    [x],
    order.map((axis) => x.shape[axis] ?? 1),
    {
      attributes: { perm: ints(order) },
      gradient: (gradient) => [{ to: x, dense: transpose(gradient, inverse) }],
    },
  );
}

function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return shape.flatMap((dimension, axis) => {
    if (!axes.includes(axis)) return [dimension];
    return keep ? [1] : [];
  });
}

/** `axes` non-negative. */
export function reduceSum(x: TensorNode, axes: readonly number[], keep: boolean): TensorNode {
  return operation('ReduceSum', [x, integers(axes)], reducedShape(x.shape, axes, keep), {
    attributes: { keepdims: int(keep ? 1 : 0) },
    elementType: x.elementType,
    gradient: (gradient) => [{ to: x, dense: expandTo(gradient, x, axes, keep) }],
  });
}

export function reduceMean(x: TensorNode, axes: readonly number[], keep: boolean): TensorNode {
  const ones = operation('ReduceMean', [x, integers(axes)], reducedShape(x.shape, axes, keep), {
    attributes: { keepdims: int(keep ? 1 : 0) },
    gradient: (gradient) => {
      const size = axes.reduce((product, axis) => product * Number(x.shape[axis]), 1);
      if (!Number.isFinite(size))
        throw new RangeError('the mean over a named axis has no gradient');
      return [{ to: x, dense: expandTo(multiply(gradient, 1 / size), x, axes, keep) }];
    },
  });
  return ones;
}

/** Maximum over axes; without a gradient. */
export function reduceMaximum(x: TensorNode, axes: readonly number[], keep: boolean): TensorNode {
  return operation('ReduceMax', [x, integers(axes)], reducedShape(x.shape, axes, keep), {
    attributes: { keepdims: int(keep ? 1 : 0) },
  });
}

function expandTo(
  gradient: TensorNode,
  x: TensorNode,
  axes: readonly number[],
  kept: boolean,
): TensorNode {
  const wide = kept
    ? gradient
    : operation('Unsqueeze', [gradient, integers(axes)], reducedShape(x.shape, axes, true));
  const size = operation('Shape', [x], [x.shape.length], { elementType: 'int64' });
  return operation('Expand', [wide, size], x.shape, {
    gradient: (second) => [{ to: gradient, dense: sumToShape(second, gradient.shape) }],
  });
}

/** Softmax over the last axis. */
export function softmax(x: TensorNode): TensorNode {
  const axis = x.shape.length - 1;
  const result: TensorNode = operation('Softmax', [x], x.shape, {
    attributes: { axis: int(-1) },
    gradient: (gradient) => {
      const inner = reduceSum(multiply(gradient, result), [axis], true);
      return [{ to: x, dense: multiply(result, subtract(gradient, inner)) }];
    },
  });
  return result;
}

/** Rows of `table` [rows, width] at `indices` [...]; the gradient of the table is a list of rows. */
export function lookup(table: TensorNode, indices: TensorNode): TensorNode {
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return operation('Gather', [table, indices], shape, {
    attributes: { axis: int(0) },
    gradient: (rows) => [{ to: table, indices, rows }],
  });
}

/** x[..., index[..., 0]] along the last axis: `index` has the shape of `x` with 1 last. Without a gradient. */
export function pickLast(x: TensorNode, index: TensorNode): TensorNode {
  return operation('GatherElements', [x, index], index.shape, { attributes: { axis: int(-1) } });
}
