/**
 * @file Choosing a token from a distribution: temperature, then top-k, then top-p (Holtzman 2020), as transformers
 * orders them, by inverting the cumulative distribution with one uniform number. Log-probabilities are always those of
 * the full distribution at temperature 1, which is what policy losses compare with.
 */
import type { SamplingParameters } from '../training-engine.ts';

export interface TokenChoice {
  readonly token: number;
  readonly logprob: number;
}

/** True when the plain softmax of the logits is what is sampled from. */
export const samplesPlainly = (parameters: SamplingParameters): boolean =>
  parameters.temperature === 1 && parameters.topP >= 1 && !(parameters.topK > 0);

/** First index whose cumulative sum exceeds `uniform` · total. */
function invert(
  weights: Float32Array | Float64Array,
  start: number,
  size: number,
  target: number,
): number {
  let sum = 0;
  let last = 0;
  for (let index = 0; index < size; index++) {
    const weight = weights[start + index] as number;
    if (weight <= 0) continue;
    sum += weight;
    last = index;
    if (sum > target) return index;
  }
  return last;
}

/** From softmax(logits) [.., vocabulary] at `start`, at temperature 1. */
export function chooseFromProbabilities(
  probabilities: Float32Array,
  start: number,
  vocabulary: number,
  uniform: number,
): TokenChoice {
  const token = invert(probabilities, start, vocabulary, uniform);
  return { token, logprob: Math.log(probabilities[start + token] as number) };
}

/** What the decode graph says of one row, when more than the plain softmax is needed. */
export interface TemperedScores {
  /** [.., vocabulary] at `start`. */
  readonly logits: Float32Array;
  /** [.., vocabulary] at `start`: softmax(logits / temperature). */
  readonly probabilities: Float32Array;
  readonly start: number;
  /** log Σ exp(logit) */
  readonly logNormaliser: number;
}

/** As `chooseFromLogits`, with the exponentials done. */
export function chooseFromTempered(
  scores: TemperedScores,
  vocabulary: number,
  parameters: SamplingParameters,
  uniform: number,
): TokenChoice {
  const { logits, probabilities, start } = scores;
  const choice = (token: number): TokenChoice => ({
    token,
    logprob: (logits[start + token] as number) - scores.logNormaliser,
  });
  if (parameters.temperature === 0) return choice(greatest(logits, start, vocabulary));
  if (parameters.topP >= 1 && !(parameters.topK > 0))
    return choice(invert(probabilities, start, vocabulary, uniform));
  const weights = Float64Array.from(probabilities.subarray(start, start + vocabulary));
  const total = keepTop(weights, 1, parameters);
  return choice(invert(weights, 0, vocabulary, uniform * total));
}

/** The first of the largest. */
function greatest(logits: Float32Array, start: number, vocabulary: number): number {
  let best = 0;
  for (let index = 1; index < vocabulary; index++)
    if ((logits[start + index] as number) > (logits[start + best] as number)) best = index;
  return best;
}

/** From logits [.., vocabulary] at `start`; temperature 0 takes the most probable token. */
export function chooseFromLogits(
  logits: Float32Array,
  start: number,
  vocabulary: number,
  parameters: SamplingParameters,
  uniform: number,
): TokenChoice {
  const best = greatest(logits, start, vocabulary);
  const maximum = logits[start + best] as number;
  let normaliser = 0;
  for (let index = 0; index < vocabulary; index++)
    normaliser += Math.exp((logits[start + index] as number) - maximum);
  const logprobOf = (token: number): number =>
    (logits[start + token] as number) - maximum - Math.log(normaliser);
  if (parameters.temperature === 0) return { token: best, logprob: logprobOf(best) };

  const weights = new Float64Array(vocabulary);
  let total = 0;
  for (let index = 0; index < vocabulary; index++) {
    const weight = Math.exp(((logits[start + index] as number) - maximum) / parameters.temperature);
    weights[index] = weight;
    total += weight;
  }
  total = keepTop(weights, total, parameters);
  const token = invert(weights, 0, vocabulary, uniform * total);
  return { token, logprob: logprobOf(token) };
}

/** Zeroes what top-k and top-p leave out; returns the new total. Ties at the edge go to the smaller token. */
function keepTop(weights: Float64Array, total: number, parameters: SamplingParameters): number {
  const limitCount =
    parameters.topK > 0 ? Math.min(parameters.topK, weights.length) : weights.length;
  if (limitCount === weights.length && parameters.topP >= 1) return total;
  const order = candidates(weights, total, limitCount, parameters.topP);
  order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  const top = order.slice(0, limitCount);
  const all = weights.slice();
  weights.fill(0);
  const mass =
    limitCount === weights.length
      ? total
      : top.reduce((sum, token) => sum + (all[token] as number), 0);
  const limitMass = parameters.topP * mass;
  let kept = 0;
  for (const [rank, token] of top.entries()) {
    // A token stays while the mass before it is below the limit, so at least one always does.
    if (rank > 0 && parameters.topP < 1 && kept >= limitMass) break;
    kept += all[token] as number;
    weights[token] = all[token] as number;
  }
  return kept;
}

/**
 * The tokens that can stay, unordered: sorting these few costs a fraction of sorting the vocabulary. Tokens lighter than
 * (1 - topP) · total / vocabulary weigh less than 1 - topP together, so the nucleus lies among the others; halving the
 * bound keeps rounding out of it.
 */
function candidates(
  weights: Float64Array,
  total: number,
  limitCount: number,
  topP: number,
): number[] {
  let least = limitCount === weights.length ? (0.5 * (1 - topP) * total) / weights.length : 0;
  if (limitCount < weights.length)
    least = weights.slice().sort()[weights.length - limitCount] as number;
  const found: number[] = [];
  for (let token = 0; token < weights.length; token++)
    if ((weights[token] as number) >= least) found.push(token);
  return found;
}
