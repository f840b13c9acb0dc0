/** @file The schema of `build.yaml`: everything `vul2safe build` can be told, with defaults and one line on each key. */
import { z } from 'zod';

const whole = z.number().int().positive();

const teacherSchema = z
  .strictObject({
    kind: z.enum(['offline', 'openai-compatible', 'anthropic', 'replay']).default('offline'),
    model: z.string().default('').describe('name of the model as the server knows it'),
    baseUrl: z.string().optional().describe('e.g. http://localhost:8000/v1'),
    apiKeyVariable: z.string().optional().describe('environment variable that holds the key'),
    timeoutSeconds: z.number().positive().default(120),
    attempts: whole.default(5).describe('tries per question'),
    longestWaitSeconds: z.number().positive().default(60),
    concurrency: whole.default(8).describe('questions at once'),
    requestsPerMinute: whole.optional(),
    maxTokens: whole.default(4096).describe('per answer'),
    budgetTokens: whole.optional().describe('input and output together; never exceeded'),
    budgetUsd: z.number().positive().optional(),
    price: z
      .strictObject({
        inputUsdPerMillion: z.number().nonnegative().default(0),
        outputUsdPerMillion: z.number().nonnegative().default(0),
      })
      .prefault({}),
    cache: z.string().optional().describe('folder of answers; default OUT/teacher-cache'),
  })
  .prefault({});

export const buildConfigSchema = z.strictObject({
  input: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (typeof value === 'string' ? [value] : value)),
  format: z.string().default('auto'),
  output: z.string(),
  teacher: teacherSchema,
  reflection: z
    .strictObject({
      votes: whole.default(3).describe('blind detection votes'),
      rounds: z
        .number()
        .int()
        .nonnegative()
        .default(2)
        .describe('revisions of a candidate, at most'),
      threshold: z.number().min(0).max(1).default(0.5).describe('least confidence of a pair'),
    })
    .prefault({}),
  prompts: z
    .strictObject({
      perPair: z.number().int().min(0).max(9).default(5),
      seed: z.number().int().default(0),
    })
    .prefault({}),
  curation: z
    .strictObject({
      leastCharacters: whole.optional(),
      mostCharacters: whole.optional(),
      nearDuplicates: z
        .union([z.number().min(0).max(1), z.literal(false)])
        .optional()
        .describe('least similarity of a near duplicate, or false to keep them'),
    })
    .prefault({}),
  evaluationSets: z
    .array(z.strictObject({ name: z.string(), path: z.string() }))
    .default([])
    .describe('sets whose functions must not be in train'),
  concurrency: whole.default(8).describe('records at once'),
  seed: z.number().int().default(0).describe('of the split'),
  shard: z.string().optional().describe('i/n'),
  strict: z.boolean().default(false).describe('stop at the first malformed row'),
  limit: whole.optional(),
});
export type BuildConfig = z.infer<typeof buildConfigSchema>;
