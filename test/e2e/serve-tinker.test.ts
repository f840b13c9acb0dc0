/**
 * @file `serve tinker` under a network that loses, repeats and delays, and kills of the server itself: the weights at the
 * end are those of an undisturbed run in process, to the last bit. And: who is silent is unloaded, who beats is not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Datum } from '../../src/data/datum.ts';
import { createEmbeddedEngine } from '../../src/engine/embedded/create.ts';
import { type Clock, systemClock } from '../../src/engine/tinker/clock.ts';
import { connectTinkerEngine } from '../../src/engine/tinker/connect.ts';
import type { TrainingEngine } from '../../src/engine/training-engine.ts';
import { createRandom } from '../../src/kernel/random.ts';
import { createTinkerApp } from '../../src/run/serve/tinker/app.ts';
import { TinkerService } from '../../src/run/serve/tinker/service.ts';
import { startTinkerServer } from '../../src/run/serve/tinker/start.ts';
import { startChildServer } from './serve/child-server.ts';
import { startMisbehavingProxy } from './serve/misbehaving-proxy.ts';

const model = join(import.meta.dirname, '..', 'fixtures', 'hf-parity', 'llama-tiny');
let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'serve-tinker-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const STEPS = 290;

/** Three requests a step, and now and then four that sample: about 1,000 in all. */
async function train(engine: TrainingEngine, onStep: (step: number) => Promise<void>) {
  const sampled: number[][] = [];
  for (let step = 0; step < STEPS; step++) {
    await onStep(step);
    // Sent one after the other, waited for together, as a client with several chunks does.
    await Promise.all(
      [0, 1].map((part) => engine.forwardBackward(data(step, part), { name: 'cross_entropy' })),
    );
    await engine.optimStep({
      learningRate: 1e-4,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.01,
      gradientClipNorm: 1,
    });
    if (step % 9 !== 0) continue;
    const groups = await engine.sample(
      [[1, 2, 3], [4, 5], [6]].map((promptTokens) => ({ promptTokens, samples: 1 })),
      { maxTokens: 3, temperature: 1, topP: 1, topK: -1, seed: step, stopTokens: [] },
    );
    sampled.push(groups.flatMap((group) => group[0]!.tokens));
  }
  const { logprobs } = await engine.forward(data(-1, 0));
  return { sampled, logprobs };
}

function data(step: number, part: number): Datum[] {
  const random = createRandom('proxy data', step, part);
  const tokens = Array.from({ length: 9 }, () => random.integer(500));
  return [
    { input: tokens.slice(0, 8), targets: tokens.slice(1), weights: new Float32Array(8).fill(0.1) },
  ];
}

describe('through a misbehaving network', () => {
  it('1,000 requests and two kills of the server lose no update and double none', async () => {
    const serve = () =>
      startChildServer(
        ['tinker', '--model', model, '--full', '--threads', '1', '--state', join(scratch, 'kills')],
        { VUL2SAFE_SERVE_TOKEN: '' },
      );
    let server = await serve();
    const proxy = await startMisbehavingProxy(server.url, 0.25, 7);
    let submitted = 0;
    const hurried: Clock = { ...systemClock, sleep: (ms) => delay(Math.min(ms, 4)) };
    const engine = await connectTinkerEngine({
      url: proxy.url,
      clock: hurried,
      fetch: (input, init) => {
        if (!/retrieve_future|heartbeat/.test(String(input))) submitted++;
        return fetch(input, init);
      },
    });
    let restart: Promise<unknown> = Promise.resolve();
    const there = await train(engine, async (step) => {
      if (step !== 97 && step !== 205) return;
      // Not waited for: the kill falls somewhere among the requests that follow.
      restart = delay(30).then(async () => {
        await server.end('SIGKILL');
        server = await serve();
        proxy.target = server.url;
      });
    });
    await restart;
    await engine.close();
    const here = await train(
      await createEmbeddedEngine({ model: { folder: model }, threads: 1 }),
      async () => {},
    );
    proxy.close();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(submitted).toBeGreaterThan(1000);
    expect(Object.keys(proxy.faults)).toHaveLength(9);
    expect(there.sampled).toEqual(here.sampled);
    expect(there.logprobs).toEqual(here.logprobs);
  }, 600_000);
});

/** Time that passes only when told to. */
class HeldClock implements Clock {
  private now = 0;
  private readonly repeated = new Set<{ ms: number; next: number; action: () => void }>();

  nowMs(): number {
    return this.now;
  }

  sleep(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  every(ms: number, action: () => void): () => void {
    const entry = { ms, next: this.now + ms, action };
    this.repeated.add(entry);
    return () => this.repeated.delete(entry);
  }

  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; this.now += 5000) {
      for (const entry of this.repeated)
        if (entry.next <= this.now) {
          entry.next += entry.ms;
          entry.action();
        }
      await delay(1);
    }
  }
}

describe('a silent session', () => {
  it('keeps its model over ten idle minutes while it beats, and loses it after five without', async () => {
    const clock = new HeldClock();
    const service = await TinkerService.open({
      folder: model,
      modelName: 'tiny',
      state: join(scratch, 'silence'),
      full: true,
      clock,
    });
    const app = createTinkerApp(service, { pollMs: 1000 });
    let deaf = false;
    const engine = await connectTinkerEngine({
      url: 'http://in.process',
      clock,
      fetch: async (input, init) => {
        if (deaf && String(input).endsWith('session_heartbeat')) throw new Error('no route');
        return app.fetch(new Request(input, init));
      },
    });
    await clock.pass(600_000);
    expect(service.modelCount).toBe(1);
    await engine.forwardBackward(data(0, 0), { name: 'cross_entropy' });
    deaf = true;
    await clock.pass(250_000);
    expect(service.modelCount).toBe(1);
    await clock.pass(100_000);
    expect(service.modelCount).toBe(0);
    await expect(engine.forward(data(0, 0))).rejects.toThrow(/no model/);
    await engine.close();
    await service.close();
  });
});

describe('the server’s door', () => {
  it('does not open beyond loopback without a token, and then only to those who know it', async () => {
    const open = (token?: string) =>
      startTinkerServer({
        model,
        state: join(scratch, 'door'),
        host: '0.0.0.0',
        ...(token ? { token } : {}),
      });
    await expect(open()).rejects.toMatchObject({ code: 'missing', exitStatus: 3 });
    const server = await open('s3cret-token');
    const url = server.url.replace('0.0.0.0', '127.0.0.1');
    const bad = connectTinkerEngine({ url, apiKey: 'wr0ng-token' });
    await expect(bad).rejects.toThrow(/VUL2SAFE_TINKER_API_KEY|refused the key/);
    await expect(bad).rejects.not.toThrow(/wr0ng-token/);
    const engine = await connectTinkerEngine({ url, apiKey: 's3cret-token', lora: { rank: 2 } });
    expect(engine.capabilities.vocabularySize).toBe(512);
    await engine.close();
    await server.close(500);
  });

  it('answers bad requests with the reason, and the same seq_id with another body with 409', async () => {
    const server = await startTinkerServer({ model, state: join(scratch, 'bad'), pollMs: 500 });
    const post = async (path: string, body: unknown, type = 'application/json') => {
      const answer = await fetch(`${server.url}/api/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: answer.status, text: await answer.text() };
    };
    expect(await post('create_model', '{')).toMatchObject({ status: 400 });
    expect(await post('create_session', '{}', 'text/plain')).toMatchObject({ status: 415 });
    expect(await post('optim_step', { model_id: 3 })).toMatchObject({ status: 422 });
    expect(await post('optim_step', { model_id: 'nobody', seq_id: 1 })).toMatchObject({
      status: 404,
    });
    expect(await post('retrieve_future', { request_id: 'x.1' })).toMatchObject({ status: 410 });
    const create = { session_id: 's', model_seq_id: 0, base_model: 'llama-tiny' };
    expect(await post('create_model', create)).toMatchObject({ status: 400 });
    const made = await post('create_model', { ...create, lora_config: { rank: 2 } });
    const { model_id, request_id } = JSON.parse(made.text) as Record<string, string>;
    await post('retrieve_future', { request_id });
    const step = { model_id, seq_id: 1, adam_params: { learning_rate: 0.1 } };
    const first = await post('optim_step', step);
    expect(await post('optim_step', step)).toEqual(first);
    expect(await post('optim_step', { ...step, adam_params: {} })).toMatchObject({ status: 409 });
    const unknown = { model_id, seq_id: 2, forward_backward_input: { loss_fn: 'dro', data: [] } };
    const { request_id: failing } = JSON.parse((await post('forward_backward', unknown)).text);
    const failed = await post('retrieve_future', { request_id: failing });
    expect(JSON.parse(failed.text)).toMatchObject({ category: 'user', error: /dro/ });
    await server.close(500);
  });
});

describe('weights of before', () => {
  it('can be sampled from after an update, by session and by name, and exported', async () => {
    const state = join(scratch, 'samplers');
    const server = await startTinkerServer({ model, state, full: true, pollMs: 500 });
    const engine = await connectTinkerEngine({ url: server.url, seed: 3 });
    const parameters = { maxTokens: 6, temperature: 1, topP: 1, topK: -1, seed: 5, stopTokens: [] };
    const request = { promptTokens: [1, 2, 3], samples: 2 };
    const [before] = await engine.sample([request], parameters);
    await engine.forwardBackward(data(1, 1), { name: 'cross_entropy' });
    const adam = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, gradientClipNorm: 1 };
    await engine.optimStep({ learningRate: 0.05, ...adam });
    const [after] = await engine.sample([request], parameters);
    expect(after).not.toEqual(before);
    const folder = join(scratch, 'exported');
    await engine.exportModel(folder);
    const reopened = await createEmbeddedEngine({ model: { folder }, threads: 1 });
    const [again] = await reopened.sample([request], parameters);
    expect(again!.map(({ tokens }) => tokens)).toEqual(after!.map(({ tokens }) => tokens));
    await reopened.close();
    await engine.close();
    await server.close(500);
  });
});

describe('an adapter trained over HTTP', () => {
  it('comes back as a PEFT folder, or merged where the base model is at hand', async () => {
    const server = await startTinkerServer({ model, state: join(scratch, 'lora'), pollMs: 500 });
    const lora = { rank: 2, alpha: 8 };
    const adam = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, gradientClipNorm: 1 };
    const probe = data(5, 5);
    const base = await createEmbeddedEngine({ model: { folder: model }, threads: 1 });
    const [untrained] = (await base.forward(probe)).logprobs;
    await base.close();
    for (const baseFolder of [undefined, model]) {
      const engine = await connectTinkerEngine({
        url: server.url,
        lora,
        ...(baseFolder ? { baseFolder } : {}),
      });
      for (let step = 0; step < 3; step++) {
        await engine.forwardBackward(probe, { name: 'cross_entropy' });
        await engine.optimStep({ learningRate: 0.05, ...adam });
      }
      const [expected] = (await engine.forward(probe)).logprobs;
      const folder = join(scratch, baseFolder ? 'merged' : 'adapter');
      await engine.exportModel(folder);
      await engine.close();
      const reopened = await createEmbeddedEngine(
        baseFolder
          ? { model: { folder }, threads: 1 }
          : { model: { folder: model }, threads: 1, lora: { ...lora, adapterFolder: folder } },
      );
      const [found] = (await reopened.forward(probe)).logprobs;
      await reopened.close();
      found!.forEach((value, index) => {
        expect(value).toBeCloseTo(expected![index]!, 4);
      });
      expect(Math.abs(found![0]! - untrained![0]!)).toBeGreaterThan(0.01);
    }
    await server.close(500);
  });
});
