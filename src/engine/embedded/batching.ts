/**
 * @file Micro-batches: data sorted by length (ties by place) and cut so that rows x longest stays within a token budget.
 * Similar lengths together means little padding; rows are padded on the right, where causal attention cannot see it.
 * The order depends on the data alone, so sums of gradients are the same every time.
 */
import type { Datum } from '../../data/datum.ts';
import { inputError } from '../../kernel/errors.ts';

export interface MicroBatch {
  /** [row] Place of each row's datum in the call. */
  readonly indices: readonly number[];
  readonly rows: number;
  /** Padded length. */
  readonly length: number;
}

/** @param limitTokens rows · length of one micro-batch; a single longer row still forms its own. */
export function planMicroBatches(lengths: readonly number[], limitTokens: number): MicroBatch[] {
  const order = lengths.map((_, index) => index);
  order.sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b);
  const batches: MicroBatch[] = [];
  for (let start = 0; start < order.length; ) {
    const length = lengths[order[start] as number] as number;
    const rows = Math.max(1, Math.min(order.length - start, Math.floor(limitTokens / length)));
    batches.push({ indices: order.slice(start, start + rows), rows, length });
    start += rows;
  }
  return batches;
}

/** @throws inputError naming datum and field when arrays disagree or a token does not exist. */
export function checkData(
  data: readonly Datum[],
  limits: { readonly vocabularySize: number; readonly maxSequenceTokens: number },
  needed: readonly ('logprobs' | 'advantages' | 'returns' | 'oldValues')[],
): void {
  data.forEach((datum, index) => {
    const length = datum.input.length;
    if (length === 0) throw inputError(`datum ${index}: input is empty`);
    if (length > limits.maxSequenceTokens)
      throw inputError(
        `datum ${index}: ${length} tokens, the model takes ${limits.maxSequenceTokens}`,
        'shorten the prompt or the answer',
      );
    if (datum.targets.length !== length || datum.weights.length !== length)
      throw inputError(
        `datum ${index}: ${length} input tokens, ${datum.targets.length} targets, ${datum.weights.length} weights; all must be equal`,
      );
    for (const field of needed) {
      if (datum[field]?.length !== length)
        throw inputError(
          `datum ${index}: ${field} has ${datum[field]?.length ?? 'no'} entries, input has ${length}`,
          'this loss needs them, one per input token',
        );
    }
    for (const [field, tokens] of [
      ['input', datum.input],
      ['targets', datum.targets],
    ] as const) {
      const bad = tokens.findIndex((token) => !(token >= 0 && token < limits.vocabularySize));
      if (bad >= 0)
        throw inputError(
          `datum ${index}: ${field}[${bad}] is ${tokens[bad]}, the vocabulary has ${limits.vocabularySize} tokens`,
          'model and tokenizer do not belong together',
        );
    }
  });
}

/** [rows · length] One per-token array of each datum, zero where padded. */
export function padFloats(
  batch: MicroBatch,
  arrayOf: (index: number) => Float32Array | undefined,
): Float32Array {
  const padded = new Float32Array(batch.rows * batch.length);
  batch.indices.forEach((index, row) => {
    const array = arrayOf(index);
    if (array) padded.set(array, row * batch.length);
  });
  return padded;
}

/** [rows · length] Token 0 where padded. */
export function padTokens(
  batch: MicroBatch,
  tokensOf: (index: number) => readonly number[],
): Int32Array {
  const padded = new Int32Array(batch.rows * batch.length);
  batch.indices.forEach((index, row) => {
    padded.set(tokensOf(index), row * batch.length);
  });
  return padded;
}
