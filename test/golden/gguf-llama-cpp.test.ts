/**
 * @file Exported GGUF files under a real llama.cpp, against the reference's greedy tokens, log-probabilities and token
 * ids. Optional: set VUL2SAFE_LLAMA_CPP to a folder where `npm i node-llama-cpp` was run (it is 700 MB, so it is no
 * dependency of this project). Skipped, saying so, where that is absent.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../../src/engine/embedded/create.ts';
import { type ModelConfig, readModelConfig } from '../../src/models/config.ts';
import { exportGguf } from '../../src/models/gguf-export.ts';
import type { StorageType } from '../../src/models/half-precision.ts';
import { byteTokenizerJson, writeRandomModel } from '../../src/models/random-model.ts';
import { openWeights } from '../../src/models/weights.ts';

const installed = process.env.VUL2SAFE_LLAMA_CPP ?? '';
const entry = join(installed, 'node_modules/node-llama-cpp/dist/index.js');
const present = installed !== '' && existsSync(entry);
if (!present)
  console.log('gguf-llama-cpp: skipped; set VUL2SAFE_LLAMA_CPP to a folder with node-llama-cpp');

/** The part of node-llama-cpp used here. */
interface Evaluated {
  readonly next: { readonly token?: number; readonly probabilities?: Map<number, number> };
}
interface Sequence {
  controlledEvaluate(input: readonly unknown[]): Promise<(Evaluated | undefined)[]>;
  clearHistory(): Promise<void>;
}
interface LlamaModel {
  tokenize(text: string, specialTokens: boolean): number[];
  createContext(options: { contextSize: number }): Promise<{ getSequence(): Sequence }>;
  dispose(): Promise<void>;
}
interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}

const fixtures = new URL('../fixtures/hf-parity/', import.meta.url).pathname;
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const WHOLE_DISTRIBUTION = { temperature: 1, topK: 0, topP: 1, minP: 0 };

describe.skipIf(!present)('llama.cpp', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'vul2safe-llama-cpp-'));
  let llama: Llama;
  beforeAll(async () => {
    const library = await import(pathToFileURL(entry).href);
    llama = await library.getLlama({
      gpu: false,
      build: 'never',
      maxThreads: 1,
      logLevel: library.LlamaLogLevel.error,
    });
  });
  afterAll(async () => {
    await llama?.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function load(folder: string, type: StorageType): Promise<LlamaModel> {
    const config = readModelConfig(folder);
    const weights = openWeights(folder, config);
    const path = join(scratch, `${basename(folder)}-${type}.gguf`);
    await exportGguf(path, { folder, config, weights, type });
    weights.close();
    return llama.loadModel({ modelPath: path });
  }

  const greedy = async (sequence: Sequence, prompt: number[], count: number): Promise<number[]> => {
    const tokens: number[] = [];
    for (let next = prompt; tokens.length < count; next = tokens.slice(-1)) {
      const last = next.at(-1);
      const ask = [last, { generateNext: { token: true, options: { temperature: 0 } } }];
      const results = await sequence.controlledEvaluate([...next.slice(0, -1), ask]);
      tokens.push(results.at(-1)!.next.token!);
    }
    return tokens;
  };

  /** [token] Log-probability of each token but the first. */
  const logprobsOf = async (sequence: Sequence, ids: number[]): Promise<number[]> => {
    const ask = { generateNext: { probabilities: true, options: WHOLE_DISTRIBUTION } };
    const results = await sequence.controlledEvaluate(ids.map((id) => [id, ask]));
    return ids.slice(1).map((id, i) => Math.log(results[i]!.next.probabilities!.get(id)!));
  };
  const largestDifference = (a: readonly number[], b: ArrayLike<number>): number =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

  describe.each(['llama-tiny', 'qwen2-tiny', 'qwen3-tiny'])('%s', (name) => {
    const golden = readJson(join(fixtures, name, 'golden.json'));

    it('continues greedily with the same tokens and gives the same log-probabilities', async () => {
      const model = await load(join(fixtures, name), 'f32');
      const sequence = (await model.createContext({ contextSize: 64 })).getSequence();
      const expected: number[] = golden.greedy_before;
      expect(await greedy(sequence, golden.ids[0].slice(0, 6), expected.length)).toEqual(expected);
      await sequence.clearHistory();
      const logprobs = await logprobsOf(sequence, golden.ids[0]);
      const worst = largestDifference(logprobs, golden.logprobs[0]);
      // llama.cpp keeps keys and values in f16, so its numbers agree to three digits, not six.
      expect(worst).toBeLessThan(5e-3);
      await model.dispose();
    });

    it('splits text into the same tokens, special ones included', async () => {
      const model = await load(join(fixtures, name), 'f16');
      for (const { text, ids } of readJson(join(fixtures, 'tokenizer-golden.json')))
        expect(model.tokenize(text, true)).toEqual(ids);
      await model.dispose();
    });
  });

  const llama3 = {
    type: 'llama3',
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalMaxPositions: 16,
  } as const;
  const everyBias = { attentionBias: true, attentionOutputBias: true, mlpBias: true };
  const variants: [string, string, Partial<ModelConfig>][] = [
    ['llama3 rope', 'llama-tiny', { rope: { theta: 500, scaling: llama3 } }],
    ['grouped heads and a tied head', 'llama-tiny', { keyValueHeads: 2, tieEmbeddings: true }],
    ['heads wider than the model', 'llama-tiny', { headSize: 32 }],
    ['all biases', 'llama-tiny', everyBias],
    [
      'linear rope',
      'qwen2-tiny',
      { rope: { theta: 500, scaling: { type: 'linear', factor: 3 } }, tieEmbeddings: false },
    ],
    ['other heads', 'qwen3-tiny', { heads: 6, keyValueHeads: 3, headSize: 8, tieEmbeddings: true }],
  ];
  it.each(variants)('with %s agrees with the embedded engine', async (name, base, change) => {
    const folder = join(scratch, `${base}-${name.replaceAll(' ', '-')}`);
    // Large weights, so that wrong angles or a lost bias show far above the f16 cache's noise.
    const config: ModelConfig = {
      ...readModelConfig(join(fixtures, base)),
      initializerRange: 0.3,
      bosTokenId: 256,
      eosTokenIds: [256],
      ...change,
    };
    await writeRandomModel({
      folder,
      config,
      dtype: 'f32',
      seed: 5,
      tokenizer: { json: byteTokenizerJson() },
      shards: 1,
    });
    const ids = Array.from({ length: 48 }, (_, i) => (i * 37 + 11) % config.vocabularySize);
    const engine = await createEmbeddedEngine({ model: { folder }, threads: 1 });
    const { logprobs } = await engine.forward([
      { input: ids.slice(0, -1), targets: ids.slice(1), weights: new Float32Array(47).fill(1) },
    ]);
    await engine.close();
    const model = await load(folder, 'f32');
    const sequence = (await model.createContext({ contextSize: 64 })).getSequence();
    const theirs = await logprobsOf(sequence, ids);
    expect(largestDifference(theirs, logprobs[0]!)).toBeLessThan(0.05);
    await model.dispose();
  });
});
