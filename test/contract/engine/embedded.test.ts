/** @file The engine contract for the embedded engine: whole-model with a critic, and LoRA over grouped heads. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Datum } from '../../../src/data/datum.ts';
import { createEmbeddedEngine } from '../../../src/engine/embedded/create.ts';
import { describeEngineContract } from './engine-contract.ts';

const fixture = (name: string): string =>
  join(import.meta.dirname, '..', '..', 'fixtures', 'hf-parity', name);

describeEngineContract('embedded, Llama with a value head', {
  create: () => createEmbeddedEngine({ model: { folder: fixture('llama-tiny') }, valueHead: true }),
  localState: true,
  tolerance: 1e-5,
  tokenizer: fixture('llama-tiny'),
});

describeEngineContract('embedded, Qwen2 with LoRA', {
  create: () =>
    createEmbeddedEngine({
      model: { folder: fixture('qwen2-tiny') },
      lora: { rank: 4, alpha: 64 },
    }),
  localState: true,
  tolerance: 1e-5,
  tokenizer: fixture('qwen2-tiny'),
});

const probe: Datum = {
  input: [5, 6, 7, 8, 9, 10],
  targets: [6, 7, 8, 9, 10, 11],
  weights: new Float32Array(6).fill(1),
};

describe('embedded engine', () => {
  it('gives with a zero adapter exactly what the base model gives', async () => {
    const folder = fixture('qwen3-tiny');
    const base = await createEmbeddedEngine({ model: { folder } });
    const adapted = await createEmbeddedEngine({ model: { folder }, lora: { rank: 3, alpha: 6 } });
    expect((await adapted.forward([probe])).logprobs).toEqual(
      (await base.forward([probe])).logprobs,
    );
    await base.close();
    await adapted.close();
  });

  it('exports a folder, LoRA merged, that opens as the same model', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'engine-export-'));
    const trained = await createEmbeddedEngine({
      model: { folder: fixture('qwen2-tiny') },
      lora: { rank: 2, alpha: 8, targetModules: ['q_proj', 'down_proj'] },
    });
    for (let step = 0; step < 3; step++) {
      await trained.forwardBackward([probe], { name: 'cross_entropy' });
      await trained.optimStep({
        learningRate: 1e-2,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0,
        gradientClipNorm: Number.POSITIVE_INFINITY,
      });
    }
    await trained.exportModel(join(scratch, 'merged'));
    await trained.exportAdapter(join(scratch, 'adapter'));
    const expected = (await trained.forward([probe])).logprobs[0] as Float32Array;
    await trained.close();
    const reopened = [
      await createEmbeddedEngine({ model: { folder: join(scratch, 'merged') } }),
      await createEmbeddedEngine({
        model: { folder: fixture('qwen2-tiny') },
        lora: { rank: 1, alpha: 1, adapterFolder: join(scratch, 'adapter') },
      }),
    ];
    for (const engine of reopened) {
      const found = (await engine.forward([probe])).logprobs[0] as Float32Array;
      found.forEach((value, index) => {
        expect(value).toBeCloseTo(expected[index] as number, 4);
      });
      await engine.close();
    }
    rmSync(scratch, { recursive: true });
  });

  it.each([undefined, { rank: 2, alpha: 4 }])(
    'holds a frozen reference while it trains, adapter %j',
    async (lora) => {
      const folder = fixture('llama-tiny');
      const engine = await createEmbeddedEngine({ model: { folder }, ...(lora ? { lora } : {}) });
      const before = (await engine.forward([probe])).logprobs;
      const reference = await engine.frozenReference();
      for (let step = 0; step < 2; step++) {
        await engine.forwardBackward([probe], { name: 'cross_entropy' });
        await engine.optimStep({
          learningRate: 1e-2,
          beta1: 0.9,
          beta2: 0.95,
          epsilon: 1e-8,
          weightDecay: 0,
          gradientClipNorm: 1,
        });
      }
      expect((await engine.forward([probe])).logprobs).not.toEqual(before);
      expect((await reference.forward([probe])).logprobs).toEqual(before);
      await reference.close();
      await engine.close();
    },
  );

  it('trains its value head towards the returns', async () => {
    const engine = await createEmbeddedEngine({
      model: { folder: fixture('llama-tiny') },
      valueHead: true,
    });
    const datum: Datum = { ...probe, returns: Float32Array.of(1, -1, 0.5, 2, 0, -0.5) };
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      const critic = { coefficient: 1, ...(step % 2 ? { clip: 0.2 } : {}) };
      const values = (await engine.forward([datum], { values: true })).values as Float32Array[];
      const output = await engine.forwardBackward(
        [{ ...datum, weights: new Float32Array(6).fill(1), oldValues: values[0] as Float32Array }],
        { name: 'cross_entropy' },
        critic,
      );
      losses.push(output.criticLoss as number);
      await engine.optimStep({
        learningRate: 1e-2,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0,
        gradientClipNorm: 1,
      });
    }
    // ½·(1 + 1 + 0.25 + 4 + 0 + 0.25): the head begins at zero.
    expect(losses[0]).toBeCloseTo(3.25, 5);
    expect(losses.at(-1)).toBeLessThan(0.5);
    await engine.close();
  });

  it.each([undefined, { rank: 2, alpha: 4 }])(
    'has the same loss and gradients when activations are computed again, adapter %j',
    async (lora) => {
      const length = 128;
      const tokens = Array.from({ length: length + 1 }, (_, index) => (index * 37 + 5) % 256);
      const data: Datum[] = [
        {
          input: tokens.slice(0, length),
          targets: tokens.slice(1),
          weights: new Float32Array(length).fill(1),
        },
        probe,
      ];
      const outcome = async (recomputeActivations: boolean) => {
        const engine = await createEmbeddedEngine({
          model: { folder: fixture('qwen2-tiny') },
          recomputeActivations,
          threads: 1,
          ...(lora ? { lora } : {}),
        });
        const { loss } = await engine.forwardBackward(data, { name: 'cross_entropy' });
        const gradients = engine.trainableNames.map((name) => engine.gradientOf(name).slice());
        await engine.close();
        return { loss, gradients };
      };
      expect(await outcome(true)).toEqual(await outcome(false));
    },
  );

  it('reports the entropy of the predicted distribution', async () => {
    const engine = await createEmbeddedEngine({ model: { folder: fixture('llama-tiny') } });
    const { entropies } = await engine.forward([probe], { entropies: true });
    const logits = await engine.nextTokenLogits(probe.input);
    const maximum = Math.max(...logits);
    const weights = [...logits].map((logit) => Math.exp(logit - maximum));
    const total = weights.reduce((a, b) => a + b);
    const expected = -weights.reduce((sum, w) => sum + (w / total) * Math.log(w / total), 0);
    expect(entropies?.[0]?.[5]).toBeCloseTo(expected, 4);
    await engine.close();
  });

  it.each(['llama-tiny', 'qwen2-tiny', 'qwen3-tiny'])(
    '%s: samples with weights built into the graph what it samples without, and notices when they change',
    async (name) => {
      const engine = await createEmbeddedEngine({ model: { folder: fixture(name) } });
      const requests = [{ promptTokens: [1, 2, 3], samples: 2 }];
      const sample = async (maxTokens: number) =>
        engine.sample(requests, {
          maxTokens,
          temperature: 1,
          topP: 1,
          topK: -1,
          seed: 5,
          stopTokens: [],
        });
      /** Log-probabilities of the first tokens of a long answer, by the engine that sampled it. */
      const check = async (): Promise<number[]> => {
        // 70 tokens are decoded by a graph that holds the weights, 20 by one that is given them.
        const [long] = await sample(70);
        const [short] = await sample(20);
        long?.forEach((sequence, row) => {
          expect(sequence.tokens.slice(0, 20)).toEqual(short?.[row]?.tokens);
        });
        const [first] = long ?? [];
        const answer = first?.tokens ?? [];
        const input = [1, 2, 3, ...answer];
        const { logprobs } = await engine.forward([
          {
            input: input.slice(0, -1),
            targets: input.slice(1),
            weights: new Float32Array(input.length - 1),
          },
        ]);
        first?.logprobs.forEach((logprob, index) => {
          expect(Math.abs(logprob - (logprobs[0]?.[index + 2] as number))).toBeLessThan(1e-4);
        });
        return answer;
      };
      const before = await check();
      await engine.forwardBackward([probe], { name: 'cross_entropy' });
      await engine.optimStep({
        learningRate: 3e-2,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0,
        gradientClipNorm: 1,
      });
      expect(await check()).not.toEqual(before);
      await engine.close();
    },
  );

  it('samples more rows than fit at once, each as it would be alone', async () => {
    const folder = fixture('llama-tiny');
    const wide = await createEmbeddedEngine({ model: { folder } });
    const narrow = await createEmbeddedEngine({ model: { folder }, maximumSampleRows: 3 });
    const requests = [
      { promptTokens: [1, 2, 3], samples: 4 },
      { promptTokens: [4, 5], samples: 5 },
    ];
    const parameters = {
      maxTokens: 40,
      temperature: 0.9,
      topP: 0.95,
      topK: 50,
      seed: 1,
      stopTokens: [17, 33, 250],
    };
    expect((await narrow.sample(requests, parameters)).map((g) => g.map((s) => s.tokens))).toEqual(
      (await wide.sample(requests, parameters)).map((g) => g.map((s) => s.tokens)),
    );
    await wide.close();
    await narrow.close();
  });
});
