/**
 * @file The same data make the same update everywhere: in process, on a server that sums, on one that takes means, on
 * stand-ins of the servers others run, and on one that says nothing of itself and has to be found out. And a loop like
 * `rl` draws the same curve.
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
import { SERVER_KINDS, type ServerKind } from '../../../src/engine/tinker/server-kind.ts';
import { describeEngineContract } from './engine-contract.ts';
import { type StandIn, startStandIn } from './stand-ins.ts';
import { itStopsAtTexts } from './stop-texts-contract.ts';

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
const standIns = new Map<ServerKind, StandIn>();
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

/** Under this large an epsilon Adam's first step is the gradient itself, times a constant: direction and size show. */
const PLAIN = {
  ...ADAM,
  learningRate: 30,
  epsilon: 1e4,
  weightDecay: 0,
  gradientClipNorm: Number.POSITIVE_INFINITY,
};
const PLAIN_FIXED = { beta1: 0.9, beta2: 0.95, eps: PLAIN.epsilon, weight_decay: 0 };

/** Two calls of three and two data, one step; losses, gradient norm, and how far what the model says has moved. */
async function update(engine: TrainingEngine, loss: LossSpec) {
  const before = await engine.forward(data('probe'));
  const first = await engine.forwardBackward(data('a'), loss);
  const second = await engine.forwardBackward(data('b').slice(1), loss);
  const { gradientNorm } = await engine.optimStep(PLAIN);
  const after = await engine.forward(data('probe'));
  await engine.close();
  const moved = after.logprobs.flatMap((row, index) =>
    Array.from(row, (value, at) => value - before.logprobs[index]![at]!),
  );
  return { losses: [first.loss, second.loss], gradientNorm, moved };
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
    ];
    for (const kind of SERVER_KINDS) {
      standIns.set(kind, await startStandIn(kind, model, PLAIN_FIXED));
      engines.push(await connectTo(kind));
    }
    expect(engines.map(({ capabilities }) => capabilities.lossReduction)).toEqual([
      'sum',
      'sequence-mean',
      ...SERVER_KINDS.map((kind) => (kind === 'skyrl-jax' ? 'sequence-mean' : 'sum')),
    ]);
    for (const engine of engines) {
      const found = await update(engine, loss);
      found.losses.forEach((value, index) => {
        expect(value).toBeCloseTo(expected.losses[index]!, 4);
      });
      expect(found.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3);
      const farthest = Math.max(...expected.moved.map(Math.abs));
      expect(farthest).toBeGreaterThan(0.01);
      const apart = found.moved.map((value, at) => Math.abs(value - expected.moved[at]!));
      expect(Math.max(...apart) / farthest).toBeLessThan(1e-3);
    }
    for (const [kind, standIn] of standIns) {
      expect([kind, standIn.complaints]).toEqual([kind, []]);
      await standIn.close();
    }
  });

  it('is found out to be a sum or a mean where the server does not say', async () => {
    for (const [server, reduction] of [
      [summing, 'sum'],
      [averaging, 'sequence-mean'],
    ] as const) {
      const engine = await connectTinkerEngine({ url: server.url, fetch: silentFetch });
      expect(engine.capabilities.lossReduction).toBe(reduction);
      await engine.close();
    }
  });
});

describe('a server that takes stop tokens or stop texts, not both', () => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    const oneKind: typeof fetch = async (input, init) => {
      const { sampling_params: wanted } = JSON.parse(String(init?.body ?? '{}')) as {
        sampling_params?: { stop?: unknown[] };
      };
      const kinds = new Set(wanted?.stop?.map((entry) => typeof entry));
      return kinds.size > 1 ? new Response(null, { status: 422 }) : silentFetch(input, init);
    };
    engine = await connectTinkerEngine({
      url: summing.url,
      fetch: oneKind,
      server: 'skyrl-fsdp',
      vocabularySize: 512,
      maxSequenceTokens: 128,
    });
  });
  afterAll(() => engine.close());
  itStopsAtTexts(() => engine, model);
});

const connectTo = (kind: ServerKind) =>
  connectTinkerEngine({
    url: 'http://stand.in',
    server: kind,
    fetch: standIns.get(kind)!.fetch,
    vocabularySize: 512,
    maxSequenceTokens: 128,
  });

describe.each(SERVER_KINDS)('on a stand-in of %s', (kind) => {
  it('saves whose answers are lost are made again, and the model samples, resumes and comes home', async () => {
    const standIn = await startStandIn(kind, model);
    standIns.set(kind, standIn);
    const engine = await connectTo(kind);
    await engine.forwardBackward(data('a'), { name: 'cross_entropy' });
    await engine.optimStep(ADAM);
    for (const path of ['save_weights', 'save_weights_for_sampler', 'optim_step'])
      standIn.loseAnswersTo(path, 1);
    const request = { promptTokens: [1, 2, 3], samples: 2 };
    const parameters = { maxTokens: 4, temperature: 1, topP: 1, topK: -1, seed: 1, stopTokens: [] };
    const [group] = await engine.sample([request], parameters);
    expect(group!.map(({ tokens, logprobs }) => [tokens.length, logprobs.length])).toEqual([
      [4, 4],
      [4, 4],
    ]);
    const probe = data('probe');
    const { logprobs } = await engine.forward(probe);
    const folder = join(state, `home-${kind}`);
    await engine.saveState(join(state, `saved-${kind}`));
    await engine.exportModel(folder);
    const home = await createEmbeddedEngine({ model: { folder }, threads: 1 });
    expect((await home.forward(probe)).logprobs).toEqual(logprobs);
    await home.close();
    if (kind !== 'skyrl-fsdp') {
      await engine.forwardBackward(data('b'), { name: 'cross_entropy' });
      await engine.optimStep(ADAM);
      await engine.loadState(join(state, `saved-${kind}`));
      expect((await engine.forward(probe)).logprobs).toEqual(logprobs);
    }
    await engine.close();
    expect(standIn.complaints).toEqual([]);
    await standIn.close();
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
