/** @file One reinforcement run: model + tasks + pairs -> a run folder with log, trained model and judged programs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import { ratesOf } from '../../evaluate/arm-rates.ts';
import { evaluateModel } from '../../evaluate/model-evaluation.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { createEnvironment } from '../../srcode/environment.ts';
import { createRewarder } from '../../srcode/reward/rewarder.ts';
import { type RlSummary, trainByReinforcement } from '../../srcode/rl/train.ts';
import { openRunFolder } from '../run-folder.ts';
import type { RlRun } from '../training-config.ts';
import { chooseTasks } from './choose-tasks.ts';
import type { RunIo } from './fork-run.ts';
import { judgeSets } from './judge-sets.ts';
import { type OpenModel, openModel } from './open-model.ts';
import { readPairs } from './read-pairs.ts';
import { openSandboxes, type Sandboxes, limitsFor } from './sandboxes.ts';

export async function runReinforcement(config: RlRun, io: RunIo): Promise<RlSummary> {
  const run = openRunFolder(config.out, config, config.seed);
  const done = join(config.out, 'done.json');
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8')) as RlSummary;
  const tasks = await chooseTasks(config.tasks);
  const analyzer = await createEmbeddedAnalyzer();
  const pairs = config.pairs === undefined ? [] : await readPairs(config.pairs);
  const rewarder = createRewarder({
    units: config.rl.credit === 'unit',
    channels: config.reward.channels,
    pairs: pairs.map((pair) => ({
      id: pair.id,
      language: pair.function.language,
      vulnerable: pair.function.code,
      fixed: pair.fixedCode,
      confidence: pair.confidence,
    })),
    instance: config.rl.instanceReward,
  });
  const model = await openModel(config, { valueHead: config.rl.algorithm === 'ppo' });
  const reference = config.rl.kl.weight > 0 ? (await openModel(config)).engine : undefined;
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
        analyze: analyzer.analyzeSync,
        limitsFor,
      }),
      rewarder,
      config: config.rl,
      seed: config.seed,
      store: run.store,
      progress: io.progress,
      ...(io.signal ? { signal: io.signal } : {}),
      label,
      afterStep: (step) => evaluateStep(config, model, sandboxes, step, run.events),
    });
    await judgeSets(model, config.final, config.rl.maxTokens, config.out, label, sandboxes, io);
    await model.engine.exportModel(join(config.out, 'model'));
    writeFileAtomic(done, JSON.stringify(summary));
    return summary;
  } finally {
    await sandboxes.close();
    await model.engine.close();
    await reference?.close();
  }
}

/** A point of the learning curve, on validation tasks. */
async function evaluateStep(
  config: RlRun,
  { engine, tokenizer }: OpenModel,
  sandboxes: Sandboxes,
  step: number,
  events: (event: { event: string }) => void,
): Promise<void> {
  const plan = config.evaluation;
  if (plan.everySteps === 0 || step % plan.everySteps !== 0) return;
  const judged = await evaluateModel({
    engine,
    tokenizer,
    tasks: await chooseTasks(plan.tasks),
    samplesPerTask: plan.samplesPerTask,
    maxTokens: config.rl.maxTokens,
    temperature: plan.temperature,
    seed: plan.seed,
    sandboxFor: sandboxes.sandboxFor,
    limitsFor,
  });
  const rates = ratesOf(judged, plan.seed);
  const point = {
    event: 'evaluation-finished',
    step,
    programs: rates.programs,
    functionalRate: rates.functionalRate.value,
    insecureRate: rates.insecureRate.value,
    jointRate: rates.jointRate.value,
    rates,
  };
  events(point);
}
