/** @file Where answers come from: a samples file or a chat server here, a model folder in engine-answers.ts. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { contentHash } from '../kernel/content-hash.ts';
import { readJsonLines } from '../data/jsonl.ts';
import { inputError } from '../kernel/errors.ts';
import type { ChatModel } from '../teacher/chat-model.ts';
import type { Problem } from './suites/suite.ts';

export interface AnswerRequest {
  readonly problem: Problem;
  /** 0-based. */
  readonly sample: number;
}

export interface AnswerSource {
  /** Named in the journal: a run is resumed only with the same source. */
  readonly name: string;
  /** How many answers it can give for this problem; Infinity for a model. */
  available(problem: Problem): number;
  /** Requests worth asking at once. */
  readonly batch: number;
  answer(requests: readonly AnswerRequest[], signal: AbortSignal): Promise<string[]>;
}

/** "solution" is what EvalPlus calls a whole program. */
const sampleSchema = z
  .object({
    task_id: z.union([z.string(), z.number()]),
    completion: z.string().optional(),
    solution: z.string().optional(),
  })
  .transform(({ task_id, completion, solution }, context) => {
    const text = completion ?? solution;
    if (text === undefined) {
      context.addIssue({ code: 'custom', message: 'neither "completion" nor "solution"' });
      return z.NEVER;
    }
    return { task_id, completion: text };
  });

const SAMPLES_HINT = 'expected JSON lines {"task_id": ..., "completion": "..."}';

const issueText = ({ issues: [issue] }: z.ZodError): string =>
  `${issue!.path.length > 0 ? `${issue!.path.join('.')}: ` : ''}${issue!.message}`;

const fieldsOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `it has ${Object.keys(value).slice(0, 12).join(', ') || 'no field'}`
    : `it is ${value === null ? 'null' : typeof value}`;

/** Lines {"task_id", "completion"}; several lines of one task are its samples in order. */
export interface SamplesFile extends AnswerSource {
  /** Task ids of the file that the suite does not have. */
  readonly unknownTasks: readonly string[];
  /** Problem id -> the name the file uses for it. */
  readonly givenNames: ReadonlyMap<string, string>;
}

export async function samplesFromFile(
  path: string,
  problems: readonly Problem[],
): Promise<SamplesFile> {
  const byName = new Map<string, Problem>();
  const ambiguous = new Set<string>();
  for (const problem of problems)
    for (const alias of problem.aliases) {
      if (byName.has(alias) && byName.get(alias) !== problem) ambiguous.add(alias);
      byName.set(alias, problem);
    }
  for (const alias of ambiguous) byName.delete(alias);
  for (const problem of problems) byName.set(problem.id, problem);

  const answers = new Map<Problem, string[]>();
  const unknown = new Set<string>();
  const givenNames = new Map<string, string>();
  let lines = 0;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw inputError(`--samples ${path}: expected a file, found a folder`, SAMPLES_HINT);
  for await (const line of readJsonLines(path)) {
    lines++;
    if (!line.ok)
      throw inputError(
        `${path}:${line.line}: not JSON: ${line.error}`,
        `${SAMPLES_HINT}; unpack archives first`,
      );
    const parsed = sampleSchema.safeParse(line.value);
    if (!parsed.success)
      throw inputError(
        `${path}:${line.line}: not a sample: ${issueText(parsed.error)}; ${fieldsOf(line.value)}`,
        SAMPLES_HINT,
      );
    const problem = byName.get(String(parsed.data.task_id));
    if (problem === undefined) unknown.add(String(parsed.data.task_id));
    else {
      answers.set(problem, [...(answers.get(problem) ?? []), parsed.data.completion]);
      givenNames.set(problem.id, String(parsed.data.task_id));
    }
  }
  if (lines === 0)
    throw inputError(`${path}: holds no sample`, 'expected {"task_id", "completion"} lines');
  if (answers.size === 0)
    throw inputError(
      `${path}: none of its task ids belongs to this suite (e.g. "${[...unknown][0]}" against "${problems[0]?.id}")`,
      'check that --suite and --data are those the samples were made for',
    );
  return {
    // By content, so that a changed file is not mistaken for the one a journal was begun with.
    name: `samples:${basename(path)}#${contentHash(readFileSync(path, 'utf8'), 12)}`,
    unknownTasks: [...unknown],
    givenNames,
    batch: 32,
    available: (problem) => answers.get(problem)?.length ?? 0,
    answer: async (requests) =>
      requests.map(({ problem, sample }) => answers.get(problem)![sample]!),
  };
}

export function answersFromChat(
  model: ChatModel,
  options: { readonly name: string; readonly temperature: number; readonly maxTokens: number },
): AnswerSource {
  return {
    name: options.name,
    batch: 8,
    available: () => Number.POSITIVE_INFINITY,
    answer: (requests, signal) =>
      Promise.all(
        requests.map(async ({ problem, sample }) => {
          const answer = await model.complete(
            {
              messages: [{ role: 'user', content: problem.prompt }],
              temperature: options.temperature,
              maxTokens: options.maxTokens,
              vote: sample,
            },
            signal,
          );
          return answer.text;
        }),
      ),
  };
}
