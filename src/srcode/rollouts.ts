/** @file Sampling answers to tasks, and turning rollouts into training data. */
import type { Datum } from '../data/datum.ts';
import type { Rollout } from '../data/rollout.ts';
import type { Task } from '../data/task.ts';
import type {
  SampledSequence,
  SamplingParameters,
  TrainingEngine,
} from '../engine/training-engine.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { embeddedPrompt } from './answer.ts';

/** Renders a task's prompt for the model at hand; the default suits the embedded model. */
export type PromptRenderer = (prompt: string) => string;

export interface SamplingSetup {
  readonly engine: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly render?: PromptRenderer;
}

/** @returns [task][sample] */
export async function sampleRollouts(
  setup: SamplingSetup,
  tasks: readonly Task[],
  samples: number,
  parameters: SamplingParameters,
): Promise<Rollout[][]> {
  const render = setup.render ?? embeddedPrompt;
  const requests = tasks.map((task) => ({
    promptTokens: setup.tokenizer.encode(render(task.prompt.text)).ids,
    samples,
  }));
  const sampled = await setup.engine.sample(requests, parameters);
  return tasks.map((task, index) =>
    sampled[index]!.map((sequence) =>
      toRollout(task.id, requests[index]!.promptTokens, sequence, setup.tokenizer),
    ),
  );
}

function toRollout(
  taskId: string,
  promptTokens: readonly number[],
  sequence: SampledSequence,
  tokenizer: Tokenizer,
): Rollout {
  const { text, ranges } = tokenizer.decode(sequence.tokens);
  return {
    taskId,
    promptTokens,
    tokens: sequence.tokens,
    logprobs: sequence.logprobs,
    text,
    tokenRanges: ranges,
    finishReason: sequence.finishReason,
  };
}

/** Where a rollout's answer begins among the positions of its datum: position answerStart + t predicts answer token t. */
export const answerStart = (rollout: Rollout): number => rollout.promptTokens.length - 1;

/** The rollout as model input without any loss input: for `forward`. */
export function plainDatum(rollout: Pick<Rollout, 'promptTokens' | 'tokens'>): Datum {
  const sequence = [...rollout.promptTokens, ...rollout.tokens];
  const input = sequence.slice(0, -1);
  const weights = new Float32Array(input.length);
  weights.fill(1, rollout.promptTokens.length - 1);
  return { input, targets: sequence.slice(1), weights };
}

/** Lays a per-answer-token row onto the positions of the whole sequence; zero elsewhere. */
function placed(rollout: Rollout, length: number, row: ArrayLike<number>): Float32Array {
  const full = new Float32Array(length);
  full.set(row, answerStart(rollout));
  return full;
}

export interface PolicyDatumInputs {
  /** [answer token] */
  readonly advantages: Float32Array;
  /** Multiplies every action token's loss, e.g. 1 / (action tokens of the batch). */
  readonly weight: number;
  /** [answer token] */
  readonly returns?: Float32Array;
  /** [answer token] */
  readonly oldValues?: Float32Array;
}

export function policyDatum(rollout: Rollout, inputs: PolicyDatumInputs): Datum {
  const plain = plainDatum(rollout);
  const length = plain.input.length;
  for (let i = 0; i < length; i++) plain.weights[i]! *= inputs.weight;
  return {
    ...plain,
    logprobs: placed(rollout, length, rollout.logprobs),
    advantages: placed(rollout, length, inputs.advantages),
    ...(inputs.returns ? { returns: placed(rollout, length, inputs.returns) } : {}),
    ...(inputs.oldValues ? { oldValues: placed(rollout, length, inputs.oldValues) } : {}),
  };
}

/** The answer's part of a per-position row. */
export function answerPart(rollout: Rollout, row: Float32Array): Float32Array {
  const start = answerStart(rollout);
  return row.subarray(start, start + rollout.tokens.length);
}
