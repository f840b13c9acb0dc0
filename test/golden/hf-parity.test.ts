/**
 * @file Agreement with transformers: every number a golden.json holds, for the fixtures of the three architectures and,
 * with VUL2SAFE_PARITY_DIR=DIR, for every model folder in DIR. Tolerances are SPEC section 9's.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Datum, LossSpec } from '../../src/data/datum.ts';
import { createEmbeddedEngine } from '../../src/engine/embedded/create.ts';
import type { EmbeddedEngine } from '../../src/engine/embedded/embedded-engine.ts';

const matrix = z.array(z.array(z.number()));
const lossGolden = z.object({
  loss: z.number(),
  grad_norm_total: z.number(),
  /** name -> [norm, first entries] */
  grads: z.record(z.string(), z.tuple([z.number(), z.array(z.number())])),
});
const goldenFile = z.object({
  ids: matrix,
  lengths: z.array(z.number()),
  weights: matrix,
  advantages: matrix,
  old_logprobs: matrix,
  logits_last_row0: z.array(z.number()),
  logprobs: matrix,
  losses: z.record(z.string(), lossGolden),
  greedy_before: z.array(z.number()),
  greedy_after: z.array(z.number()),
  adamw: z.object({
    lr: z.number(),
    betas: z.tuple([z.number(), z.number()]),
    eps: z.number(),
    weight_decay: z.number(),
    losses: z.array(z.number()),
  }),
});
type Golden = z.infer<typeof goldenFile>;

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'hf-parity');
const roots = [fixtures, process.env.VUL2SAFE_PARITY_DIR].filter(
  (root): root is string => root !== undefined,
);
const folders = roots.flatMap((root) =>
  readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'golden.json'))),
);

const LOSSES: readonly LossSpec[] = [
  { name: 'cross_entropy' },
  { name: 'importance_sampling' },
  { name: 'ppo', clipLow: 0.8, clipHigh: 1.2 },
  { name: 'cispo', clipLow: 0.8, clipHigh: 1.2 },
];

/** Each row without its padding, shifted so that position i predicts token i + 1. */
function dataOf(golden: Golden): Datum[] {
  return golden.ids.map((ids, row) => {
    const count = (golden.lengths[row] as number) - 1;
    const floats = (values: readonly number[] | undefined): Float32Array =>
      Float32Array.from(values?.slice(0, count) ?? []);
    return {
      input: ids.slice(0, count),
      targets: ids.slice(1, count + 1),
      weights: floats(golden.weights[row]),
      advantages: floats(golden.advantages[row]),
      logprobs: floats(golden.old_logprobs[row]),
    };
  });
}

const norm = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** Difference in units of the larger of the expected value and a floor below which only absolute size matters. */
const relative = (found: number, expected: number, floor = 1e-12): number =>
  Math.abs(found - expected) / Math.max(Math.abs(expected), floor);

it('finds the three fixture models', () => {
  expect(folders.length).toBeGreaterThanOrEqual(3);
});

describe.each(folders)('%s agrees with transformers', (folder) => {
  const golden = goldenFile.parse(JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')));
  const data = dataOf(golden);
  let engine: EmbeddedEngine;
  const greedy = async (count: number): Promise<number[]> => {
    const requests = [{ promptTokens: (golden.ids[0] as number[]).slice(0, 6), samples: 1 }];
    const [sampled] = await engine.sample(requests, {
      maxTokens: count,
      temperature: 0,
      topP: 1,
      topK: -1,
      seed: 0,
      stopTokens: [],
    });
    return sampled?.[0]?.tokens ?? [];
  };

  beforeAll(async () => {
    engine = await createEmbeddedEngine({ model: { folder } });
  });
  afterAll(async () => {
    await engine.close();
  });

  it('logits of the last position of row 0 within 1e-4', async () => {
    const row = (golden.ids[0] as number[]).slice(0, golden.lengths[0]);
    const logits = await engine.nextTokenLogits(row);
    const worst = golden.logits_last_row0.reduce(
      (most, expected, index) => Math.max(most, Math.abs(expected - (logits[index] as number))),
      0,
    );
    expect(worst).toBeLessThan(1e-4);
  });

  it('log-probabilities of every token within 1e-4', async () => {
    const { logprobs } = await engine.forward(data);
    let worst = 0;
    logprobs.forEach((found, row) => {
      found.forEach((value, index) => {
        worst = Math.max(worst, Math.abs(value - (golden.logprobs[row]?.[index] as number)));
      });
    });
    expect(worst).toBeLessThan(1e-4);
  });

  it.each(LOSSES)('$name: loss within 1e-5, gradients within 1e-4 relative', async (loss) => {
    const expected = golden.losses[loss.name] as z.infer<typeof lossGolden>;
    // The golden policy losses count every real token once; its weights are cross-entropy's.
    const weighted = data.map((datum) =>
      loss.name === 'cross_entropy' ? datum : { ...datum, weights: datum.weights.map(() => 1) },
    );
    engine.clearGradients();
    const output = await engine.forwardBackward(weighted, loss);
    expect(relative(output.loss, expected.loss)).toBeLessThan(1e-5);
    let squares = 0;
    for (const name of engine.trainableNames) squares += norm(engine.gradientOf(name)) ** 2;
    expect(relative(Math.sqrt(squares), expected.grad_norm_total)).toBeLessThan(1e-4);
    expect(Object.keys(expected.grads).sort()).toEqual([...engine.trainableNames].sort());
    for (const [name, [expectedNorm, entries]] of Object.entries(expected.grads)) {
      const gradient = engine.gradientOf(name);
      expect(relative(norm(gradient), expectedNorm), `norm of ${name}`).toBeLessThan(1e-4);
      // An entry that nearly cancels is compared with the size of a typical entry of its parameter.
      const typical = expectedNorm / Math.sqrt(gradient.length);
      entries.forEach((entry, index) => {
        expect(
          relative(gradient[index] as number, entry, typical),
          `${name}[${index}] is ${gradient[index]}, expected ${entry}`,
        ).toBeLessThan(1e-4);
      });
    }
  });

  it('greedy tokens, the AdamW trajectory, and greedy tokens after it', async () => {
    engine.clearGradients();
    expect(await greedy(golden.greedy_before.length)).toEqual(golden.greedy_before);
    const positive = data.map((datum) => ({
      ...datum,
      weights: datum.weights.map((weight) => Math.max(weight, 0)),
    }));
    const total = positive.reduce((sum, datum) => sum + datum.weights.reduce((a, b) => a + b), 0);
    const normalised = positive.map((datum) => ({
      ...datum,
      weights: datum.weights.map((weight) => weight / total),
    }));
    for (const expected of golden.adamw.losses) {
      const { loss } = await engine.forwardBackward(normalised, { name: 'cross_entropy' });
      expect(relative(loss, expected)).toBeLessThan(1e-5);
      await engine.optimStep({
        learningRate: golden.adamw.lr,
        beta1: golden.adamw.betas[0],
        beta2: golden.adamw.betas[1],
        epsilon: golden.adamw.eps,
        weightDecay: golden.adamw.weight_decay,
        gradientClipNorm: Number.POSITIVE_INFINITY,
      });
    }
    expect(await greedy(golden.greedy_after.length)).toEqual(golden.greedy_after);
  });
});
