/**
 * @file The token losses in the graph language, as src/data/datum.ts defines them; their gradients follow by
 * differentiation. r = exp(lp - lpOld). Sources: PPO (Schulman 2017), CISPO (MiniMax-M1, 2025).
 */
import type { CriticLoss, LossSpec } from '../../data/datum.ts';
import type { TensorNode } from '../../tensor/node.ts';
import {
  add,
  clamp,
  exponential,
  maximum,
  minimum,
  multiply,
  negate,
  stopGradient,
  subtract,
} from '../../tensor/operators.ts';

/** All [rows, 1]. */
export interface LossInputs {
  readonly logProbabilities: TensorNode;
  readonly oldLogProbabilities: TensorNode;
  readonly advantages: TensorNode;
  readonly weights: TensorNode;
}

/** [rows, 1] Loss of every token, weight applied. Ratio limits are scalar nodes. */
export function tokenLoss(
  name: LossSpec['name'],
  inputs: LossInputs,
  clipLow: TensorNode,
  clipHigh: TensorNode,
): TensorNode {
  const { logProbabilities, oldLogProbabilities, advantages, weights } = inputs;
  const ratio = (): TensorNode => exponential(subtract(logProbabilities, oldLogProbabilities));
  switch (name) {
    case 'cross_entropy':
      return negate(multiply(weights, logProbabilities));
    case 'importance_sampling':
      return negate(multiply(weights, multiply(ratio(), advantages)));
    case 'ppo': {
      const r = ratio();
      const unclipped = multiply(r, advantages);
      const clipped = multiply(clamp(r, clipLow, clipHigh), advantages);
      return negate(multiply(weights, minimum(unclipped, clipped)));
    }
    case 'cispo': {
      const limited = stopGradient(clamp(ratio(), clipLow, clipHigh));
      return negate(multiply(weights, multiply(multiply(limited, advantages), logProbabilities)));
    }
  }
}

/** [rows, 1] coefficient · w · ½(V - R)², the larger of clipped and unclipped when clipping is on. */
export function valueLoss(
  values: TensorNode,
  inputs: {
    readonly returns: TensorNode;
    readonly oldValues: TensorNode;
    readonly weights: TensorNode;
    readonly coefficient: TensorNode;
    readonly clip: TensorNode;
  },
  clips: boolean,
): TensorNode {
  const square = (value: TensorNode): TensorNode => {
    const error = subtract(value, inputs.returns);
    return multiply(error, error);
  };
  let error = square(values);
  if (clips) {
    const change = clamp(subtract(values, inputs.oldValues), negate(inputs.clip), inputs.clip);
    error = maximum(error, square(add(inputs.oldValues, change)));
  }
  return multiply(multiply(multiply(error, 0.5), inputs.weights), inputs.coefficient);
}

/** What tells compiled graphs apart; limits and coefficients are inputs, not part of it. */
export const lossKey = (loss: LossSpec, critic: CriticLoss | undefined): string =>
  `${loss.name}${critic ? `+critic${critic.clip === undefined ? '' : '-clipped'}` : ''}`;
