/**
 * @file Answers of a model folder run by the embedded engine. Tasks are sampled in rounds of 64, each round always as a
 * whole and with its own seed, exactly as the training runs judge their models: an interrupted evaluation goes on with the
 * same answers, and `eval` of a demo's arm gives the demo's figures.
 */
import type { TrainingEngine } from '../engine/training-engine.ts';
import { createRandom } from '../kernel/random.ts';
import type { ChatTemplate } from '../models/chat-template.ts';
import { ANSWER_TOKEN, embeddedPrompt } from '../srcode/answer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { AnswerSource } from './answer-source.ts';
import type { Problem } from './suites/suite.ts';

const TASKS_PER_ROUND = 64;

export interface EngineAnswers {
  readonly name: string;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
  readonly samplesPerTask: number;
  /** All problems of the run, in order: they decide which tasks share a round. */
  readonly problems: readonly Problem[];
  /** Of an instruct model; undefined for a base model. */
  readonly chat: ChatTemplate | undefined;
}

/** A model of this project reads its own answer mark, an instruct model its chat template, a base model text to continue. */
export function renderPrompt(
  prompt: string,
  tokenizer: Tokenizer,
  chat: ChatTemplate | undefined,
): string {
  if (tokenizer.encode(ANSWER_TOKEN).ids.length === 1) return embeddedPrompt(prompt);
  return chat ? chat.render([{ role: 'user', content: prompt }]) : `${prompt}\n`;
}

export function answersFromEngine(
  engine: TrainingEngine,
  tokenizer: Tokenizer,
  options: EngineAnswers,
): AnswerSource {
  const positions = new Map(options.problems.map((problem, index) => [problem, index]));
  let held: { readonly from: number; readonly texts: readonly string[][] } | undefined;
  const sampleRound = async (from: number): Promise<readonly string[][]> => {
    if (held?.from === from) return held.texts;
    const sampled = await engine.sample(
      options.problems.slice(from, from + TASKS_PER_ROUND).map((problem) => ({
        promptTokens: tokenizer.encode(renderPrompt(problem.prompt, tokenizer, options.chat)).ids,
        samples: options.samplesPerTask,
      })),
      {
        maxTokens: options.maxTokens,
        temperature: options.temperature,
        topP: 1,
        topK: -1,
        seed: createRandom(options.seed, 'evaluation-sampling', from).uint32(),
        stopTokens: [tokenizer.endOfTextId],
      },
    );
    const texts = sampled.map((sequences) =>
      sequences.map((sequence) => tokenizer.decode(sequence.tokens).text),
    );
    held = { from, texts };
    return texts;
  };
  return {
    name: options.name,
    batch: TASKS_PER_ROUND,
    available: () => Number.POSITIVE_INFINITY,
    async answer(requests) {
      const answers: string[] = [];
      for (const { problem, sample } of requests) {
        const at = positions.get(problem)!;
        const from = at - (at % TASKS_PER_ROUND);
        answers.push((await sampleRound(from))[at - from]![sample]!);
      }
      return answers;
    },
  };
}
