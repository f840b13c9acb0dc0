/**
 * @file A teacher made of any chat model: each step has its prompt (prompts/), its schema (steps.ts) and one round in which
 * a malformed answer may be mended. Failures of a question are values; failures of the run are thrown.
 */
import type { z } from 'zod';
import { contentHash } from '../kernel/content-hash.ts';
import { ChatFailure } from './chat-failure.ts';
import type { ChatAnswer, ChatMessage, ChatModel } from './chat-model.ts';
import { COMPARE_VERSION, compareMessages } from './prompts/compare.ts';
import { DETECT_VERSION, detectMessages } from './prompts/detect.ts';
import { REFLECT_VERSION, reflectMessages } from './prompts/reflect.ts';
import { REPAIR_VERSION, repairMessages } from './prompts/repair.ts';
import { WRITE_PROMPTS_VERSION, writePromptsMessages } from './prompts/write-prompts.ts';
import {
  comparisonSchema,
  critiqueSchema,
  detectionSchema,
  repairSchema,
  writtenPromptsSchema,
} from './steps.ts';
import { jsonSchemaOf, parseStructured } from './structured-answer.ts';
import type { StepAnswer, StepCost, Teacher } from './teacher.ts';

export interface ChatTeacherOptions {
  /** Name used in the log until a server says which model answered. */
  readonly modelName: string;
  /** For detection votes; the other steps are asked at 0. */
  readonly voteTemperature: number;
  readonly promptTemperature: number;
  readonly maxTokens: number;
}

export const DEFAULT_CHAT_TEACHER: Omit<ChatTeacherOptions, 'modelName'> = {
  voteTemperature: 0.7,
  promptTemperature: 0.9,
  maxTokens: 4096,
};

interface Step<S extends z.ZodType> {
  readonly version: string;
  readonly schema: S;
  readonly messages: readonly ChatMessage[];
  readonly temperature: number;
  readonly vote: number;
}

export function createChatTeacher(model: ChatModel, options: ChatTeacherOptions): Teacher {
  const ask = <S extends z.ZodType>(step: Step<S>, signal?: AbortSignal) =>
    askStep(model, options, step, signal);
  return {
    name: model.name,
    repairOrigin: 'teacher',
    voices: true,
    detect: (question, signal) =>
      ask(
        {
          version: DETECT_VERSION,
          schema: detectionSchema,
          messages: detectMessages(question),
          temperature: options.voteTemperature,
          vote: question.vote,
        },
        signal,
      ),
    repair: (question, signal) =>
      ask(plain(REPAIR_VERSION, repairSchema, repairMessages(question)), signal),
    reflect: (question, signal) =>
      ask(plain(REFLECT_VERSION, critiqueSchema, reflectMessages(question)), signal),
    compare: (question, signal) =>
      ask(plain(COMPARE_VERSION, comparisonSchema, compareMessages(question)), signal),
    writePrompts: (question, signal) =>
      ask(
        {
          ...plain(WRITE_PROMPTS_VERSION, writtenPromptsSchema, writePromptsMessages(question)),
          temperature: options.promptTemperature,
        },
        signal,
      ),
  };
}

const plain = <S extends z.ZodType>(
  version: string,
  schema: S,
  messages: readonly ChatMessage[],
): Step<S> => ({ version, schema, messages, temperature: 0, vote: 0 });

async function askStep<S extends z.ZodType>(
  model: ChatModel,
  options: ChatTeacherOptions,
  step: Step<S>,
  signal: AbortSignal | undefined,
): Promise<StepAnswer<z.output<S>>> {
  const answers: ChatAnswer[] = [];
  const complete = async (messages: readonly ChatMessage[]): Promise<ChatAnswer> => {
    const { temperature, vote } = step;
    const request = { messages, schema: jsonSchemaOf(step.schema), temperature, vote };
    const answer = await model.complete({ ...request, maxTokens: options.maxTokens }, signal);
    answers.push(answer);
    return answer;
  };
  const cost = (): StepCost => costOfAnswers(answers, step, options.modelName);
  try {
    const first = await complete(step.messages);
    const parsed = parseStructured(step.schema, first.text);
    if (parsed.ok) return { ok: true, verdict: parsed.value, cost: cost() };
    const second = await complete(mendMessages(step.messages, first.text, parsed.error));
    const mended = parseStructured(step.schema, second.text);
    if (mended.ok) return { ok: true, verdict: mended.value, cost: cost() };
    return { ok: false, failure: 'teacher-malformed', detail: mended.error, cost: cost() };
  } catch (thrown) {
    if (!ChatFailure.isInstance(thrown)) throw thrown;
    return { ok: false, failure: thrown.failure, detail: thrown.message, cost: cost() };
  }
}

/** Of a malformed answer only the head is repeated; a flood must not be paid for twice. */
const REPEATED_CHARACTERS = 4000;

const mendMessages = (
  messages: readonly ChatMessage[],
  text: string,
  error: string,
): ChatMessage[] => [
  ...messages,
  { role: 'assistant', content: text.slice(0, REPEATED_CHARACTERS) || '(nothing)' },
  {
    role: 'user',
    content: `That could not be used: ${error}. Give the same answer again as one complete JSON object of the form described, and nothing else.`,
  },
];

function costOfAnswers(
  answers: readonly ChatAnswer[],
  step: { readonly version: string; readonly messages: readonly ChatMessage[] },
  modelName: string,
): StepCost {
  return {
    model: answers.at(-1)?.model ?? modelName,
    promptHash: contentHash(step.messages, 16),
    promptVersion: step.version,
    inputTokens: answers.reduce((sum, answer) => sum + answer.inputTokens, 0),
    outputTokens: answers.reduce((sum, answer) => sum + answer.outputTokens, 0),
    costUsd: answers.reduce((sum, answer) => sum + answer.costUsd, 0),
  };
}
