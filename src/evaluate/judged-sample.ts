/** @file What an evaluation keeps of every program, and the head of its journal: plain data, checked when read back. */
import { z } from 'zod';

const severitySchema = z.enum(['high', 'medium', 'low']);
const lintSchema = z.union([
  z.object({
    status: z.literal('measured'),
    /** Linter and version. */
    tool: z.string(),
    findings: z.array(z.object({ rule: z.string(), line: z.number(), message: z.string() })),
  }),
  z.object({ status: z.literal('not-measured'), reason: z.string() }),
]);
export type LintOutcome = z.infer<typeof lintSchema>;

export const judgedSampleSchema = z.object({
  task_id: z.string(),
  sample: z.number().int(),
  language: z.string(),
  cwe: z.array(z.string()),
  kind: z.enum(['code', 'empty', 'refused']),
  func: z.boolean().nullable(),
  sec: z.boolean().nullable(),
  outcome: z.string(),
  detail: z.string(),
  program: z.string(),
  /** What a model wrote instead of code, cut; '' where it wrote code. */
  answer: z.string().default(''),
  tests: z
    .array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string().default('') }))
    .default([]),
  /** Of the embedded analyzers over the program; null = not analysable. */
  findings: z
    .array(
      z.object({
        start: z.number(),
        end: z.number(),
        severity: severitySchema,
        cwe: z.array(z.string()),
        rule: z.string(),
        message: z.string(),
      }),
    )
    .nullable(),
  quality: z.object({
    lines: z.number(),
    characters: z.number(),
    complexity: z.number(),
    duplication: z.number(),
    parses: z.boolean().nullable(),
  }),
  /** What a linter asks to be changed in the program; weaknesses are in `findings`. */
  lint: lintSchema.default({
    status: 'not-measured',
    reason: 'the run was made before lint findings were counted',
  }),
  alarms: z.array(z.string()),
});
export type JudgedSample = z.infer<typeof judgedSampleSchema>;

export const runHeaderSchema = z.object({
  kind: z.literal('evaluation'),
  suite: z.string(),
  source: z.string(),
  seed: z.number(),
  samplesPerTask: z.number(),
  tasks: z.number(),
  judges: z.string(),
  cannot: z.string(),
  /** Comma-separated. */
  analyzers: z.string().default('vul2safe'),
  /** Of the problems' ids and prompts: another data file is another run. */
  fingerprint: z.string(),
});
export type RunHeader = z.infer<typeof runHeaderSchema>;

/** A line of tasks.jsonl: what was asked, once per task. */
export const taskTextSchema = z.object({ task_id: z.string(), prompt: z.string() });

/** A run as reports see it. */
export interface EvaluationRun {
  readonly name: string;
  readonly header: RunHeader;
  readonly samples: readonly JudgedSample[];
  /** Task id -> what was asked; empty for runs made before prompts were kept. */
  readonly prompts: ReadonlyMap<string, string>;
}
