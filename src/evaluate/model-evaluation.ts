/** @file Samples a model on tasks that can be executed and judges every program. */
import type { Task } from '../data/task.ts';
import type { TrainingEngine } from '../engine/training-engine.ts';
import { type Progress, silentProgress } from '../kernel/events.ts';
import { createRandom } from '../kernel/random.ts';
import type { Sandbox, SandboxLimits } from '../sandbox/sandbox.ts';
import { programOf } from '../srcode/answer.ts';
import { sampleRollouts } from '../srcode/rollouts.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { JudgedProgram } from './arm-rates.ts';
import { judgeByExecution } from './execution-judge.ts';

export interface ModelEvaluation {
  readonly engine: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly tasks: readonly Task[];
  readonly samplesPerTask: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
  sandboxFor(language: Task['language']): Promise<Sandbox>;
  limitsFor(language: Task['language']): SandboxLimits;
  readonly progress?: Progress;
  readonly label?: string;
}

/** Programs sampled at a time: bounds memory, and gives the progress bar something to move by. */
const TASKS_PER_ROUND = 64;

/** The same seed samples every model with the same random streams, so that arms are compared pair by pair. */
export async function evaluateModel(setup: ModelEvaluation): Promise<JudgedProgram[]> {
  const total = setup.tasks.length * setup.samplesPerTask;
  const stage = (setup.progress ?? silentProgress).stage(
    setup.label ?? 'evaluate',
    total,
    'programs',
  );
  const judged: JudgedProgram[] = [];
  for (let from = 0; from < setup.tasks.length; from += TASKS_PER_ROUND) {
    const tasks = setup.tasks.slice(from, from + TASKS_PER_ROUND);
    const rollouts = await sampleRollouts(setup, tasks, setup.samplesPerTask, {
      maxTokens: setup.maxTokens,
      temperature: setup.temperature,
      topP: 1,
      topK: -1,
      seed: createRandom(setup.seed, 'evaluation-sampling', from).uint32(),
      stopTokens: [setup.tokenizer.endOfTextId],
    });
    for (const [index, task] of tasks.entries()) {
      const sandbox = await setup.sandboxFor(task.language);
      for (const [sample, rollout] of rollouts[index]!.entries()) {
        const program = programOf(rollout.text);
        const { tests: _, ...verdict } = await judgeByExecution(
          task,
          program,
          sandbox,
          setup.limitsFor(task.language),
        );
        judged.push({
          taskId: task.id,
          families: task.families,
          cwe: task.cwe,
          weakSpots: task.weakSpots,
          split: task.split,
          sample,
          program,
          ...verdict,
        });
        stage.advance(1);
      }
    }
  }
  stage.finish();
  return judged;
}
