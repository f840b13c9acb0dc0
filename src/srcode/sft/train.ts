/**
 * @file Supervised fine-tuning on (implicit prompt -> program): cross-entropy on the whole answer, with extra weight on the
 * tokens under secure spans. The same loop trains the base model, whose examples have no spans.
 */
import type { Datum } from '../../data/datum.ts';
import type { Range } from '../../data/offsets.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { inputError, Vul2SafeError } from '../../kernel/errors.ts';
import { type Progress, silentProgress } from '../../kernel/events.ts';
import { createRandom } from '../../kernel/random.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { embeddedPrompt } from '../answer.ts';
import type { PromptRenderer } from '../rollouts.ts';
import type { TrainingStore } from '../training-store.ts';
import type { SftConfig } from './config.ts';

export interface SftExample {
  readonly prompt: string;
  readonly program: string;
  /** UTF-16 ranges in `program`. */
  readonly secureSpans?: readonly Range[];
}

export interface SftSetup {
  readonly engine: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly examples: readonly SftExample[];
  readonly config: SftConfig;
  readonly seed: number;
  readonly store: TrainingStore;
  readonly render?: PromptRenderer;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  readonly label?: string;
}

export interface SftSummary {
  readonly steps: number;
  readonly examples: number;
  readonly tooLong: number;
  readonly trainedTokens: number;
}

/** Prompt tokens weigh 0, answer tokens 1 (or `secureSpanWeight`), the end token 1. */
export function sftDatum(
  example: SftExample,
  tokenizer: Tokenizer,
  secureSpanWeight: number,
  render: PromptRenderer = embeddedPrompt,
): Datum {
  const prompt = tokenizer.encode(render(example.prompt)).ids;
  const answer = tokenizer.encode(example.program);
  const sequence = [...prompt, ...answer.ids, tokenizer.endOfTextId];
  const input = sequence.slice(0, -1);
  const weights = new Float32Array(input.length);
  weights.fill(1, prompt.length - 1);
  const spans = example.secureSpans ?? [];
  answer.ranges.forEach((range, t) => {
    if (spans.some((span) => span.start < range.end && range.start < span.end)) {
      weights[prompt.length - 1 + t] = secureSpanWeight;
    }
  });
  return { input, targets: sequence.slice(1), weights };
}

/** Linear warm-up, then cosine to `finalRateShare`. @param progress 0..1 */
export function scheduledRate(
  config: Pick<SftConfig, 'learningRate' | 'warmupShare' | 'finalRateShare'>,
  progress: number,
): number {
  if (progress < config.warmupShare) return config.learningRate * (progress / config.warmupShare);
  const along = (progress - config.warmupShare) / Math.max(1e-9, 1 - config.warmupShare);
  const cosine = (1 + Math.cos(Math.PI * Math.min(1, along))) / 2;
  return config.learningRate * (config.finalRateShare + (1 - config.finalRateShare) * cosine);
}

export async function trainSupervised(setup: SftSetup): Promise<SftSummary> {
  const { engine, config, store } = setup;
  const data = setup.examples.map((example) =>
    sftDatum(example, setup.tokenizer, config.secureSpanWeight, setup.render),
  );
  const usable = data.filter((datum) => datum.input.length <= config.maxTokens);
  if (usable.length === 0) {
    throw inputError(
      `none of ${data.length} examples fits in ${config.maxTokens} tokens`,
      'raise sft.maxTokens or give shorter examples',
    );
  }
  const stepsPerEpoch = Math.ceil(usable.length / config.batchSize);
  const steps = stepsPerEpoch * config.epochs;
  let step = await store.resume(engine);
  const stage = (setup.progress ?? silentProgress).stage(setup.label ?? 'sft', steps, 'steps');
  stage.advance(step);
  let trainedTokens = 0;
  let order: Datum[] = [];
  let orderEpoch = -1;
  while (step < steps) {
    if (setup.signal?.aborted) {
      await store.checkpoint(engine, step);
      throw new Vul2SafeError('interrupted', `sft interrupted after step ${step}`, {
        hint: 'run the same command again to resume',
      });
    }
    const epoch = Math.floor(step / stepsPerEpoch);
    if (epoch !== orderEpoch) {
      order = createRandom(setup.seed, 'sft-order', epoch).shuffle(usable);
      orderEpoch = epoch;
    }
    const from = (step % stepsPerEpoch) * config.batchSize;
    const batch = order.slice(from, from + config.batchSize);
    const total = batch.reduce((sum, datum) => sum + datum.weights.reduce((a, b) => a + b, 0), 0);
    const scaled = batch.map((datum) => ({
      ...datum,
      weights: datum.weights.map((weight) => weight / total),
    }));
    const { loss } = await engine.forwardBackward(scaled, { name: 'cross_entropy' });
    const learningRate = scheduledRate(config, (step + 1) / steps);
    const { gradientNorm } = await engine.optimStep({
      learningRate,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: config.weightDecay,
      gradientClipNorm: config.gradientClipNorm,
    });
    trainedTokens += batch.reduce((sum, datum) => sum + datum.input.length, 0);
    step++;
    store.events({ event: 'step-finished', step, loss, gradientNorm, learningRate });
    if (step % config.checkpointEverySteps === 0 || step === steps)
      await store.checkpoint(engine, step);
    stage.advance(1, `loss ${loss.toFixed(3)}`);
  }
  stage.finish();
  return { steps, examples: usable.length, tooLong: data.length - usable.length, trainedTokens };
}
