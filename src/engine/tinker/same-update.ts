/**
 * @file The same update whatever the server does with token losses. Our data mean SUMS of w·loss (src/data/datum.ts).
 * A 'sum' server gets weights = the action mask and advantages = w·A, which is the same, since every policy loss is
 * homogeneous in A for w >= 0, and does not depend on whether the server reads weights at all.
 * A 'sequence-mean' server divides by the sum of the mask and by the number N of sequences since the last optimizer step:
 * advantages are multiplied by both. Its cross entropy cannot be scaled through weights, so it becomes importance
 * sampling at ratio 1: with logprobs := those of the model now and A := w the gradient is that of -w·lp (ours).
 */
import type { Datum, LossSpec } from '../../data/datum.ts';
import { inputError } from '../../kernel/errors.ts';
import { encodeFloats, encodeIntegers, encodeLoss, encodeTokens } from './wire.ts';
import type { WireDatum, WireLossInput } from './wire.ts';

export const hasWeight = (datum: Datum): boolean => datum.weights.some((weight) => weight !== 0);

/** @throws inputError on a number that JSON cannot carry or a negative weight under PPO's minimum. */
export function checkNumbers(data: readonly Datum[], loss: LossSpec): void {
  data.forEach((datum, index) => {
    for (const field of ['weights', 'logprobs', 'advantages'] as const) {
      if (loss.name === 'cross_entropy' && field !== 'weights') continue;
      const at = datum[field]?.findIndex((value) => !Number.isFinite(value)) ?? -1;
      if (at >= 0)
        throw inputError(
          `the ${loss.name} loss would be NaN: ${field}[${at}] is ${datum[field]?.[at]} in datum ${index}`,
          'nothing was sent; weights are unchanged and the accumulated gradient is cleared',
        );
    }
    if (loss.name === 'ppo' && datum.weights.some((weight) => weight < 0))
      throw inputError(
        `datum ${index} has a negative weight, which PPO’s minimum does not allow`,
        'put the sign into the advantages',
      );
  });
}

/** For servers that sum. @param sendMask some servers refuse weights beside advantages; they lose nothing. */
export function encodeForSum(
  data: readonly Datum[],
  loss: LossSpec,
  sendMask: boolean,
): WireLossInput {
  return {
    ...encodeLoss(loss),
    data: data.map((datum) =>
      loss.name === 'cross_entropy'
        ? encode(datum, { weights: datum.weights })
        : encode(datum, {
            ...(sendMask ? { weights: maskOf(datum) } : {}),
            logprobs: datum.logprobs ?? new Float32Array(0),
            advantages: weighted(datum, 1),
          }),
    ),
  };
}

/**
 * For servers that take means. @param logprobs [datum][token] under the model as it is now.
 * @param sequences all sequences with any weight between two optimizer steps; the others must not be sent.
 */
export function encodeForMean(
  data: readonly Datum[],
  loss: LossSpec,
  logprobs: readonly Float32Array[],
  sequences: number,
): WireLossInput {
  const crossEntropy = loss.name === 'cross_entropy';
  return {
    ...encodeLoss(crossEntropy ? { name: 'importance_sampling' } : loss),
    data: data.map((datum, index) => {
      const mask = maskOf(datum);
      const factor = sequences * mask.reduce((sum, value) => sum + value, 0);
      return encode(datum, {
        weights: mask,
        logprobs: (crossEntropy ? logprobs[index] : datum.logprobs) ?? new Float32Array(0),
        advantages: crossEntropy
          ? datum.weights.map((weight) => weight * factor)
          : weighted(datum, factor),
      });
    }),
  };
}

/** For `forward`: nothing but the tokens matters. */
export const encodeForScoring = (data: readonly Datum[]): WireLossInput => ({
  loss_fn: 'cross_entropy',
  data: data.map((datum) =>
    encode(datum, { weights: new Float32Array(datum.input.length).fill(1) }),
  ),
});

const maskOf = (datum: Datum): Float32Array => datum.weights.map((weight) => Number(weight !== 0));

const weighted = (datum: Datum, factor: number): Float32Array =>
  datum.weights.map((weight, index) =>
    weight === 0 ? 0 : weight * factor * (datum.advantages?.[index] ?? 0),
  );

function encode(datum: Datum, floats: Readonly<Record<string, Float32Array>>): WireDatum {
  const inputs: WireDatum['loss_fn_inputs'] = { target_tokens: encodeIntegers(datum.targets) };
  for (const [name, values] of Object.entries(floats)) inputs[name] = encodeFloats(values);
  return { model_input: encodeTokens(datum.input), loss_fn_inputs: inputs };
}

/** The sum our data mean, from the log-probabilities a server returned. */
export function lossOf(
  data: readonly Datum[],
  logprobs: readonly Float32Array[],
  loss: LossSpec,
): number {
  let total = 0;
  data.forEach((datum, row) => {
    datum.weights.forEach((weight, index) => {
      if (weight === 0) return;
      const logprob = logprobs[row]?.[index] ?? Number.NaN;
      total +=
        weight * tokenLoss(loss, logprob, datum.logprobs?.[index], datum.advantages?.[index]);
    });
  });
  return total;
}

function tokenLoss(loss: LossSpec, logprob: number, old = Number.NaN, advantage = Number.NaN) {
  if (loss.name === 'cross_entropy') return -logprob;
  const ratio = Math.exp(logprob - old);
  if (loss.name === 'importance_sampling') return -ratio * advantage;
  const clipped = Math.min(Math.max(ratio, loss.clipLow), loss.clipHigh);
  return loss.name === 'ppo'
    ? -Math.min(ratio * advantage, clipped * advantage)
    : -clipped * advantage * logprob;
}
