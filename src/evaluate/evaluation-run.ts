/**
 * @file Judges answers one by one and writes each verdict to an append-only journal, so that SIGKILL at any moment loses at
 * most the programs in flight; run again, it goes on where it stopped and ends with the same result.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { appendJsonLine, mendTornTail, readJsonLines } from '../data/jsonl.ts';
import type { Language } from '../data/vulnerable-function.ts';
import type { z } from 'zod';
import { writeFileAtomic } from '../kernel/atomic-file.ts';
import { contentHash } from '../kernel/content-hash.ts';
import { inputError, Vul2SafeError } from '../kernel/errors.ts';
import type { Progress } from '../kernel/events.ts';
import type { AnswerRequest, AnswerSource } from './answer-source.ts';
import {
  type EvaluationRun,
  type JudgedSample,
  judgedSampleSchema,
  type LintOutcome,
  type RunHeader,
  runHeaderSchema,
  taskTextSchema,
} from './judged-sample.ts';
import { hackAlarms, qualityOf } from './quality.ts';
import { answerKind } from './suites/answer.ts';
import type { Judgement, Problem } from './suites/suite.ts';
import type { SuiteTools } from './suites/tools.ts';

export interface EvaluationSetup {
  readonly header: Omit<RunHeader, 'kind' | 'fingerprint' | 'tasks'>;
  readonly problems: readonly Problem[];
  readonly source: AnswerSource;
  /** Where the journal lives; undefined = memory only. */
  readonly folder: string | undefined;
  readonly tools: SuiteTools;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Characters of a refusal that are kept to be read. */
const KEPT_ANSWER = 2000;

export const journalPath = (folder: string): string => join(folder, 'outcomes.jsonl');
const tasksPath = (folder: string): string => join(folder, 'tasks.jsonl');
const keyOf = (taskId: string, sample: number): string => `${taskId}\u0000${sample}`;

export async function runEvaluation(setup: EvaluationSetup): Promise<JudgedSample[]> {
  const requests: AnswerRequest[] = setup.problems.flatMap((problem) =>
    Array.from(
      { length: Math.min(setup.header.samplesPerTask, setup.source.available(problem)) },
      (_, sample) => ({ problem, sample }),
    ),
  );
  const done = await openJournal(setup);
  const waiting = requests.filter(({ problem, sample }) => !done.has(keyOf(problem.id, sample)));
  const stage = setup.progress.stage(`eval ${setup.header.suite}`, requests.length, 'programs');
  stage.advance(requests.length - waiting.length);
  for (const batch of batches(waiting, setup.source.batch)) {
    if (setup.signal.aborted)
      throw new Vul2SafeError('interrupted', 'evaluation interrupted', {
        hint: setup.folder
          ? 'run the same command again to go on'
          : 'give -o DIR to be able to resume',
      });
    const answers = await setup.source.answer(batch, setup.signal);
    await Promise.all(
      batch.map(async (request, i) => {
        const judged = await judgeSample(request, answers[i]!, setup.tools);
        if (setup.folder) appendJsonLine(journalPath(setup.folder), judged);
        done.set(keyOf(judged.task_id, judged.sample), judged);
        stage.advance(1);
      }),
    );
  }
  stage.finish();
  return requests.map(({ problem, sample }) => done.get(keyOf(problem.id, sample))!);
}

/** Batches keep the samples of one task together where the source works by task (batch 1). */
function* batches(requests: readonly AnswerRequest[], size: number): Generator<AnswerRequest[]> {
  let held: AnswerRequest[] = [];
  let tasks = 0;
  for (const request of requests) {
    if (held.length === 0 || held[held.length - 1]!.problem !== request.problem) {
      if (tasks >= size) {
        yield held;
        held = [];
        tasks = 0;
      }
      tasks++;
    }
    held.push(request);
  }
  if (held.length > 0) yield held;
}

async function openJournal(setup: EvaluationSetup): Promise<Map<string, JudgedSample>> {
  const done = new Map<string, JudgedSample>();
  if (!setup.folder) return done;
  const header: RunHeader = {
    kind: 'evaluation',
    ...setup.header,
    tasks: setup.problems.length,
    fingerprint: contentHash(
      setup.problems.map(({ id, prompt }) => [id, prompt]),
      16,
    ),
  };
  const path = journalPath(setup.folder);
  mendTornTail(path);
  if (!existsSync(path)) {
    // The prompts first: a journal is never without them.
    writeFileAtomic(
      tasksPath(setup.folder),
      setup.problems
        .map(({ id, prompt }) => `${JSON.stringify({ task_id: id, prompt })}\n`)
        .join(''),
    );
    appendJsonLine(path, header);
    return done;
  }
  const { header: before, samples } = await readJournal(setup.folder);
  const differing = (Object.keys(header) as (keyof RunHeader)[]).filter(
    (key) => key !== 'judges' && key !== 'cannot' && header[key] !== before[key],
  );
  if (differing.length > 0)
    throw inputError(
      `${path} belongs to another evaluation: ${differing.map((key) => `${key} was ${before[key]}, is ${header[key]}`).join('; ')}`,
      'give another -o folder, or repeat the command as it was',
    );
  for (const sample of samples) done.set(keyOf(sample.task_id, sample.sample), sample);
  return done;
}

/** A run folder written by `eval`. */
export async function readJournal(folder: string): Promise<Omit<EvaluationRun, 'name'>> {
  const path = journalPath(folder);
  if (!existsSync(path))
    throw inputError(`${folder}: no outcomes.jsonl`, 'give a folder written by "vul2safe eval -o"');
  let header: RunHeader | undefined;
  const samples = new Map<string, JudgedSample>();
  for await (const line of readJsonLines(path)) {
    if (!line.ok) continue; // a torn last line; the program is judged again
    if (header === undefined) header = checked(runHeaderSchema, line.value, path, line.line);
    else {
      const sample = checked(judgedSampleSchema, line.value, path, line.line);
      samples.set(keyOf(sample.task_id, sample.sample), sample);
    }
  }
  if (header === undefined) throw inputError(`${path}: is empty`, 'run the evaluation again');
  const prompts = await readPrompts(folder);
  return { header, samples: inSuiteOrder([...samples.values()], prompts), prompts };
}

/** Programs are journaled as they end; whoever reads them sees the order of the suite, whatever ended first. */
function inSuiteOrder(
  samples: readonly JudgedSample[],
  prompts: ReadonlyMap<string, string>,
): JudgedSample[] {
  const places = new Map([...prompts.keys()].map((task, i) => [task, i]));
  const place = ({ task_id }: JudgedSample): number => places.get(task_id) ?? places.size;
  return [...samples].sort((a, b) => place(a) - place(b) || a.sample - b.sample);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, path: string, line: number): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: field, message } = parsed.error.issues[0]!;
  throw inputError(
    `${path}:${line}: not of an evaluation: ${field.join('.') || 'value'}: ${message}`,
    'give a folder written by "vul2safe eval -o"',
  );
}

async function readPrompts(folder: string): Promise<ReadonlyMap<string, string>> {
  const prompts = new Map<string, string>();
  if (!existsSync(tasksPath(folder))) return prompts;
  for await (const line of readJsonLines(tasksPath(folder))) {
    const task = line.ok ? taskTextSchema.safeParse(line.value) : undefined;
    if (task?.success) prompts.set(task.data.task_id, task.data.prompt);
  }
  return prompts;
}

async function judgeSample(
  { problem, sample }: AnswerRequest,
  answer: string,
  tools: SuiteTools,
): Promise<JudgedSample> {
  const kind = answerKind(answer);
  const program = kind === 'code' ? problem.assemble(answer) : '';
  const judgement: Judgement =
    kind !== 'code'
      ? { func: false, sec: null, outcome: kind, detail: `the answer is ${kind}` }
      : problem.unjudgeable
        ? { func: null, sec: null, outcome: 'not-judged', detail: problem.unjudgeable }
        : await problem.judge(program, tools);
  const analyzer = await tools.analyzerFor(problem.language);
  const analysis = analyzer
    ? await analyzer.analyze({ file: problem.id, language: problem.language, code: program })
    : null;
  return {
    task_id: problem.id,
    sample,
    language: problem.language,
    cwe: [...problem.cwe],
    kind,
    func: judgement.func,
    sec: judgement.sec,
    outcome: judgement.outcome,
    detail: judgement.detail,
    program,
    answer: kind === 'code' ? '' : answer.slice(0, KEPT_ANSWER),
    tests: (judgement.tests ?? []).map((test) => ({ ...test, detail: test.detail ?? '' })),
    findings:
      analysis?.status === 'analysed'
        ? analysis.findings.map((finding) => ({
            start: finding.start,
            end: finding.end,
            severity: finding.severity,
            cwe: [...finding.cwe],
            rule: finding.ruleId,
            message: finding.message,
          }))
        : null,
    quality: await qualityOf(program, problem.language),
    lint: await lintOf(program, problem.language, tools),
    alarms: hackAlarms(program),
  };
}

async function lintOf(
  program: string,
  language: Language,
  tools: SuiteTools,
): Promise<LintOutcome> {
  if (program === '') return { status: 'not-measured', reason: 'there is no code' };
  const { linter, reason } = await tools.linterFor(language);
  if (linter === null) return { status: 'not-measured', reason };
  const found = linter.lint(program);
  return typeof found === 'string'
    ? { status: 'not-measured', reason: `${linter.name}: the program does not parse` }
    : { status: 'measured', tool: linter.name, findings: [...found] };
}
