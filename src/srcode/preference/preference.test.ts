import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../../engine/embedded/create.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { createRandom } from '../../kernel/random.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { TrainingStore } from '../training-store.ts';
import { lpoConfigSchema } from './config.ts';
import { pairLoss, type ScoredAnswer } from './pair-loss.ts';
import { preferencePair, type PreferenceExample } from './preference-pair.ts';
import { preferenceData, trainByPreference } from './train.ts';

const FOLDER = new URL('../../../test/fixtures/hf-parity/llama-tiny', import.meta.url).pathname;
const OBJECTIVES = [
  { objective: 'reference-free', beta: 2, margin: 0.5, supervisedWeight: 0.3 },
  { objective: 'reference', beta: 0.7, margin: 0, supervisedWeight: 0.1 },
] as const;

/** One token per character: enough of a tokenizer for a model without one. */
const letters: Tokenizer = {
  vocabularySize: 128,
  endOfTextId: 0,
  encode: (text: string) => ({
    ids: [...text].map((letter) => letter.charCodeAt(0)),
    ranges: [...text].map((_, at) => ({ start: at, end: at + 1 })),
  }),
} as unknown as Tokenizer;

const example = (
  fixed: string,
  vulnerable: string,
  secure: [number, number][],
  bad: [number, number][],
): PreferenceExample => ({
  prompt: 'run it',
  fixed,
  vulnerable,
  secureSpans: secure.map(([start, end]) => ({ start, end })),
  vulnerableSpans: bad.map(([start, end]) => ({ start, end })),
});
const EXAMPLES = [
  example('run(a, [b]);', 'run(a + b);', [[6, 9]], [[5, 9]]),
  example('if (ok) open(x);', 'open(x);', [[0, 8]], []),
  example('hash(256, y)', 'hash(1, y)', [[5, 8]], [[5, 6]]),
];

describe('the loss of a pair', () => {
  it.each(OBJECTIVES)(
    '$objective: the pull on every token is minus the derivative of the loss',
    (objective) => {
      const answer = fc
        .array(
          fc.record({
            logprob: fc.double({ min: -4, max: -0.01, noNaN: true }),
            reference: fc.double({ min: -4, max: -0.01, noNaN: true }),
            counts: fc.constantFrom(0, 1),
          }),
          { minLength: 1, maxLength: 6 },
        )
        .map((tokens): ScoredAnswer & { logprobs: number[] } => ({
          logprobs: tokens.map(({ logprob }) => logprob),
          reference: tokens.map(({ reference }) => reference),
          mask: Uint8Array.from(tokens, ({ counts }) => counts),
        }));
      fc.assert(
        fc.property(answer, answer, (chosen, rejected) => {
          const { chosenPull, rejectedPull } = pairLoss(chosen, rejected, objective);
          const step = 1e-5;
          for (const [side, pull] of [
            [chosen, chosenPull],
            [rejected, rejectedPull],
          ] as const)
            side.logprobs.forEach((logprob, token) => {
              const at = (shift: number): number => {
                side.logprobs[token] = logprob + shift;
                const { total } = pairLoss(chosen, rejected, objective);
                side.logprobs[token] = logprob;
                return total;
              };
              expect(pull[token]).toBeCloseTo(-(at(step) - at(-step)) / (2 * step), 5);
            });
        }),
      );
    },
  );

  it('leaves tokens outside the spans to the supervised term alone', () => {
    const side = (mask: number[]): ScoredAnswer => ({
      logprobs: mask.map(() => -1),
      mask: Uint8Array.from(mask),
    });
    const { chosenPull, rejectedPull } = pairLoss(side([0, 1, 0]), side([1, 0]), {
      ...OBJECTIVES[0],
      supervisedWeight: 0,
    });
    expect([chosenPull[0], chosenPull[2], rejectedPull[1]].map((pull) => Math.abs(pull!))).toEqual([
      0, 0, 0,
    ]);
    expect(chosenPull[1]).toBeGreaterThan(0);
    expect(rejectedPull[0]).toBeLessThan(0);
  });
});

describe('a preference pair', () => {
  it('marks the tokens under its spans, and where the answers part on a side without one', () => {
    const { chosen, rejected } = preferencePair(EXAMPLES[1]!, letters, { localized: true });
    expect(chosen.mask.join('')).toBe('11111111000000000');
    expect(rejected.mask.join('')).toBe('100000000');
    const whole = preferencePair(EXAMPLES[1]!, letters, { localized: false });
    expect(whole.rejected.mask.every((counts) => counts === 1)).toBe(true);
  });
});

describe('the preference stage on an engine', () => {
  let engine: TrainingEngine;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lpo-'));
    engine = await createEmbeddedEngine({ model: { folder: FOLDER }, threads: 1 });
    await engine.saveState(join(folder, 'start'));
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  // With an epsilon far above every gradient AdamW's first step is plain gradient descent, so along it the loss must fall by
  // rate · |gradient|²: the whole gradient against a finite difference.
  it.each(OBJECTIVES)(
    '$objective: descends exactly along the gradient of the loss',
    async (objective) => {
      await engine.loadState(join(folder, 'start'));
      const reference = await createEmbeddedEngine({ model: { folder: FOLDER }, threads: 1 });
      const batch = EXAMPLES.map((item) => preferencePair(item, letters, { localized: true }));
      const lossNow = async () => {
        const { data, losses } = await preferenceData(batch, objective, engine, reference);
        return { data, loss: losses.reduce((sum, { total }) => sum + total, 0) / losses.length };
      };
      const before = await lossNow();
      await engine.forwardBackward(before.data, { name: 'importance_sampling' });
      const epsilon = 1e6;
      const rate = 2e-4;
      const { gradientNorm } = await engine.optimStep({
        learningRate: rate * epsilon,
        beta1: 0.9,
        beta2: 0.95,
        epsilon,
        weightDecay: 0,
        gradientClipNorm: Number.POSITIVE_INFINITY,
      });
      const after = await lossNow();
      await reference.close();
      const expected = rate * gradientNorm ** 2;
      expect(gradientNorm).toBeGreaterThan(0.1);
      expect((before.loss - after.loss) / expected).toBeGreaterThan(0.97);
      expect((before.loss - after.loss) / expected).toBeLessThan(1.03);
    },
  );

  const config = lpoConfigSchema.parse({
    batchSize: 2,
    epochs: 4,
    learningRate: 1e-3,
    checkpointEverySteps: 1,
  });
  /** Keeps the state in memory's place on disk; forgets events behind the last checkpoint, as a run folder does. */
  function store(): TrainingStore & { log: unknown[] } {
    const log: unknown[] = [];
    let done = 0;
    let kept = 0;
    const path = join(folder, `state-${createRandom(process.hrtime().join()).uint32()}`);
    return {
      log,
      async resume(into) {
        log.length = kept;
        await into.loadState(done === 0 ? join(folder, 'start') : path);
        return done;
      },
      async checkpoint(from, step) {
        await from.saveState(path);
        [done, kept] = [step, log.length];
      },
      events: (event) => log.push(event),
    };
  }
  const train = (into: TrainingStore, signal?: AbortSignal, abort?: () => void) =>
    trainByPreference({
      engine,
      tokenizer: letters,
      examples: EXAMPLES,
      config,
      seed: 3,
      store: into,
      ...(signal ? { signal } : {}),
      afterStep: async (step) => {
        if (step === 3) abort?.();
      },
    });

  it('comes to rank the pairs right, and ends the same when it was interrupted', async () => {
    const whole = store();
    const { steps } = await train(whole);
    const last = whole.log.at(-1) as { loss: number; rankedRight: number };
    expect(steps).toBe(8);
    expect(last.loss).toBeLessThan((whole.log[0] as { loss: number }).loss);
    expect(last.rankedRight).toBe(1);
    const broken = store();
    const stop = new AbortController();
    await expect(train(broken, stop.signal, () => stop.abort())).rejects.toThrow('interrupted');
    await train(broken);
    expect(broken.log).toEqual(whole.log);
  });

  it('spends a budget of tokens instead of epochs where one is given', async () => {
    const spent = store();
    await trainByPreference({
      engine,
      tokenizer: letters,
      examples: EXAMPLES,
      config: { ...config, budgetTokens: 100 },
      seed: 3,
      store: spent,
    });
    const tokens = (spent.log as { trainedTokens: number }[]).map((event) => event.trainedTokens);
    const total = tokens.reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThanOrEqual(100);
    expect(total - tokens.at(-1)!).toBeLessThan(100);
  });
});
