/** @file One reinforcement run: model + tasks + pairs -> a run folder with log, trained model and judged programs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { inputError } from '../../kernel/errors.ts';
import { createEnvironment } from '../../srcode/environment.ts';
import { degradeLabels } from '../../srcode/degraded-labels.ts';
import { createRewarder } from '../../srcode/reward/rewarder.ts';
import { type RlSummary, trainByReinforcement } from '../../srcode/rl/train.ts';
import { openRunFolder } from '../run-folder.ts';
import { type RlRun, rlRunSchema } from '../training-config.ts';
import { chooseTasks } from './choose-tasks.ts';
import { addCurvePoint } from './curve-point.ts';
import type { RunIo } from './fork-run.ts';
import { type OpenLikelihoodModels, openLikelihoodModels } from './likelihood-models.ts';
import { judgeSets } from './judge-sets.ts';
import { measureDrift } from './measure-drift.ts';
import { type OpenModel, openModel } from './open-model.ts';
import { readRewardPairs } from './read-pairs.ts';
import { openSandboxes, limitsFor } from './sandboxes.ts';

export async function runReinforcement(config: RlRun, io: RunIo): Promise<RlSummary> {
  const run = openRunFolder(config.out, config, config.seed, rlRunSchema);
  const done = join(config.out, 'done.json');
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8')) as RlSummary;
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
  const sandboxes = openSandboxes();
  const label = config.out.split('/').slice(-2).join('/');
  try {
    const summary = await trainByReinforcement({
      engine: model.engine,
      tokenizer: model.tokenizer,
      ...(reference ? { reference } : {}),
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
      seed: config.seed,
      store: run.store,
      progress: io.progress,
      ...(io.signal ? { signal: io.signal } : {}),
      label,
      afterStep: (step) =>
        addCurvePoint(model, step, {
          plan: config.evaluation,
          maxTokens: config.rl.maxTokens,
          sandboxes,
          events: run.events,
        }),
    });
    await judgeSets(model, config.final, config.rl.maxTokens, config.out, label, sandboxes, io);
    if (config.drift) await measureDrift(model, config, config.drift, config.rl.maxTokens);
    await model.engine.exportModel(join(config.out, 'model'));
    writeFileAtomic(done, JSON.stringify(summary));
    return summary;
  } finally {
    await sandboxes.close();
    await model.engine.close();
    await reference?.close();
    await likelihood?.close();
  }
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
