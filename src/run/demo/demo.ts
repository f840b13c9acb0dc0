/**
 * @file The whole loop in one command: records -> PrimeVul+ -> supervised fine-tuning -> reinforcement learning with instance-level and with
 * token-level reward, equal budget -> programs judged by execution -> summary.json and report.html. Every stage is kept when done, so a
 * demo killed at any moment goes on where it was and ends with the same figures.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { readModelConfig } from '../../models/config.ts';
import { claimFolder } from '../run-folder.ts';
import { countParameters } from '../base/train-base.ts';
import { readJudged } from '../ablate/collect.ts';
import { chooseTasks } from '../training/choose-tasks.ts';
import { forkRuns, type RunIo } from '../training/fork-run.ts';
import type { ToChild } from '../training/messages.ts';
import { BASE_MODEL } from '../training/open-model.ts';
import type { FinalSet, RlRun, SftRun } from '../training-config.ts';
import { rlRunSchema, sftRunSchema } from '../training-config.ts';
import { buildDemoData } from './build-data.ts';
import { demoPlan, type DemoPlan, type DemoSize } from './plan.ts';
import { demoFolders, type DemoFolders } from './folders.ts';
import { demoReport } from './report.ts';
import { createStageRunner } from './stage.ts';
import {
  ARM_NAMES,
  type ArmName,
  type DemoSummary,
  FAMILIES,
  INSTANCES,
  summariseArm,
} from './summary.ts';
import { verdictOfArms } from './verdict.ts';

export interface DemoOptions {
  readonly out: string;
  readonly seed: number;
  readonly size: DemoSize;
}

/** Two processes of one thread each: two arms side by side use two cores better than one arm with two threads. */
const PARALLEL = 2;

export async function runDemo(options: DemoOptions, io: RunIo): Promise<DemoSummary> {
  const plan = demoPlan(options.seed, options.size);
  const folders = demoFolders(options.out);
  mkdirSync(options.out, { recursive: true });
  claimFolder(options.out, 'demo.json', { seed: options.seed, size: options.size });
  const stages = createStageRunner(options.out);
  const fork = (jobs: ToChild[]) => forkRuns(jobs, PARALLEL, io);

  const data = await stages.run('build', () => buildDemoData(plan, folders.data, io));
  await stages.run('fine-tune', async () => {
    await fork([
      { kind: 'sft', config: sftRun(plan, folders) },
      evaluationOf('base', BASE_MODEL, plan, folders),
    ]);
    return true;
  });
  const start = join(folders.arm('sft'), 'model');
  await stages.run('reinforce', async () => {
    await fork([
      { kind: 'rl', config: rlRun('instance', start, plan, folders) },
      { kind: 'rl', config: rlRun('token', start, plan, folders) },
      evaluationOf('sft', start, plan, folders),
    ]);
    return true;
  });

  const judged = new Map(ARM_NAMES.map((name) => [name, readJudged(folders.arm(name))]));
  const model = readModelConfig(BASE_MODEL);
  const summary: DemoSummary = {
    seed: plan.seed,
    wallSeconds: Math.round(stages.totalSeconds()),
    vul2safe: {
      functions: data.in,
      pairs: data.pairs,
      rejected: data.rejected,
      prompts: data.prompts,
    },
    model: { parameters: countParameters(model), vocabulary: model.vocabularySize },
    arms: ARM_NAMES.map((name) => summariseArm(name, judged.get(name)!)),
    verdict: verdictOfArms(
      judged.get('token')!.get(INSTANCES)!,
      judged.get('instance')!.get(INSTANCES)!,
    ),
  };
  writeFileAtomic(
    join(options.out, 'report.html'),
    await demoReport({
      plan,
      summary,
      folders,
      judged,
      data,
      tasks: await chooseTasks(finalSets(plan)[0]!.tasks),
    }),
  );
  writeFileAtomic(join(options.out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

function finalSets(plan: DemoPlan): FinalSet[] {
  const set = (name: string, split: FinalSet['tasks']['split'], count: number): FinalSet => ({
    name,
    tasks: { split, seed: plan.seed, count },
    samplesPerTask: plan.evaluation.samplesPerTask,
    temperature: plan.temperature,
    seed: plan.seed,
  });
  return [
    set(INSTANCES, 'held-out-instance', plan.evaluation.instances),
    set(FAMILIES, 'held-out-family', plan.evaluation.families),
  ];
}

const evaluationOf = (
  name: ArmName,
  model: string,
  plan: DemoPlan,
  folders: DemoFolders,
): ToChild => ({
  kind: 'evaluation',
  config: {
    out: folders.arm(name),
    model,
    threads: 1,
    label: name,
    maxTokens: plan.rl.token.maxTokens,
    sets: finalSets(plan),
  },
});

const sftRun = (plan: DemoPlan, folders: DemoFolders): SftRun =>
  sftRunSchema.parse({
    seed: plan.seed,
    out: folders.arm('sft'),
    model: BASE_MODEL,
    threads: 1,
    pairs: folders.data,
    sft: plan.sft,
  });

const rlRun = (
  arm: 'instance' | 'token',
  model: string,
  plan: DemoPlan,
  folders: DemoFolders,
): RlRun =>
  rlRunSchema.parse({
    seed: plan.seed,
    out: folders.arm(arm),
    model,
    threads: 1,
    pairs: folders.data,
    tasks: { split: 'train', seed: plan.seed, count: plan.trainingTasks },
    rl: plan.rl[arm],
    evaluation: {
      everySteps: plan.curve.everySteps,
      temperature: plan.temperature,
      tasks: { split: 'validation', seed: plan.seed, count: plan.curve.tasks },
    },
    final: finalSets(plan),
  });
