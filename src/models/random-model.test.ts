import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkModelFolder } from './checkpoint.ts';
import { readModelConfig } from './config.ts';
import { byteTokenizerJson, randomParameter, writeRandomModel } from './random-model.ts';
import { parseTokenizerFile, vocabularyById } from './tokenizer-file.ts';
import { readWeights } from './weights.ts';

const scratch = mkdtempSync(join(tmpdir(), 'vul2safe-random-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const tiny = readModelConfig(
  new URL('../../test/fixtures/hf-parity/qwen2-tiny', import.meta.url).pathname,
);
const config = { ...tiny, bosTokenId: 256, eosTokenIds: [256] };

describe('a random model', () => {
  it('is a checked model folder with the number of shards asked for, the same for the same seed', async () => {
    const write = (name: string, seed: number) =>
      writeRandomModel({
        folder: join(scratch, name),
        config,
        dtype: 'bf16',
        seed,
        tokenizer: { json: byteTokenizerJson() },
        shards: 2,
      });
    await write('a', 1);
    await write('b', 1);
    await write('c', 2);
    expect(readdirSync(join(scratch, 'a')).filter((name) => /-of-00002/.test(name))).toHaveLength(
      2,
    );
    expect(checkModelFolder(join(scratch, 'a'))).toMatchObject({ vocabularySize: 512 });
    const queries = (name: string) =>
      Buffer.from(
        readWeights(join(scratch, name), config).get('model.layers.1.self_attn.q_proj.weight')!
          .buffer,
      );
    expect(queries('a').equals(queries('b'))).toBe(true);
    expect(queries('a').equals(queries('c'))).toBe(false);
  });

  it('has weights of mean zero and the asked deviation, biases included', () => {
    const values = randomParameter(config, 'x.weight', [100_000], 3);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    // Four standard errors of the mean and of the deviation.
    expect(Math.abs(mean)).toBeLessThan((4 * config.initializerRange) / Math.sqrt(100_000));
    expect(Math.sqrt(square) / config.initializerRange).toBeCloseTo(1, 1);
    expect(randomParameter(config, 'x.bias', [8], 3).some((value) => value !== 0)).toBe(true);
  });
});

it('the byte tokenizer has 256 distinct byte tokens and one end of text', () => {
  const tokens = vocabularyById(parseTokenizerFile(byteTokenizerJson(), 'tokenizer.json'));
  expect(tokens).toHaveLength(257);
  expect(new Set(tokens.map((token) => token?.text)).size).toBe(257);
  expect(tokens[256]).toEqual({ text: '<|endoftext|>', kind: 'special' });
});
