/**
 * @file Between data of any lengths and the padded runs of a graph: feeds of a micro-batch, results back in their places,
 * and scoring, which is nothing else.
 */
import type { CriticLoss, Datum, LossSpec } from '../../data/datum.ts';
import { type BoundTensor, float32, int32 } from '../../tensor/session.ts';
import type { ForwardOutput } from '../training-engine.ts';
import { type MicroBatch, padTokens, planMicroBatches } from './batching.ts';
import type { GraphRunner } from './graph-runner.ts';

/** Scoring keeps no activations for a backward pass, so more fits. */
const SCORING_FACTOR = 2;

/** Log-probabilities, and what else is wanted, of data of any lengths. @param microBatchTokens as for training. */
export async function scoreData(
  runner: GraphRunner,
  data: readonly Datum[],
  microBatchTokens: number,
  { values = false, entropies = false }: { values?: boolean; entropies?: boolean },
): Promise<ForwardOutput> {
  const output = emptyOutput(data, { values, entropies });
  for (const batch of planData(data, microBatchTokens * SCORING_FACTOR)) {
    const graph = await runner.scoring({ values, entropies }, batch.length);
    const result = await graph.run(sequenceInputs(runner, data, batch));
    scatter(batch, data, result.logProbabilities, output.logprobs);
    if (output.values) scatter(batch, data, result.values, output.values);
    if (output.entropies) scatter(batch, data, result.entropies, output.entropies);
  }
  return output;
}

export const planData = (data: readonly Datum[], limitTokens: number): MicroBatch[] =>
  planMicroBatches(
    data.map((datum) => datum.input.length),
    limitTokens,
  );

export function sequenceInputs(
  runner: GraphRunner,
  data: readonly Datum[],
  batch: MicroBatch,
): Readonly<Record<string, BoundTensor>> {
  const tokens = padTokens(batch, (index) => (data[index] as Datum).input);
  const targets = padTokens(batch, (index) => (data[index] as Datum).targets);
  return {
    ...runner.sequenceFeeds(batch.length),
    tokens: int32(tokens, batch.rows, batch.length),
    targets: int32(targets, batch.rows * batch.length, 1),
  };
}

export const sum = (values: Float32Array): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

const scalar = (value: number): BoundTensor => float32(Float32Array.of(value));

export function lossScalars(
  loss: LossSpec,
  critic: CriticLoss | undefined,
): Readonly<Record<string, BoundTensor>> {
  return {
    ...('clipLow' in loss
      ? { clipLow: scalar(loss.clipLow), clipHigh: scalar(loss.clipHigh) }
      : {}),
    ...(critic
      ? { criticCoefficient: scalar(critic.coefficient), criticClip: scalar(critic.clip ?? 0) }
      : {}),
  };
}

export function emptyOutput(
  data: readonly Datum[],
  wanted: { readonly values: boolean; readonly entropies: boolean },
): ForwardOutput {
  const perToken = (): Float32Array[] => data.map((datum) => new Float32Array(datum.input.length));
  return {
    logprobs: perToken(),
    ...(wanted.values ? { values: perToken() } : {}),
    ...(wanted.entropies ? { entropies: perToken() } : {}),
  };
}

/** Copies each row's real positions out of a padded result. */
export function scatter(
  batch: MicroBatch,
  data: readonly Datum[],
  result: BoundTensor | undefined,
  into: readonly Float32Array[],
): void {
  const padded = result?.data as Float32Array;
  batch.indices.forEach((index, row) => {
    const start = row * batch.length;
    const length = (data[index] as Datum).input.length;
    into[index]?.set(padded.subarray(start, start + length));
  });
}
