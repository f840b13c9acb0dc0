/**
 * @file What every engine promises of texts that end an answer. Expectations come from the same call without them: each
 * answer must be that one, cut after the token with which its decoded text first contains a stop text.
 */
import { expect, it } from 'vitest';
import { textBeforeStop } from '../../../src/engine/stop-texts.ts';
import type {
  SampledSequence,
  SamplingParameters,
  TrainingEngine,
} from '../../../src/engine/training-engine.ts';
import { loadTokenizer } from '../../../src/tokenizer/byte-level-tokenizer.ts';

const PARAMETERS: SamplingParameters = {
  maxTokens: 40,
  temperature: 1,
  topP: 1,
  topK: -1,
  seed: 21,
  stopTokens: [],
};
const REQUESTS = [
  { promptTokens: [3, 1, 4, 1, 5], samples: 6 },
  { promptTokens: [9, 2, 6], samples: 4 },
];
const REPLACEMENT = '\uFFFD';

/** @param folder of the engine's tokenizer. */
export function itStopsAtTexts(engineOf: () => TrainingEngine, folder: string): void {
  const tokenizer = loadTokenizer(folder);
  const textOf = (tokens: readonly number[]): string => tokenizer.decode(tokens).text;

  const sample = async (own: Partial<SamplingParameters>): Promise<SampledSequence[][]> =>
    engineOf().sample(REQUESTS, { ...PARAMETERS, ...own });

  /** An answer cut where it should be. */
  function expected(
    free: SampledSequence,
    stops: readonly string[],
    stopTokens: readonly number[] = [],
  ): Pick<SampledSequence, 'tokens' | 'finishReason'> {
    const at = free.tokens.findIndex(
      (token, index) =>
        stopTokens.includes(token) ||
        stops.some((stop) => textOf(free.tokens.slice(0, index + 1)).includes(stop)),
    );
    return at < 0
      ? { tokens: free.tokens, finishReason: 'length' }
      : { tokens: free.tokens.slice(0, at + 1), finishReason: 'stop' };
  }

  /** Every answer of the call, the rows that a stop text does not concern included. */
  async function check(
    free: readonly SampledSequence[][],
    stop: readonly string[],
    stopTokens: readonly number[] = [],
  ): Promise<SampledSequence[][]> {
    const stopped = await sample({ stop, stopTokens });
    stopped.forEach((group, request) => {
      group.forEach(({ tokens, logprobs, finishReason }, row) => {
        const whole = free[request]?.[row] as SampledSequence;
        expect({ tokens, finishReason }).toEqual(expected(whole, stop, stopTokens));
        expect(logprobs).toHaveLength(tokens.length);
        logprobs.forEach((logprob, index) => {
          expect(logprob).toBeCloseTo(whole.logprobs[index] as number, 4);
        });
      });
    });
    return stopped;
  }

  /** A text of two characters, the last of one token and the first of the next. */
  function acrossTokens({ tokens }: SampledSequence, from: number): string {
    for (let index = from; index < tokens.length; index++) {
      const [left, right] = [index - 1, index].map((at) => textOf([tokens[at] as number]));
      const pair = `${left?.at(-1) ?? ''}${right?.[0] ?? ''}`;
      if (pair.length === 2 && !pair.includes(REPLACEMENT)) return pair;
    }
    throw new Error('no two neighbouring tokens are text');
  }

  it('ends an answer with the token that completes a stop text, and leaves other answers alone', async () => {
    const free = await sample({});
    const first = free[0]?.[0] as SampledSequence;
    const stop = acrossTokens(first, 6);
    const stopped = await check(free, [stop]);
    const ended = stopped.flat().filter(({ finishReason }) => finishReason === 'stop');
    expect(stopped[0]?.[0]?.finishReason).toBe('stop');
    expect(ended.length).toBeLessThan(10);
    const text = textOf(stopped[0]?.[0]?.tokens ?? []);
    expect(textBeforeStop(text, [stop])).toBe(text.slice(0, text.indexOf(stop)));
  });

  it('ends an answer at its first token, and of several stop texts at the earliest', async () => {
    const free = await sample({});
    const beginning = free.flat().map(({ tokens }) => textOf(tokens.slice(0, 1)));
    const row = beginning.findIndex((text) => text !== '' && !text.includes(REPLACEMENT));
    const opening = beginning[row] as string;
    const stopped = (await check(free, [opening])).flat();
    expect(stopped[row]?.tokens).toHaveLength(1);
    expect(textBeforeStop(textOf(stopped[row]?.tokens ?? []), [opening])).toBe('');

    const first = free[0]?.[0] as SampledSequence;
    await check(free, [acrossTokens(first, 20), 'never said', acrossTokens(first, 5)]);
  });

  it('ends an answer at a stop text or a stop token, whichever comes first', async () => {
    const free = await sample({});
    const [first, second] = free[0] as [SampledSequence, SampledSequence];
    const stop = acrossTokens(first, 4);
    const stopToken = second.tokens[3] as number;
    const stopped = await check(free, [stop], [stopToken]);
    expect(stopped[0]?.[0]?.finishReason).toBe('stop');
    expect(stopped[0]?.[1]?.tokens.length).toBeLessThanOrEqual(4);
  });

  it('refuses a stop text that says nothing', async () => {
    await expect(sample({ stop: ['ok', ''] })).rejects.toThrow(/stop\[1\] is empty/);
  });
}
