/** @file Large calls in parts a server takes, and the log-probabilities of each part's answer. */
import { z } from 'zod';
import type { Datum } from '../../data/datum.ts';
import { Vul2SafeError } from '../../kernel/errors.ts';
import { lossOutputSchema } from './wire.ts';

/** About 5 MB of JSON, the public SDK's bound. */
const CHUNK_TOKENS = 50_000;
const CHUNK_DATA = 128;

export function chunksOf(data: readonly Datum[]): Datum[][] {
  const chunks: Datum[][] = [];
  let tokens = 0;
  for (const datum of data) {
    const current = chunks.at(-1);
    tokens += datum.input.length;
    if (!current || current.length >= CHUNK_DATA || tokens > CHUNK_TOKENS) {
      chunks.push([datum]);
      tokens = datum.input.length;
    } else current.push(datum);
  }
  return chunks;
}

/** [datum][token] @throws when the server answered for other data than were sent. */
export function logprobsOf(answer: unknown, chunk: readonly Datum[]): Float32Array[] {
  const { loss_fn_outputs: outputs } = z.parse(lossOutputSchema, answer);
  const found = outputs.map((output) => Float32Array.from(output.logprobs?.data ?? []));
  const fits = chunk.every((datum, index) => found[index]?.length === datum.input.length);
  if (found.length !== chunk.length || !fits)
    throw new Vul2SafeError(
      'failed',
      `the server answered with log-probabilities for [${found.map((row) => row.length)}] tokens, sent were [${chunk.map((datum) => datum.input.length)}]`,
      { hint: 'this server does not return one log-probability per target token' },
    );
  return found;
}
