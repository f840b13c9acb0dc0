/**
 * @file The localized preference stage: the strongest rival of reinforcement learning that needs no sampling, kept as one more
 * arm for comparison. The gradient of a pairwise loss is a weighted sum of log-probability gradients, so the port's losses
 * suffice: forward for the log-probabilities, the coefficient of every token from them (pair-loss.ts), and a backward pass with
 * `importance_sampling` at ratio 1, whose gradient is weight · advantage · grad lp.
 * A resumed run repeats what an uninterrupted one does: the order of pairs depends on (seed, epoch) alone.
 */
import type { Datum } from '../../data/datum.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { inputError, usageError, Vul2SafeError } from '../../kernel/errors.ts';
import { type Progress, silentProgress } from '../../kernel/events.ts';
import { createRandom } from '../../kernel/random.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { plainDatum, type PromptRenderer } from '../rollouts.ts';
import { scheduledRate } from '../sft/train.ts';
import type { TrainingStore } from '../training-store.ts';
import type { LpoConfig } from './config.ts';
import { type PairLoss, pairLoss, type ScoredAnswer } from './pair-loss.ts';
import {
  type PreferenceAnswer,
  type PreferenceExample,
  type PreferencePair,
  preferencePair,
} from './preference-pair.ts';

export interface PreferenceSetup {
  readonly engine: TrainingEngine;
  /** The starting model, frozen; needed for the objective 'reference'. */
  readonly reference?: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly examples: readonly PreferenceExample[];
  readonly config: LpoConfig;
  readonly seed: number;
  readonly store: TrainingStore;
  readonly render?: PromptRenderer;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  readonly label?: string;
  /** Called before the first and after every step, before its checkpoint. */
  readonly afterStep?: (step: number) => Promise<void>;
}

export interface PreferenceSummary {
  readonly steps: number;
  readonly pairs: number;
  readonly tooLong: number;
}

export async function trainByPreference(setup: PreferenceSetup): Promise<PreferenceSummary> {
  const { engine, config, store } = setup;
  if (config.objective === 'reference' && !setup.reference)
    throw usageError('objective "reference" needs a reference model', 'give one');
  const all = setup.examples.map((example) =>
    preferencePair(example, setup.tokenizer, {
      localized: config.localized,
      ...(setup.render ? { render: setup.render } : {}),
    }),
  );
  const usable = all.filter(
    ({ chosen, rejected }) =>
      Math.max(lengthOf(chosen), lengthOf(rejected)) <= config.maxTokens &&
      chosen.mask.includes(1) &&
      rejected.mask.includes(1),
  );
  if (usable.length === 0)
    throw inputError(
      `none of ${all.length} pairs has two different answers that fit in ${config.maxTokens} tokens`,
      'raise lpo.maxTokens or give other pairs',
    );
  const batchOf = createBatches(usable, config.batchSize, setup.seed);
  const steps = stepsOf(batchOf, usable.length, config);
  let step = await store.resume(engine);
  if (step === 0) await setup.afterStep?.(0);
  const label = setup.label ?? 'lpo';
  const stage = (setup.progress ?? silentProgress).stage(label, steps, 'steps');
  stage.advance(step);
  while (step < steps) {
    if (setup.signal?.aborted) {
      await store.checkpoint(engine, step);
      throw new Vul2SafeError('interrupted', `${label}: interrupted after step ${step}`, {
        hint: 'run the same command again to resume',
      });
    }
    const batch = batchOf(step);
    const figures = await updateByPairs(setup, batch, scheduledRate(config, (step + 1) / steps));
    step++;
    store.events({ event: 'step-finished', step, ...figures });
    await setup.afterStep?.(step);
    if (step % config.checkpointEverySteps === 0 || step === steps)
      await store.checkpoint(engine, step);
    stage.advance(1, `ranked right ${(100 * figures.rankedRight).toFixed(0)}%`);
  }
  stage.finish();
  return { steps, pairs: usable.length, tooLong: all.length - usable.length };
}

const lengthOf = ({ promptTokens, tokens }: PreferenceAnswer): number =>
  promptTokens.length + tokens.length;
const answerTokens = (batch: readonly PreferencePair[]): number =>
  batch.reduce(
    (sum, { chosen, rejected }) => sum + chosen.tokens.length + rejected.tokens.length,
    0,
  );

/** The pairs of a step: a walk through seeded permutations. */
function createBatches(
  pairs: readonly PreferencePair[],
  size: number,
  seed: number,
): (step: number) => PreferencePair[] {
  const perEpoch = Math.ceil(pairs.length / size);
  let known: { epoch: number; order: readonly PreferencePair[] } | undefined;
  return (step) => {
    const epoch = Math.floor(step / perEpoch);
    if (known?.epoch !== epoch)
      known = { epoch, order: createRandom(seed, 'lpo-order', epoch).shuffle(pairs) };
    const from = (step % perEpoch) * size;
    return known.order.slice(from, from + size);
  };
}

/** Whole epochs, or as many steps as it takes to spend the budget. */
function stepsOf(
  batchOf: (step: number) => readonly PreferencePair[],
  pairs: number,
  { epochs, budgetTokens, batchSize }: LpoConfig,
): number {
  if (budgetTokens === undefined) return epochs * Math.ceil(pairs / batchSize);
  let steps = 0;
  for (let spent = 0; spent < budgetTokens; steps++) spent += answerTokens(batchOf(steps));
  return steps;
}

async function updateByPairs(
  { engine, reference, config }: PreferenceSetup,
  batch: readonly PreferencePair[],
  learningRate: number,
) {
  const { data, losses } = await preferenceData(batch, config, engine, reference);
  await engine.forwardBackward(data, { name: 'importance_sampling' });
  const { gradientNorm } = await engine.optimStep({
    learningRate,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: config.weightDecay,
    gradientClipNorm: config.gradientClipNorm,
  });
  const mean = (pick: (loss: PairLoss) => number): number =>
    losses.reduce((sum, loss) => sum + pick(loss), 0) / losses.length;
  return {
    loss: mean((loss) => loss.total),
    preferenceLoss: mean((loss) => loss.preference),
    supervisedLoss: mean((loss) => loss.supervised),
    lead: mean((loss) => loss.lead),
    rankedRight: mean((loss) => Number(loss.lead > 0)),
    trainedTokens: answerTokens(batch),
    gradientNorm,
    learningRate,
  };
}

/** Data whose importance-sampling gradient is the gradient of the batch's mean loss, and the losses. */
export async function preferenceData(
  batch: readonly PreferencePair[],
  objective: Pick<LpoConfig, 'objective' | 'beta' | 'margin' | 'supervisedWeight'>,
  engine: TrainingEngine,
  reference: TrainingEngine | undefined,
): Promise<{ data: Datum[]; losses: PairLoss[] }> {
  const answers = batch.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const plain = answers.map(plainDatum);
  const { logprobs } = await engine.forward(plain);
  const old = objective.objective === 'reference' ? await reference?.forward(plain) : undefined;
  const scored = answers.map((answer, i): ScoredAnswer => {
    const start = answer.promptTokens.length - 1;
    return {
      logprobs: logprobs[i]!.subarray(start),
      ...(old ? { reference: old.logprobs[i]!.subarray(start) } : {}),
      mask: answer.mask,
    };
  });
  const losses = batch.map((_, pair) =>
    pairLoss(scored[2 * pair]!, scored[2 * pair + 1]!, objective),
  );
  const data = answers.map((answer, i): Datum => {
    const loss = losses[i >> 1]!;
    const advantages = new Float32Array(plain[i]!.input.length);
    advantages.set(
      i % 2 === 0 ? loss.chosenPull : loss.rejectedPull,
      answer.promptTokens.length - 1,
    );
    return {
      ...plain[i]!,
      weights: plain[i]!.weights.map((weight) => weight / batch.length),
      logprobs: logprobs[i]!,
      advantages,
    };
  });
  return { data, losses };
}
