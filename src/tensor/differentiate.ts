/**
 * @file Reverse-mode differentiation as a transformation from graph to graph: the result is ordinary nodes, compiled
 * together with the forward pass, so the runtime plans both at once. Only paths from the wanted nodes to the loss are
 * walked. Gradients of lookups stay lists of rows (see Contribution), since a table's dense gradient is mostly zeros.
 */
import { Vul2SafeError } from '../kernel/errors.ts';
import { inputsOf, scalar, type TensorNode } from './node.ts';
import { add } from './operators.ts';

export interface RowGradient {
  /** [...] Row numbers. */
  readonly indices: TensorNode;
  /** [..., width] */
  readonly rows: TensorNode;
}

/** The gradient is `dense` (nothing = zero) plus every row list added at its indices. */
export interface Gradient {
  readonly dense: TensorNode | undefined;
  readonly rows: readonly RowGradient[];
}

/** Inputs before what uses them. */
export function topologicalOrder(
  roots: readonly TensorNode[],
  dependencies: (node: TensorNode) => readonly TensorNode[] = inputsOf,
): TensorNode[] {
  const order: TensorNode[] = [];
  const seen = new Set<TensorNode>();
  const stack: { node: TensorNode; next: number; inputs: readonly TensorNode[] }[] = [];
  const enter = (node: TensorNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0, inputs: dependencies(node) });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as (typeof stack)[number];
      const following = frame.inputs[frame.next];
      if (following === undefined) {
        order.push(frame.node);
        stack.pop();
      } else {
        frame.next += 1;
        enter(following);
      }
    }
  }
  return order;
}

/** For differentiation a composite depends on its declared inputs, not on its inner parts. */
const gradientInputs = (node: TensorNode): readonly TensorNode[] =>
  node.kind === 'composite' ? node.inputs : inputsOf(node);

/** Gradients of `loss` (a scalar) with respect to each of `targets`, in their order. */
export const differentiate = (loss: TensorNode, targets: readonly TensorNode[]): Gradient[] =>
  backpropagate(loss, scalar(1), targets);

/**
 * The gradients of `targets`, in their order, that follow from the gradient `seed` of `output`.
 * @param edge a node behind which nothing is looked at, as if it were an input.
 */
export function backpropagate(
  output: TensorNode,
  seed: TensorNode,
  targets: readonly TensorNode[],
  edge?: TensorNode,
): Gradient[] {
  const sourcesOf = (node: TensorNode): readonly TensorNode[] =>
    node === edge ? [] : gradientInputs(node);
  const order = topologicalOrder([output], sourcesOf);
  const wanted = new Set<TensorNode>(targets);
  for (const node of order) {
    if (sourcesOf(node).some((item) => wanted.has(item))) wanted.add(node);
  }
  const dense = new Map<TensorNode, TensorNode>([[output, seed]]);
  const rows = new Map<TensorNode, RowGradient[]>();
  for (const node of order.toReversed()) {
    const gradient = dense.get(node);
    if (gradient === undefined || !wanted.has(node)) continue;
    if (node.kind === 'input' || node.kind === 'constant') continue;
    if (!sourcesOf(node).some((item) => wanted.has(item))) continue;
    if (node.gradientRule === undefined) {
      const type = node.kind === 'result' ? node.operation.type : 'composite';
      throw new Vul2SafeError('failed', `operator ${type} has no gradient rule`);
    }
    for (const contribution of node.gradientRule(gradient)) {
      if (!wanted.has(contribution.to)) continue;
      if ('dense' in contribution) {
        const sum = dense.get(contribution.to);
        dense.set(contribution.to, sum ? add(sum, contribution.dense) : contribution.dense);
      } else {
        const list = rows.get(contribution.to) ?? [];
        list.push({ indices: contribution.indices, rows: contribution.rows });
        rows.set(contribution.to, list);
      }
    }
  }
  return targets.map((target) => ({
    dense: target === output ? undefined : dense.get(target),
    rows: rows.get(target) ?? [],
  }));
}
