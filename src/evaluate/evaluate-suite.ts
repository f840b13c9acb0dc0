/** @file One evaluation from options to result: suite, answers, judging, figures, and the files of its folder. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../kernel/atomic-file.ts';
import { inputError, messageOf, missingError, usageError } from '../kernel/errors.ts';
import type { Progress } from '../kernel/events.ts';
import { createEmbeddedEngine } from '../engine/embedded/create.ts';
import { readChatTemplate } from '../models/chat-template.ts';
import { withRetries } from '../teacher/retry.ts';
import { loadTokenizer } from '../tokenizer/byte-level-tokenizer.ts';
import { type AnswerSource, answersFromChat, samplesFromFile } from './answer-source.ts';
import { answersFromEngine } from './engine-answers.ts';
import { runEvaluation } from './evaluation-run.ts';
import type { JudgedSample } from './judged-sample.ts';
import { type EvaluationFigures, figuresOf, perTask } from './metrics.ts';
import { countOf } from './report/format.ts';
import { suiteNamed } from './suites/index.ts';
import type { Problem, Suite } from './suites/suite.ts';
import { createSuiteTools } from './suites/tools.ts';

export interface EvaluateOptions {
  readonly suite: string;
  readonly data?: string;
  readonly samples?: string;
  readonly model?: string;
  readonly modelName?: string;
  readonly n: number;
  readonly ks: readonly number[];
  readonly seed: number;
  readonly limit?: number;
  /** The suite's own where left out, else 1 and 1024. */
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** Threads of the embedded engine. */
  readonly threads?: number;
  /** Analyzers that judge where no test can, and whose findings are counted. */
  readonly analyzers?: readonly string[];
  readonly output?: string;
}

export interface SuiteEvaluation {
  readonly suite: Suite;
  readonly figures: EvaluationFigures;
  readonly samples: readonly JudgedSample[];
  /** Tasks of the suite no answer was given for: named, never silently left out. */
  readonly withoutAnswer: number;
  readonly unknownTasks: readonly string[];
  /** The machine-readable answer of SPEC section 7, with intervals beside. */
  readonly json: Readonly<Record<string, unknown>>;
}

const ANY_NUMBER_OF_SAMPLES = 1_000_000;

export async function evaluateSuite(
  options: EvaluateOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<SuiteEvaluation> {
  if ((options.samples === undefined) === (options.model === undefined))
    throw usageError('give either --samples FILE or --model DIR|URL');
  for (const [name, count] of [
    ['--n', options.n],
    ['--limit', options.limit],
  ] as const)
    if (count !== undefined && count < 1) throw usageError(`${name} ${count}: at least 1`);
  const suite = suiteNamed(options.suite);
  const loaded = await suite.load({
    dataPath: options.data,
    seed: options.seed,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  });
  const problems = options.limit === undefined ? loaded : loaded.slice(0, options.limit);
  const samplesFile = options.samples ? await samplesFromFile(options.samples, problems) : null;
  const source = samplesFile ?? (await modelSource(options, suite, problems));
  const answered = problems.filter((problem) => source.available(problem) > 0);
  const most = Math.max(
    ...answered.map((problem) =>
      Math.min(source.available(problem), samplesFile ? ANY_NUMBER_OF_SAMPLES : options.n),
    ),
  );
  const tooMany = options.ks.find((k) => k < 1 || k > most);
  if (tooMany !== undefined)
    throw usageError(
      `--k ${tooMany}: at most ${countOf(most, 'answer')} of a task ${samplesFile ? 'are in the samples file' : 'would be sampled'}`,
      samplesFile
        ? `give k from 1 to ${most}`
        : `give --n ${Math.max(tooMany, 1)} or a smaller --k`,
    );
  const tools = createSuiteTools({
    ...(options.analyzers ? { analyzers: options.analyzers } : {}),
  });
  let samples: JudgedSample[];
  try {
    samples = await runEvaluation({
      header: {
        suite: suite.name,
        source: source.name,
        seed: options.seed,
        samplesPerTask: samplesFile ? ANY_NUMBER_OF_SAMPLES : options.n,
        judges: suite.judges,
        cannot: suite.cannot,
        analyzers: options.analyzers?.join(',') ?? 'vul2safe',
      },
      problems: answered,
      source,
      folder: options.output,
      tools,
      progress,
      signal,
    });
  } finally {
    await tools.close();
  }
  const figures = figuresOf(samples, options.ks, options.seed);
  const json = jsonOf(suite, figures, samples, samplesFile?.givenNames ?? new Map());
  const evaluation = {
    suite,
    figures,
    samples,
    withoutAnswer: problems.length - answered.length,
    unknownTasks: samplesFile?.unknownTasks ?? [],
    json: {
      ...json,
      tasksWithoutAnswer: problems.length - answered.length,
      unknownTasks: samplesFile?.unknownTasks ?? [],
    },
  };
  if (options.output)
    writeFileAtomic(
      join(options.output, 'summary.json'),
      `${JSON.stringify(evaluation.json, null, 2)}\n`,
    );
  return evaluation;
}

function jsonOf(
  suite: Suite,
  figures: EvaluationFigures,
  samples: readonly JudgedSample[],
  givenNames: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const { rates, ...rest } = figures;
  return {
    suite: suite.name,
    ...Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, rate?.value ?? null])),
    ...rest,
    intervals: rates,
    judges: suite.judges,
    cannot: suite.cannot,
    perTask: perTask(samples).map((task) => ({
      ...task,
      task_id: givenNames.get(task.task_id) ?? task.task_id,
    })),
  };
}

async function modelSource(
  options: EvaluateOptions,
  suite: Suite,
  problems: readonly Problem[],
): Promise<AnswerSource> {
  const sampling = {
    temperature: options.temperature ?? suite.sampling?.temperature ?? 1,
    maxTokens: options.maxTokens ?? suite.sampling?.maxTokens ?? 1024,
  };
  const how = `@${sampling.temperature},${sampling.maxTokens}`;
  const model = options.model!;
  if (/^https?:\/\//.test(model))
    return chatSource(options, sampling, how, model.replace(/\/+$/, ''));
  if (!existsSync(model) || !statSync(model).isDirectory())
    throw inputError(
      `--model ${model}: neither a folder nor a URL`,
      'give a Hugging Face model folder or http(s)://host/v1',
    );
  const engine = await createEmbeddedEngine({
    model: { folder: model },
    threads: options.threads ?? 1,
  });
  return answersFromEngine(engine, loadTokenizer(model), {
    name: `model:${model}${how}`,
    ...sampling,
    seed: options.seed,
    samplesPerTask: options.n,
    problems,
    chat: readChatTemplate(model),
  });
}

async function chatSource(
  options: EvaluateOptions,
  sampling: { readonly temperature: number; readonly maxTokens: number },
  how: string,
  baseUrl: string,
): Promise<AnswerSource> {
  // Local servers want no key; one that does says so at the first question.
  const apiKey = process.env.OPENAI_API_KEY?.trim() || 'none';
  const name = options.modelName ?? (await firstModel(baseUrl, apiKey));
  const { createOpenAiCompatible } = await import('../teacher/openai-compatible.ts');
  const model = createOpenAiCompatible({
    model: name,
    baseUrl,
    apiKey,
    apiKeyVariable: 'OPENAI_API_KEY',
    timeoutMs: 300_000,
  });
  return answersFromChat(withRetries(model), {
    name: `url:${baseUrl}#${name}${how}`,
    ...sampling,
  });
}

async function firstModel(baseUrl: string, apiKey: string): Promise<string> {
  try {
    const answer = await fetch(`${baseUrl}/models`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    const list = (await answer.json()) as { data?: { id?: string }[] };
    const id = list.data?.[0]?.id;
    if (id) return id;
  } catch (thrown) {
    throw missingError(
      `--model ${baseUrl}: no answer: ${messageOf(thrown)}`,
      'check that the server runs, and that the URL ends in /v1',
    );
  }
  throw inputError(`--model ${baseUrl}: the server lists no model`, 'name it with --model-name');
}
