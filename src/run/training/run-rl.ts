/** @file One reinforcement run: model + tasks + pairs -> a run folder with log, trained model and judged programs. */
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import { inputError } from '../../kernel/errors.ts';
import { degradeLabels } from '../../srcode/degraded-labels.ts';
import { createEnvironment } from '../../srcode/environment.ts';
import { createRewarder } from '../../srcode/reward/rewarder.ts';
import { type RlSummary, trainByReinforcement } from '../../srcode/rl/train.ts';
import { type RlRun, rlRunSchema } from '../training-config.ts';
import { chooseTasks } from './choose-tasks.ts';
import type { RunIo } from './fork-run.ts';
import { type PreparedTraining, runJudgedTraining } from './judged-training.ts';
import { type OpenLikelihoodModels, openLikelihoodModels } from './likelihood-models.ts';
import { type OpenModel, openModel } from './open-model.ts';
import { readRewardPairs } from './read-pairs.ts';
import { limitsFor } from './sandboxes.ts';

export const runReinforcement = (config: RlRun, io: RunIo): Promise<RlSummary> =>
  runJudgedTraining(config, rlRunSchema, config.rl.maxTokens, io, () => prepare(config));

async function prepare(config: RlRun): Promise<PreparedTraining<RlSummary>> {
  const tasks = await chooseTasks(config.tasks);
  const analyzer = await createEmbeddedAnalyzer();
  const pairs = config.pairs === undefined ? [] : await readRewardPairs(config.pairs);
  const errors = config.reward.labelErrors;
  const degraded = errors ? degradeLabels(errors) : undefined;
  const model = await openModel(config, { valueHead: config.rl.algorithm === 'ppo' });
  const reference = config.rl.kl.weight > 0 ? (await openModel(config)).engine : undefined;
  const likelihood = await likelihoodOf(config, model.tokenizer);
  const rewarder = createRewarder({
    units: config.rl.credit === 'unit',
    channels: config.reward.channels,
    imports: config.reward.imports,
    ...(likelihood ? { likelihood } : {}),
    pairs: degraded?.pairs(pairs) ?? pairs,
    ...(degraded ? { idioms: degraded.idioms } : {}),
    instance: config.rl.instanceReward,
  });
  return {
    model,
    reference,
    train: (frame, sandboxes) =>
      trainByReinforcement({
        ...frame,
        tasks,
        environment: createEnvironment({
          sandboxFor: sandboxes.sandboxFor,
          analyze(source, tree) {
            const analysis = analyzer.analyzeSync(source, tree);
            return degraded?.analysis(source, analysis) ?? analysis;
          },
          limitsFor,
        }),
        rewarder,
        config: config.rl,
      }),
    close: async () => likelihood?.close(),
  };
}

/** Opened only when the channel is on. */
async function likelihoodOf(
  { reward, threads }: RlRun,
  tokenizer: OpenModel['tokenizer'],
): Promise<OpenLikelihoodModels | undefined> {
  if (reward.channels.likelihood === 0) return undefined;
  if (reward.likelihoodModels === undefined)
    throw inputError(
      'reward.channels.likelihood is on without reward.likelihoodModels',
      'set reward.likelihoodModels.fixed and .vulnerable to two folders made by `vul2safe sft --set side=...`',
    );
  return openLikelihoodModels(reward.likelihoodModels, tokenizer, threads);
}
