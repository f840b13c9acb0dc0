/** @file A point of the learning curve: the model as it stands, judged by execution on validation tasks, as an event. */
import { ratesOf } from '../../evaluate/arm-rates.ts';
import { evaluateModel } from '../../evaluate/model-evaluation.ts';
import type { EventSink } from '../../kernel/events.ts';
import type { EvaluationPlan } from '../training-config.ts';
import { chooseTasks } from './choose-tasks.ts';
import type { OpenModel } from './open-model.ts';
import { limitsFor, type Sandboxes } from './sandboxes.ts';

export interface CurvePoints {
  readonly plan: EvaluationPlan;
  readonly maxTokens: number;
  readonly sandboxes: Sandboxes;
  readonly events: EventSink;
}

/** Does nothing at steps that the plan passes over. */
export async function addCurvePoint(
  { engine, tokenizer }: OpenModel,
  step: number,
  { plan, maxTokens, sandboxes, events }: CurvePoints,
): Promise<void> {
  if (plan.everySteps === 0 || step % plan.everySteps !== 0) return;
  const judged = await evaluateModel({
    engine,
    tokenizer,
    tasks: await chooseTasks(plan.tasks),
    samplesPerTask: plan.samplesPerTask,
    maxTokens,
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
