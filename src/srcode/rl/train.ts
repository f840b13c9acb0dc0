/**
 * @file SRCode's reinforcement stage: sample, judge, reward token by token, make advantages, update; one loop for every
 * algorithm and granularity. recipes/rl-loop.ts shows the same idea in one readable file.
 * Steps draw their randomness from (seed, step), so that a resumed run repeats what an uninterrupted one does.
 */
import type { LossSpec } from '../../data/datum.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { Vul2SafeError } from '../../kernel/errors.ts';
import { type Progress, silentProgress } from '../../kernel/events.ts';
import { createRandom } from '../../kernel/random.ts';
import { ClipCounter } from '../losses.ts';
import { answerPart, answerStart } from '../rollouts.ts';
import type { TrainingStore } from '../training-store.ts';
import { type Batch, type BatchSetup, gatherBatch } from './batch.ts';
import type { RlConfig } from './config.ts';
import { alarmsOf, readMonitors } from './monitors.ts';
import { type PolicyItem, policyData } from './policy-data.ts';

export interface RlSetup extends BatchSetup {
  /** The frozen policy for the KL term and its log; optional when config.kl.weight is 0. */
  readonly reference?: TrainingEngine;
  readonly store: TrainingStore;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  readonly label?: string;
  /** Called before the first and after every step, before its checkpoint: for evaluations that belong to the learning curve. */
  readonly afterStep?: (step: number) => Promise<void>;
}

export interface RlSummary {
  readonly steps: number;
  /** Set when a monitor stopped the run. */
  readonly stoppedBy?: string;
}

export async function trainByReinforcement(setup: RlSetup): Promise<RlSummary> {
  const { config, engine, store } = setup;
  requireCapabilities(setup);
  let step = await store.resume(engine);
  if (step === 0) await setup.afterStep?.(0);
  const label = setup.label ?? `rl ${config.granularity}`;
  const stage = (setup.progress ?? silentProgress).stage(label, config.steps, 'steps');
  stage.advance(step);
  let firstLength = 0;
  while (step < config.steps) {
    if (setup.signal?.aborted) {
      await store.checkpoint(engine, step);
      throw new Vul2SafeError('interrupted', `${label}: interrupted after step ${step}`, {
        hint: 'run the same command again to resume',
      });
    }
    const batch = await gatherBatch(setup, step);
    const reading = readMonitors(
      batch.all.map((item) => ({
        task: item.task,
        program: item.program,
        parses: item.analysis.status === 'analysed',
      })),
    );
    firstLength ||= reading.meanLength;
    const alarms = alarmsOf(reading, firstLength, config.monitors);
    if (alarms.length > 0 && config.monitors.stop) {
      await store.checkpoint(engine, step);
      store.events({ event: 'run-stopped', step, alarms });
      stage.finish(`stopped: ${alarms[0]}`);
      return { steps: step, stoppedBy: alarms.join('; ') };
    }
    const update = await updatePolicy(setup, batch, step);
    step++;
    const figures = batchFigures(batch);
    store.events({
      event: 'step-finished',
      step,
      ...figures,
      ...update,
      monitors: reading,
      alarms,
    });
    await setup.afterStep?.(step);
    if (step % config.checkpointEverySteps === 0 || step === config.steps)
      await store.checkpoint(engine, step);
    stage.advance(
      1,
      `works ${percent(figures.functionalRate)}, findings ${percent(figures.findingRate)}${alarms[0] ? `  ! ${alarms[0]}` : ''}`,
    );
  }
  stage.finish();
  return { steps: step };
}

const percent = (value: number): string => `${(100 * value).toFixed(0)}%`;

function requireCapabilities({ config, engine, reference }: RlSetup): void {
  const { capabilities } = engine;
  if (!capabilities.losses.includes(config.loss.name)) {
    throw new Vul2SafeError(
      'usage',
      `engine "${capabilities.name}" has no loss "${config.loss.name}"`,
      { hint: `choose one of ${capabilities.losses.join(', ')}` },
    );
  }
  if (config.algorithm === 'ppo' && !capabilities.critic) {
    throw new Vul2SafeError(
      'usage',
      `algorithm "ppo" needs a critic, which engine "${capabilities.name}" does not train here`,
      { hint: 'choose rloo, grpo or reinforce++' },
    );
  }
  if (config.algorithm === 'ppo' && config.credit === 'unit') {
    throw new Vul2SafeError(
      'usage',
      'credit "unit" has no meaning with algorithm "ppo": its critic makes the baseline',
      {
        hint: 'choose rloo, grpo or reinforce++, or set credit to program',
      },
    );
  }
  if (config.kl.weight > 0 && !reference) {
    throw new Vul2SafeError('usage', 'kl.weight > 0 needs a reference policy', {
      hint: 'give one, or set kl.weight to 0',
    });
  }
}

function batchFigures(batch: Batch) {
  const count = Math.max(1, batch.all.length);
  const share = (test: (item: Batch['all'][number]) => boolean): number =>
    batch.all.filter(test).length / count;
  return {
    programs: batch.all.length,
    sampledTokens: batch.sampledTokens,
    droppedGroups: batch.droppedGroups,
    meanInstanceReward: batch.all.reduce((sum, item) => sum + item.instance.value, 0) / count,
    meanTokenReward:
      batch.all.reduce((sum, item) => sum + item.tokens.rewards.reduce((a, b) => a + b, 0), 0) /
      count,
    functionalRate: share((item) => item.functional === true),
    findingRate: share(
      (item) => item.analysis.status === 'analysed' && item.analysis.findings.length > 0,
    ),
    notAnalysableRate: share((item) => item.analysis.status === 'not-analysable'),
  };
}

async function updatePolicy(setup: RlSetup, batch: Batch, step: number) {
  const { config, engine } = setup;
  if (batch.groups.length === 0) return { updates: 0, loss: 0, gradientNorm: 0, trainedTokens: 0 };
  const { items, meanKl } = await policyData(batch, config, engine, setup.reference);
  const loss: LossSpec =
    config.loss.name === 'importance_sampling' ? { name: 'importance_sampling' } : config.loss;
  const clip = new ClipCounter();
  const critic =
    config.algorithm === 'ppo'
      ? {
          coefficient: config.critic.coefficient,
          ...(config.critic.clip ? { clip: config.critic.clip } : {}),
        }
      : undefined;
  const rate = config.learningRate * Math.min(1, (step + 1) / Math.max(1, config.warmupSteps));
  let totalLoss = 0;
  let norm = 0;
  let updates = 0;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const order = createRandom(setup.seed, 'rl-minibatches', step, epoch).shuffle(items);
    const size = Math.ceil(order.length / config.minibatches);
    for (let from = 0; from < order.length; from += size) {
      const part = order.slice(from, from + size);
      const output = await engine.forwardBackward(rescaled(part, items.length), loss, critic);
      part.forEach((item, i) => {
        countClips(clip, config, item, output.logprobs[i]!);
      });
      totalLoss += output.loss;
      const { gradientNorm } = await engine.optimStep({
        learningRate: rate,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: config.weightDecay,
        gradientClipNorm: config.gradientClipNorm,
      });
      norm = Math.max(norm, gradientNorm);
      updates++;
    }
  }
  const trainedTokens =
    config.epochs * items.reduce((sum, item) => sum + item.experience.rollout.tokens.length, 0);
  return {
    updates,
    loss: totalLoss / updates,
    gradientNorm: norm,
    trainedTokens,
    learningRate: rate,
    clip: clip.statistics(),
    ...(Number.isNaN(meanKl) ? {} : { kl: meanKl }),
  };
}

/** Weights were set for the whole batch; a minibatch of it is scaled up to the same size of update. */
function rescaled(part: readonly PolicyItem[], all: number) {
  const factor = all / part.length;
  if (factor === 1) return part.map((item) => item.datum);
  return part.map(({ datum }) => ({
    ...datum,
    weights: datum.weights.map((weight) => weight * factor),
  }));
}

function countClips(
  clip: ClipCounter,
  config: RlConfig,
  item: PolicyItem,
  logprobs: Float32Array,
): void {
  const { rollout, tokens } = item.experience;
  const ours = answerPart(rollout, logprobs);
  const start = answerStart(rollout);
  for (let t = 0; t < rollout.tokens.length; t++) {
    clip.add(
      config.loss,
      Math.exp(ours[t]! - rollout.logprobs[t]!),
      item.datum.advantages![start + t]!,
      tokens.rewards[t] !== 0,
    );
  }
}
