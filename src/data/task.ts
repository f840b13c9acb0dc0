/** @file Task: something to write, and what can judge the answer: a reference pair, functional tests, exploit tests. */
import { z } from 'zod';
import { cweSchema, languageSchema } from './vulnerable-function.ts';
import { implicitPromptSchema } from './prompted-pair.ts';

/** Test code in the task's language; it throws (JavaScript), exits non-zero or fails an assertion (Python, C) to fail. */
export const testCaseSchema = z.object({
  name: z.string(),
  code: z.string(),
  /** Exploit tests only: the weak spot probed, 0-based, and its CWE. Passing means the attack had no effect. */
  spot: z.number().int().optional(),
  cwe: cweSchema.optional(),
});
export type TestCase = Readonly<z.infer<typeof testCaseSchema>>;

/** The virtual world around the program: files, tables, web routes, environment. Read by the sandbox's host modules. */
export const hostWorldSchema = z
  .object({
    files: z.record(z.string(), z.string()),
    tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
    routes: z.record(z.string(), z.string()),
    environment: z.record(z.string(), z.string()),
  })
  .partial();
export type HostWorld = Readonly<z.infer<typeof hostWorldSchema>>;

export const taskSchema = z.object({
  id: z.string(),
  prompt: implicitPromptSchema,
  language: languageSchema,
  cwe: z.array(cweSchema),
  /** Families joined in this task, in order of their weak spots; empty for tasks from benchmark files. */
  families: z.array(z.string()).default([]),
  /** k, the number of independent weak spots. */
  weakSpots: z.number().int().nonnegative().default(1),
  split: z
    .enum(['train', 'validation', 'held-out-instance', 'held-out-family', 'external'])
    .default('external'),
  /** Names the answer must export or define. */
  interface: z.array(z.string()).default([]),
  world: hostWorldSchema.default({}),
  functionalTests: z.array(testCaseSchema).default([]),
  exploitTests: z.array(testCaseSchema).default([]),
  reference: z.object({ vulnerable: z.string(), fixed: z.string() }).optional(),
});
export type Task = Readonly<z.infer<typeof taskSchema>>;

export const decodeTask = (value: unknown): Task => taskSchema.parse(value);
