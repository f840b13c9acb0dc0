/**
 * @file Activation recomputation (Chen 2016): a part of the graph whose inner values are not kept for the backward pass but
 * computed a second time there, from the part's input. Costs one more forward pass of the part, saves its memory.
 * The second computation reads its input plus zero times the incoming gradient, with the zero known only at run time:
 * so it cannot be merged with the first, nor be done before the backward pass has come this far.
 */
import { backpropagate, topologicalOrder } from './differentiate.ts';
import { type Contribution, input, type TensorNode, withGradient } from './node.ts';
import { add, multiply } from './operators.ts';

/** Name of the scalar graph input that must be 0. */
export const RECOMPUTATION_ZERO = 'recomputationZero';

/** The graph input itself; one per graph. */
export const recomputationZero = (): TensorNode => input(RECOMPUTATION_ZERO, []);

/** build(x), without its inner values being kept. `build` is called again for the backward pass and must be pure. */
export function recomputed(
  x: TensorNode,
  zero: TensorNode,
  build: (x: TensorNode) => TensorNode,
): TensorNode {
  const output = build(x);
  const parameters = topologicalOrder([output]).filter(
    (node) => node.kind === 'input' && node !== x,
  );
  return withGradient(output, [x, ...parameters], (gradient) => {
    const again = add(x, multiply(gradient, zero));
    const targets = [again, ...parameters];
    const gradients = backpropagate(build(again), gradient, targets, again);
    return targets.flatMap((target, index): Contribution[] => {
      const to = target === again ? x : target;
      const { dense, rows } = gradients[index] ?? { dense: undefined, rows: [] };
      return [...(dense ? [{ to, dense }] : []), ...rows.map((part) => ({ to, ...part }))];
    });
  });
}
