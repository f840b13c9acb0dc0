/** @file Sampling as a stream: the tokens of the batch form, one at a time, with their text; and a consumer that has had enough. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../../../src/engine/embedded/create.ts';
import type { EmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import type { SampledToken } from '../../../src/engine/embedded/sampler.ts';
import { textBeforeStop } from '../../../src/engine/stop-texts.ts';
import type { SampledSequence } from '../../../src/engine/training-engine.ts';
import { checkModelFolder } from '../../../src/models/checkpoint.ts';
import { loadTokenizer } from '../../../src/tokenizer/byte-level-tokenizer.ts';

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'hf-parity', 'llama-tiny');
const REQUESTS = [
  { promptTokens: [1, 2, 3], samples: 20 },
  { promptTokens: [4, 5], samples: 20 },
];
const PARAMETERS = {
  maxTokens: 60,
  temperature: 0.9,
  topP: 0.98,
  topK: -1,
  seed: 4,
  stopTokens: [17, 33],
};
const { decode } = loadTokenizer(folder);

let engine: EmbeddedEngine;
beforeAll(async () => {
  // Fewer rows than samples: ended answers make room for others.
  engine = await createEmbeddedEngine({ model: { folder }, threads: 1, maximumSampleRows: 12 });
});
afterAll(() => engine.close());

async function gather(stream: AsyncIterable<SampledToken>) {
  const rows: (SampledSequence & { text: string })[][] = REQUESTS.map(() => []);
  for await (const { request, sample, token, logprob, text, finishReason } of stream) {
    const group = rows[request] as (SampledSequence & { text: string })[];
    const so = group[sample] ?? { tokens: [], logprobs: [], text: '', finishReason: 'length' };
    group[sample] = {
      tokens: [...so.tokens, token],
      logprobs: [...so.logprobs, logprob],
      text: so.text + (text ?? ''),
      finishReason: finishReason ?? so.finishReason,
    };
  }
  return rows;
}

describe('a stream of samples', () => {
  it.each([{}, { stop: ['z', 'in'] }])(
    'has the tokens of the batch form, and the text before a stop text: %j',
    async (own) => {
      const parameters = { ...PARAMETERS, ...own };
      const whole = await engine.sample(REQUESTS, parameters);
      const streamed = await gather(engine.sampleStream(REQUESTS, parameters));
      const withText = whole.map((group) =>
        group.map((sequence) => ({
          ...sequence,
          text: textBeforeStop(decode(sequence.tokens).text, parameters.stop ?? []),
        })),
      );
      expect(streamed).toEqual(withText);
      const reasons = new Set(whole.flat().map(({ finishReason }) => finishReason));
      expect(reasons).toEqual(new Set(['stop', 'length']));
    },
  );

  it('ends an answer at a character that several tokens make', async () => {
    const free = (await engine.sample(REQUESTS, PARAMETERS)).flat();
    const split = free.flatMap(({ tokens }, row) => {
      const { text, ranges } = decode(tokens);
      const at = ranges.findIndex(
        ({ start, end }, index) =>
          end === start + 1 &&
          text[start] !== '\uFFFD' &&
          decode([tokens[index] as number]).text === '\uFFFD' &&
          decode([tokens[index + 1] as number]).text === '\uFFFD',
      );
      const stop = at < 0 ? undefined : text[ranges[at]?.start as number];
      return stop === undefined ? [] : [{ row, stop, at }];
    })[0];
    if (!split) throw new Error('no sample has a character of several tokens');
    const stopped = (await engine.sample(REQUESTS, { ...PARAMETERS, stop: [split.stop] })).flat();
    expect(stopped[split.row]).toEqual({
      tokens: free[split.row]?.tokens.slice(0, split.at + 2),
      logprobs: free[split.row]?.logprobs.slice(0, split.at + 2),
      finishReason: 'stop',
    });
  });

  it('may be left early, and keeps its engine to itself until then', async () => {
    const expected = await engine.sample(REQUESTS, PARAMETERS);
    let seen = 0;
    for await (const { request, sample, token } of engine.sampleStream(REQUESTS, PARAMETERS)) {
      expect(expected[request]?.[sample]?.tokens).toContain(token);
      if (++seen === 1) {
        await expect(engine.sample(REQUESTS, PARAMETERS)).rejects.toThrow(/sampleStream .* open/);
        await expect(engine.loadState('nowhere')).rejects.toThrow(/sampleStream .* open/);
      }
      if (seen === 100) break;
    }
    expect(seen).toBe(100);
    expect(await engine.sample(REQUESTS, PARAMETERS)).toEqual(expected);
  });

  it('has no text without a tokenizer, and stop texts are refused then', async () => {
    const config = checkModelFolder(folder);
    const plain = await createEmbeddedEngine({ model: { config, seed: 1 }, threads: 1 });
    const parameters = { ...PARAMETERS, maxTokens: 2, stopTokens: [] };
    const requests = [{ promptTokens: [1], samples: 1 }];
    for await (const token of plain.sampleStream(requests, parameters))
      expect(token).not.toHaveProperty('text');
    await expect(plain.sample(requests, { ...parameters, stop: ['a'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('need a tokenizer') as string,
    });
    await plain.close();
  });

  it('takes the tokenizer that came with a configuration', async () => {
    const tokenizerJson = readFileSync(join(folder, 'tokenizer.json'), 'utf8');
    const config = checkModelFolder(folder);
    const made = await createEmbeddedEngine({ model: { config, seed: 1, tokenizerJson } });
    const requests = [{ promptTokens: [1], samples: 1 }];
    let text = '';
    const tokens: number[] = [];
    for await (const step of made.sampleStream(requests, { ...PARAMETERS, maxTokens: 20 })) {
      text += step.text;
      tokens.push(step.token);
    }
    expect(text).toBe(decode(tokens).text);
    await made.close();
  });
});
