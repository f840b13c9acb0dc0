/**
 * @file Exported GGUF files under a real llama.cpp, against the reference's greedy tokens, log-probabilities and token
 * ids. Optional: set VUL2SAFE_LLAMA_CPP to a folder where `npm i node-llama-cpp` was run (it is 700 MB, so it is no
 * dependency of this project). Skipped, saying so, where that is absent.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelConfig } from '../../src/models/config.ts';
import { exportGguf } from '../../src/models/gguf-export.ts';
import type { StorageType } from '../../src/models/half-precision.ts';
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

  async function load(name: string, type: StorageType): Promise<LlamaModel> {
    const folder = join(fixtures, name);
    const config = readModelConfig(folder);
    const weights = openWeights(folder, config);
    const path = join(scratch, `${name}-${type}.gguf`);
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

  describe.each(['llama-tiny', 'qwen2-tiny', 'qwen3-tiny'])('%s', (name) => {
    const golden = readJson(join(fixtures, name, 'golden.json'));

    it('continues greedily with the same tokens and gives the same log-probabilities', async () => {
      const model = await load(name, 'f32');
      const sequence = (await model.createContext({ contextSize: 64 })).getSequence();
      const expected: number[] = golden.greedy_before;
      expect(await greedy(sequence, golden.ids[0].slice(0, 6), expected.length)).toEqual(expected);
      await sequence.clearHistory();
      const ids: number[] = golden.ids[0];
      const ask = { generateNext: { probabilities: true, options: WHOLE_DISTRIBUTION } };
      const results = await sequence.controlledEvaluate(ids.map((id) => [id, ask]));
      let worst = 0;
      for (let i = 0; i + 1 < ids.length; i++) {
        const probability = results[i]!.next.probabilities!.get(ids[i + 1]!)!;
        worst = Math.max(worst, Math.abs(Math.log(probability) - golden.logprobs[0][i]));
      }
      // llama.cpp keeps keys and values in f16, so its numbers agree to three digits, not six.
      expect(worst).toBeLessThan(5e-3);
      await model.dispose();
    });

    it('splits text into the same tokens, special ones included', async () => {
      const model = await load(name, 'f16');
      for (const { text, ids } of readJson(join(fixtures, 'tokenizer-golden.json')))
        expect(model.tokenize(text, true)).toEqual(ids);
      await model.dispose();
    });
  });
});
