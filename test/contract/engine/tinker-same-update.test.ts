/**
 * @file The same data make the same update everywhere: in process, on a server that sums, on one that takes means, and on
 * one that says nothing of itself and has to be found out. And a loop like `rl` ends with the same weights.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Datum, LossSpec } from '../../../src/data/datum.ts';
import { createEmbeddedEngine } from '../../../src/engine/embedded/create.ts';
import { connectTinkerEngine } from '../../../src/engine/tinker/connect.ts';
import type { TrainingEngine } from '../../../src/engine/training-engine.ts';
import { createRandom } from '../../../src/kernel/random.ts';
import type { RunningServer } from '../../../src/run/serve/listen.ts';
import { startTinkerServer } from '../../../src/run/serve/tinker/start.ts';
import { describeEngineContract } from './engine-contract.ts';

const model = join(import.meta.dirname, '..', '..', 'fixtures', 'hf-parity', 'llama-tiny');
const ADAM = {
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.01,
  gradientClipNorm: 1,
};

let state: string;
let summing: RunningServer;
let averaging: RunningServer;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'tinker-update-'));
  const common = { model, full: true, threads: 1, pollMs: 2000 };
  summing = await startTinkerServer({ ...common, state: join(state, 'sum') });
  averaging = await startTinkerServer({
    ...common,
    state: join(state, 'mean'),
    reduction: 'sequence-mean',
  });
});
afterAll(async () => {
  await summing.close(1000);
  await averaging.close(1000);
  rmSync(state, { recursive: true, force: true });
});

/** A server that keeps what is ours to itself, as strangers do. */
const silentFetch: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  if (!String(input).endsWith('get_server_capabilities')) return answer;
  const { supported_models } = (await answer.json()) as { supported_models: unknown };
  return Response.json({ supported_models });
};

function data(label: string): Datum[] {
  return [11, 4, 23].map((length, row) => {
    const random = createRandom('same update', label, row);
    const tokens = Array.from({ length: length + 1 }, () => random.integer(250));
    const floats = (make: () => number): Float32Array => Float32Array.from({ length }, make);
    return {
      input: tokens.slice(0, length),
      targets: tokens.slice(1),
      weights: floats(() => (random.chance(0.6) ? random.next() / 8 : 0)),
      logprobs: floats(() => -6.2 + 0.3 * random.normal()),
      advantages: floats(() => random.normal()),
    };
  });
}

const LOSSES: LossSpec[] = [
  { name: 'cross_entropy' },
  { name: 'importance_sampling' },
  { name: 'ppo', clipLow: 0.9, clipHigh: 1.1 },
  { name: 'cispo', clipLow: 0.9, clipHigh: 1.1 },
];

/** Two calls of three data each, one step; the gradient norm and what the model then says. */
async function update(engine: TrainingEngine, loss: LossSpec) {
  const first = await engine.forwardBackward(data('a'), loss);
  const second = await engine.forwardBackward(data('b').slice(1), loss);
  const { gradientNorm } = await engine.optimStep(ADAM);
  const { logprobs } = await engine.forward(data('probe'));
  await engine.close();
  return { losses: [first.loss, second.loss], gradientNorm, logprobs };
}

describe('one update', () => {
  it.each(LOSSES)('is the same on every kind of server under $name', async (loss) => {
    const expected = await update(
      await createEmbeddedEngine({ model: { folder: model }, threads: 1 }),
      loss,
    );
    const engines = [
      await connectTinkerEngine({ url: summing.url }),
      await connectTinkerEngine({ url: averaging.url }),
      await connectTinkerEngine({
        url: averaging.url,
        fetch: silentFetch,
        vocabularySize: 512,
        maxSequenceTokens: 128,
      }),
    ];
    expect(engines.map(({ capabilities }) => capabilities.lossReduction)).toEqual([
      'sum',
      'sequence-mean',
      'sequence-mean',
    ]);
    for (const engine of engines) {
      const found = await update(engine, loss);
      found.losses.forEach((value, index) => {
        expect(value).toBeCloseTo(expected.losses[index]!, 4);
      });
      expect(found.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3);
      found.logprobs.forEach((row, index) => {
        row.forEach((value, at) => {
          expect(Math.abs(value - expected.logprobs[index]![at]!)).toBeLessThan(2e-3);
        });
      });
    }
  });

  it('is found out to be a sum where it is one', async () => {
    const engine = await connectTinkerEngine({ url: summing.url, fetch: silentFetch });
    expect(engine.capabilities.lossReduction).toBe('sum');
    await engine.close();
  });
});

/** Sample, reward tokens below 100, update: reinforcement learning with nothing but the port. */
async function learn(engine: TrainingEngine): Promise<number[]> {
  const curve: number[] = [];
  const requests = [
    [5, 6, 7],
    [9, 9],
    [1, 2, 3, 4],
  ].map((promptTokens) => ({
    promptTokens,
    samples: 8,
  }));
  for (let step = 0; step < 6; step++) {
    const groups = await engine.sample(requests, {
      maxTokens: 8,
      temperature: 1,
      topP: 1,
      topK: -1,
      seed: createRandom('learn', step).uint32(),
      stopTokens: [0],
    });
    let good = 0;
    let count = 0;
    const batch = groups.flatMap((group, index) =>
      group.map(({ tokens, logprobs }): Datum => {
        const prompt = requests[index]!.promptTokens;
        const before = new Array<number>(prompt.length - 1).fill(0);
        const all = [...prompt, ...tokens];
        good += tokens.filter((token) => token < 100).length;
        count += tokens.length;
        return {
          input: all.slice(0, -1),
          targets: all.slice(1),
          weights: Float32Array.from([...before, ...tokens.map(() => 1 / 24)]),
          logprobs: Float32Array.from([...before, ...logprobs]),
          advantages: Float32Array.from([...before, ...tokens.map((t) => (t < 100 ? 1 : -0.2))]),
        };
      }),
    );
    curve.push(good / count);
    const { loss } = await engine.forwardBackward(batch, {
      name: 'ppo',
      clipLow: 0.8,
      clipHigh: 1.2,
    });
    const { gradientNorm } = await engine.optimStep({ ...ADAM, learningRate: 1e-3 });
    curve.push(loss, gradientNorm);
  }
  await engine.close();
  return curve;
}

describe('a reinforcement loop', () => {
  it('gives over HTTP the curve it gives in process', async () => {
    const here = await learn(await createEmbeddedEngine({ model: { folder: model }, threads: 1 }));
    const there = await learn(await connectTinkerEngine({ url: summing.url }));
    expect(there).toHaveLength(18);
    there.forEach((value, index) => {
      expect(value).toBeCloseTo(here[index]!, 3);
    });
    expect(here[15]).toBeGreaterThan(here[0]!);
  });
});

describeEngineContract('embedded behind a server that takes means', {
  create: () => connectTinkerEngine({ url: averaging.url }),
  localState: true,
  tolerance: 1e-5,
});
