/**
 * @file What every TrainingEngine promises, as one suite run against each implementation. It speaks only through the port,
 * and asks of an engine only what its capabilities claim; numbers are compared with values worked out here by hand.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Datum, LossSpec } from '../../../src/data/datum.ts';
import type {
  AdamParameters,
  SampledSequence,
  SamplingParameters,
  TrainingEngine,
} from '../../../src/engine/training-engine.ts';
import { createRandom } from '../../../src/kernel/random.ts';
import { itStopsAtTexts } from './stop-texts-contract.ts';

export interface EngineContractOptions {
  /** A fresh engine with the same starting weights every time. */
  readonly create: () => Promise<TrainingEngine>;
  /** saveState and loadState take paths on this machine. */
  readonly localState: boolean;
  /** How far numbers may differ between two runs that should agree. */
  readonly tolerance: number;
  /** Folder of the model's tokenizer; without it, texts that end an answer are not tried. */
  readonly tokenizer?: string;
}

const ADAM: AdamParameters = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.01,
  gradientClipNorm: 1,
};

const SAMPLING: SamplingParameters = {
  maxTokens: 12,
  temperature: 1,
  topP: 1,
  topK: -1,
  seed: 7,
  stopTokens: [],
};

const CROSS_ENTROPY: LossSpec = { name: 'cross_entropy' };

/** Data of the given lengths with every field a loss can want. */
function randomData(vocabularySize: number, lengths: readonly number[], label: string): Datum[] {
  return lengths.map((length, row) => {
    const random = createRandom('engine contract', label, row);
    const tokens = Array.from({ length: length + 1 }, () => random.integer(vocabularySize));
    const floats = (make: () => number): Float32Array => Float32Array.from({ length }, make);
    return {
      input: tokens.slice(0, length),
      targets: tokens.slice(1),
      weights: floats(() => (random.chance(0.7) ? random.next() : 0)),
      logprobs: floats(() => -Math.log(vocabularySize) + 0.3 * random.normal()),
      advantages: floats(() => random.normal()),
      returns: floats(() => random.normal()),
      oldValues: floats(() => random.normal()),
    };
  });
}

/** The definitions of src/data/datum.ts, token by token. */
function expectedLoss(data: readonly Datum[], logprobs: readonly Float32Array[], loss: LossSpec) {
  let total = 0;
  data.forEach((datum, row) => {
    datum.weights.forEach((weight, index) => {
      const logprob = logprobs[row]?.[index] as number;
      const advantage = datum.advantages?.[index] as number;
      const ratio = Math.exp(logprob - (datum.logprobs?.[index] as number));
      const clipped =
        'clipLow' in loss ? Math.min(Math.max(ratio, loss.clipLow), loss.clipHigh) : ratio;
      switch (loss.name) {
        case 'cross_entropy':
          total -= weight * logprob;
          break;
        case 'importance_sampling':
          total -= weight * ratio * advantage;
          break;
        case 'ppo':
          total -= weight * Math.min(ratio * advantage, clipped * advantage);
          break;
        case 'cispo':
          total -= weight * clipped * advantage * logprob;
      }
    });
  });
  return total;
}

const worstDifference = (a: readonly Float32Array[], b: readonly Float32Array[]): number => {
  let worst = 0;
  a.forEach((row, index) => {
    row.forEach((value, at) => {
      const difference = Math.abs(value - (b[index]?.[at] as number));
      worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
    });
  });
  return worst;
};

export function describeEngineContract(name: string, options: EngineContractOptions): void {
  describe(`${name} keeps the engine contract`, () => {
    let engine: TrainingEngine;
    let scratch: string;
    const { tolerance } = options;

    beforeAll(async () => {
      engine = await options.create();
      scratch = mkdtempSync(join(tmpdir(), 'engine-contract-'));
    });
    afterAll(async () => {
      await engine.close();
      rmSync(scratch, { recursive: true, force: true });
    });
    const dataOf = (lengths: readonly number[], label: string): Datum[] =>
      randomData(engine.capabilities.vocabularySize, lengths, label);

    /** Runs an action on an engine of its own, from the starting weights. */
    const withFresh = async <T>(action: (fresh: TrainingEngine) => Promise<T>): Promise<T> => {
      const fresh = await options.create();
      try {
        return await action(fresh);
      } finally {
        await fresh.close();
      }
    };

    it('claims a loss, a vocabulary and a length, and rejects a critic it does not have', async () => {
      const { capabilities } = engine;
      expect(capabilities.losses).toContain('cross_entropy');
      expect(capabilities.vocabularySize).toBeGreaterThan(1);
      expect(capabilities.maxSequenceTokens).toBeGreaterThan(1);
      const data = dataOf([5], 'critic');
      const critic = engine.forwardBackward(data, CROSS_ENTROPY, { coefficient: 0.5 });
      if (!capabilities.critic) await expect(critic).rejects.toThrow(/critic|value head/);
      else expect((await critic).criticLoss).toBeGreaterThan(0);
    });

    it('gives every token a log-probability that is negative and finite', async () => {
      const data = dataOf([9, 4], 'finite');
      const { logprobs } = await engine.forward(data);
      expect(logprobs.map((row) => row.length)).toEqual([9, 4]);
      for (const row of logprobs)
        for (const value of row) expect(Number.isFinite(value) && value <= 0).toBe(true);
    });

    it('samples with the log-probabilities that forward gives for the same tokens', async () => {
      const prompts = [
        [3, 1, 4, 1, 5],
        [9, 2],
        [6, 5, 3, 5, 8, 9, 7, 9],
      ];
      const requests = prompts.map((promptTokens) => ({ promptTokens, samples: 3 }));
      const sampled = await engine.sample(requests, SAMPLING);
      expect(sampled.map((group) => group.length)).toEqual([3, 3, 3]);
      const flat = sampled.flatMap((group, request) =>
        group.map((sequence) => ({ prompt: prompts[request] as number[], sequence })),
      );
      const data = flat.map(({ prompt, sequence }): Datum => {
        const tokens = [...prompt, ...sequence.tokens];
        return {
          input: tokens.slice(0, -1),
          targets: tokens.slice(1),
          weights: new Float32Array(tokens.length - 1),
        };
      });
      const { logprobs } = await engine.forward(data);
      const answers = logprobs.map((row, index) =>
        row.slice((flat[index]?.prompt.length as number) - 1),
      );
      const claimed = flat.map(({ sequence }) => Float32Array.from(sequence.logprobs));
      expect(worstDifference(answers, claimed)).toBeLessThan(Math.max(1e-4, tolerance));
    });

    it('draws the same sample whatever else is in the batch, and another for another seed', async () => {
      const request = { promptTokens: [3, 1, 4, 1, 5], samples: 2 };
      const [alone] = await engine.sample([request], SAMPLING);
      const [together] = await engine.sample(
        [request, { promptTokens: [2, 7, 1, 8, 2, 8, 1, 8], samples: 5 }],
        SAMPLING,
      );
      const tokensOf = (group: readonly SampledSequence[] | undefined) =>
        group?.map((sequence) => sequence.tokens);
      expect(tokensOf(together)).toEqual(tokensOf(alone));
      expect(alone?.[0]?.tokens).not.toEqual(alone?.[1]?.tokens);
      const [other] = await engine.sample([request], { ...SAMPLING, seed: 8 });
      expect(tokensOf(other)).not.toEqual(tokensOf(alone));
    });

    it('stops after a stop token, which is part of the answer, and at the limit otherwise', async () => {
      const request = { promptTokens: [3, 1, 4], samples: 6 };
      const [free] = await engine.sample([request], SAMPLING);
      const stop = free?.[0]?.tokens[3] as number;
      const [stopped] = await engine.sample([request], { ...SAMPLING, stopTokens: [stop] });
      for (const sequence of stopped ?? []) {
        const at = sequence.tokens.indexOf(stop);
        if (sequence.finishReason === 'stop') expect(at).toBe(sequence.tokens.length - 1);
        else expect([at, sequence.tokens.length]).toEqual([-1, SAMPLING.maxTokens]);
        expect(sequence.logprobs).toHaveLength(sequence.tokens.length);
      }
      expect(stopped?.[0]?.finishReason).toBe('stop');
    });

    if (options.tokenizer) itStopsAtTexts(() => engine, options.tokenizer);

    it('takes the most probable token at temperature 0 and under top-k 1', async () => {
      const request = { promptTokens: [3, 1, 4], samples: 1 };
      const [[greedy]] = (await engine.sample([request], { ...SAMPLING, temperature: 0 })) as [
        [SampledSequence],
      ];
      const [[topOne]] = (await engine.sample([request], { ...SAMPLING, topK: 1 })) as [
        [SampledSequence],
      ];
      expect(topOne.tokens).toEqual(greedy.tokens);
    });

    it('gives a datum the same numbers alone and among longer ones', async () => {
      const data = dataOf([7, 23, 3, 15], 'padding');
      const together = await engine.forward(data);
      for (const [index, datum] of data.entries()) {
        const alone = await engine.forward([datum]);
        expect(
          worstDifference(alone.logprobs, [together.logprobs[index] as Float32Array]),
        ).toBeLessThan(tolerance);
      }
    });

    it('reports the losses as defined, token by token', async () => {
      const data = dataOf([11, 6], 'losses');
      const { logprobs } = await engine.forward(data);
      const specs: LossSpec[] = [
        CROSS_ENTROPY,
        { name: 'importance_sampling' },
        { name: 'ppo', clipLow: 0.9, clipHigh: 1.1 },
        { name: 'cispo', clipLow: 0.9, clipHigh: 1.1 },
      ];
      for (const spec of specs.filter(({ name }) => engine.capabilities.losses.includes(name))) {
        const output = await engine.forwardBackward(data, spec);
        expect(worstDifference(output.logprobs, logprobs)).toBeLessThan(tolerance);
        if (engine.capabilities.lossReduction === 'sum') {
          const expected = expectedLoss(data, logprobs, spec);
          expect(Math.abs(output.loss - expected)).toBeLessThan(tolerance * 10);
        }
      }
      await engine.optimStep({ ...ADAM, learningRate: 0, weightDecay: 0 });
    });

    it('learns: the loss of a repeated datum falls', async () => {
      await withFresh(async (fresh) => {
        const data = dataOf([16], 'learning').map((datum) => ({
          ...datum,
          weights: datum.weights.map(() => 1 / 16),
        }));
        const losses: number[] = [];
        for (let step = 0; step < 5; step++) {
          losses.push((await fresh.forwardBackward(data, CROSS_ENTROPY)).loss);
          await fresh.optimStep({ ...ADAM, learningRate: 3e-3 });
        }
        expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.98);
      });
    });

    it('adds up: two calls make the step of one', async () => {
      const data = dataOf([12, 5, 20], 'accumulation');
      const outcome = (split: boolean) =>
        withFresh(async (fresh) => {
          const parts = split ? [data.slice(0, 1), data.slice(1)] : [data];
          for (const part of parts) await fresh.forwardBackward(part, CROSS_ENTROPY);
          const { gradientNorm } = await fresh.optimStep(ADAM);
          return { gradientNorm, ...(await fresh.forward(data)) };
        });
      const once = await outcome(false);
      const twice = await outcome(true);
      if (engine.capabilities.lossReduction === 'sum') {
        expect(worstDifference(once.logprobs, twice.logprobs)).toBeLessThan(tolerance * 10);
        if (!Number.isNaN(once.gradientNorm))
          expect(twice.gradientNorm / once.gradientNorm).toBeCloseTo(1, 4);
      }
    });

    it('clips: a gradient ten times as large makes the same step', async () => {
      if (!engine.capabilities.gradientClipping) return;
      const data = dataOf([12], 'clipping');
      const outcome = (factor: number) =>
        withFresh(async (fresh) => {
          const scaled = data.map((datum) => ({
            ...datum,
            weights: datum.weights.map((weight) => weight * factor),
          }));
          await fresh.forwardBackward(scaled, CROSS_ENTROPY);
          await fresh.optimStep({ ...ADAM, gradientClipNorm: 1e-3 });
          return fresh.forward(data);
        });
      const [small, large] = [await outcome(1), await outcome(10)];
      expect(worstDifference(small.logprobs, large.logprobs)).toBeLessThan(tolerance * 10);
    });

    it('changes no weight on data whose loss is not a number, and names them', async () => {
      await withFresh(async (fresh) => {
        const data = dataOf([6, 8], 'nan');
        const before = await fresh.forward(data);
        const poisoned = data.map((datum, index) =>
          index === 1 ? { ...datum, weights: datum.weights.map(() => Number.NaN) } : datum,
        );
        await fresh.forwardBackward(data, CROSS_ENTROPY);
        await expect(fresh.forwardBackward(poisoned, CROSS_ENTROPY)).rejects.toThrow(/NaN.*\b1\b/);
        // What was accumulated before is gone too: this step has no gradient.
        await fresh.optimStep({ ...ADAM, weightDecay: 0 });
        const afterwards = await fresh.forward(data);
        expect(worstDifference(before.logprobs, afterwards.logprobs)).toBeLessThan(tolerance);
      });
    });

    it.runIf(options.localState)(
      'resumes exactly: five steps, a save, a load elsewhere and five more equal ten',
      async () => {
        const train = async (target: TrainingEngine, from: number, to: number): Promise<void> => {
          for (let step = from; step < to; step++) {
            await target.forwardBackward(dataOf([14, 9], `resume ${step}`), CROSS_ENTROPY);
            await target.optimStep(ADAM);
          }
        };
        const probe = dataOf([18], 'probe');
        const path = join(scratch, 'state');
        const straight = await withFresh(async (fresh) => {
          await train(fresh, 0, 10);
          return fresh.forward(probe);
        });
        await withFresh(async (fresh) => {
          await train(fresh, 0, 5);
          await fresh.saveState(path);
        });
        const resumed = await withFresh(async (fresh) => {
          await fresh.loadState(path);
          await train(fresh, 5, 10);
          return fresh.forward(probe);
        });
        expect(resumed.logprobs).toEqual(straight.logprobs);
      },
    );

    it('refuses what does not fit: an unknown token, unequal arrays, a missing field, an empty prompt', async () => {
      const [datum] = dataOf([4], 'refusal') as [Datum];
      const { vocabularySize } = engine.capabilities;
      const refuses = (bad: Datum, loss: LossSpec = CROSS_ENTROPY) =>
        expect(engine.forwardBackward([bad], loss)).rejects.toThrow();
      await refuses({ ...datum, targets: [...datum.targets.slice(1), vocabularySize] });
      await refuses({ ...datum, weights: new Float32Array(3) });
      const { advantages: _, ...withoutAdvantages } = datum;
      await refuses(withoutAdvantages, { name: 'importance_sampling' });
      await expect(engine.sample([{ promptTokens: [], samples: 1 }], SAMPLING)).rejects.toThrow();
    });
  });
}
