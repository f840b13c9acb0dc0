/**
 * @file The nouns of the graph language: an immutable expression graph of tensors, each node knowing its shape and,
 * where it has one, its own gradient rule. Dimensions are numbers or names ("batch"); names are resolved at run time,
 * so one compiled graph serves every batch and length. Ours; the operations themselves are ONNX's.
 */

/** A size known now, or the name of one known when the graph runs. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];
export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string };

/** What a node sends back to one of its inputs during differentiation. */
export type Contribution =
  | { readonly to: TensorNode; readonly dense: TensorNode }
  /** Adds rows[i] to row indices[i] of `to`: the gradient of a lookup, never spread over the whole table. */
  | { readonly to: TensorNode; readonly indices: TensorNode; readonly rows: TensorNode };

/** Builds, from the gradient of a node's output, the gradients of its inputs. */
export type GradientRule = (gradient: TensorNode) => readonly Contribution[];

/** One ONNX node; several TensorNodes share it when it has several outputs. */
export interface Operation {
  readonly type: string;
  /** '' is ONNX's own operator set. */
  readonly domain: '' | 'com.microsoft';
  /** undefined: an optional input left out. */
  readonly inputs: readonly (TensorNode | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
}

interface NodeBase {
  readonly shape: Shape;
  readonly elementType: ElementType;
}

export type TensorNode = NodeBase &
  (
    | { readonly kind: 'input'; readonly name: string }
    | { readonly kind: 'constant'; readonly data: Float32Array | BigInt64Array | Int32Array }
    | {
        readonly kind: 'result';
        readonly operation: Operation;
        readonly output: number;
        readonly gradientRule: GradientRule | undefined;
      }
    /** The same value as `of`, with a gradient rule of its own over `inputs`; the rules inside are not used. */
    | {
        readonly kind: 'composite';
        readonly of: TensorNode;
        readonly inputs: readonly TensorNode[];
        readonly gradientRule: GradientRule;
      }
  );

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });

/** A value given at run time under this name. */
export function input(
  name: string,
  shape: Shape,
  elementType: ElementType = 'float32',
): TensorNode {
  return { kind: 'input', name, shape, elementType };
}

export function constant(data: Float32Array, shape: readonly number[]): TensorNode {
  return { kind: 'constant', data, shape, elementType: 'float32' };
}

export function scalar(value: number): TensorNode {
  return constant(Float32Array.of(value), []);
}

/** A 1-dimensional int64 constant: axes and shapes of ONNX operators. */
export function integers(values: readonly number[]): TensorNode {
  return {
    kind: 'constant',
    data: BigInt64Array.from(values, BigInt),
    shape: [values.length],
    elementType: 'int64',
  };
}

export interface OperationOptions {
  readonly domain?: '' | 'com.microsoft';
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly elementType?: ElementType;
  readonly gradient?: GradientRule;
}

/** A node with one output. */
export function operation(
  type: string,
  inputs: readonly (TensorNode | undefined)[],
  shape: Shape,
  options: OperationOptions = {},
): TensorNode {
  return {
    kind: 'result',
    operation: {
      type,
      domain: options.domain ?? '',
      inputs,
      attributes: options.attributes ?? {},
      outputs: 1,
    },
    output: 0,
    shape,
    elementType: options.elementType ?? 'float32',
    gradientRule: options.gradient,
  };
}

/** A node with several outputs, none of which has a gradient rule (wrap them in a composite). */
export function operationWithOutputs(
  type: string,
  inputs: readonly (TensorNode | undefined)[],
  shapes: readonly Shape[],
  options: Omit<OperationOptions, 'gradient'> = {},
): TensorNode[] {
  const shared: Operation = {
    type,
    domain: options.domain ?? '',
    inputs,
    attributes: options.attributes ?? {},
    outputs: shapes.length,
  };
  return shapes.map((shape, output) => ({
    kind: 'result',
    operation: shared,
    output,
    shape,
    elementType: options.elementType ?? 'float32',
    gradientRule: undefined,
  }));
}

/** Gives a value a hand-made gradient in place of the one its parts would have. */
export function withGradient(
  of: TensorNode,
  inputs: readonly TensorNode[],
  gradientRule: GradientRule,
): TensorNode {
  return {
    kind: 'composite',
    of,
    inputs,
    gradientRule,
    shape: of.shape,
    elementType: of.elementType,
  };
}

/** The nodes a node is computed from. */
export function inputsOf(node: TensorNode): readonly TensorNode[] {
  if (node.kind === 'composite') return [node.of];
  if (node.kind !== 'result') return [];
  return node.operation.inputs.filter((item): item is TensorNode => item !== undefined);
}

/** "[batch, 4, 16]", for messages. */
export const describeShape = (shape: Shape): string => `[${shape.join(', ')}]`;
