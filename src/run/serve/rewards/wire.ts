/** @file Requests and answers of the reward service; the same schemas check requests and describe them in OpenAPI. */
import { z } from 'zod';
import { taskSchema } from '../../../data/task.ts';
import { languageSchema } from '../../../data/vulnerable-function.ts';

/** Longest answer judged, in characters; a model's answer to one task is a hundredth of this. */
export const LARGEST_COMPLETION = 400_000;
export const LARGEST_BATCH = 1024;

export const rewardItemSchema = z
  .object({
    prompt: z.string().optional().describe('Only needed where no task is named.'),
    completion: z.string().max(LARGEST_COMPLETION).optional(),
    token_ids: z
      .array(z.number().int().nonnegative())
      .max(LARGEST_COMPLETION)
      .optional()
      .describe('The sampled tokens; the vector then has one number for each of them.'),
    tokenizer: z.string().optional().describe('A name the server was started with.'),
    finish_reason: z.enum(['stop', 'length']).default('stop'),
    task_id: z.string().optional().describe('Of a task the server was started with.'),
    pair_id: z.string().optional().describe('Of a repair pair the server was started with.'),
    task: taskSchema.optional().describe('The task itself.'),
    language: languageSchema.optional().describe('For answers to no known task.'),
    group: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe('Answers to one prompt share a number; the contrast channel compares them.'),
  })
  .refine((item) => (item.completion === undefined) !== (item.token_ids === undefined), {
    message: 'give completion or token_ids, one of them',
  });
export type RewardItem = z.infer<typeof rewardItemSchema>;

export const rewardRequestSchema = z.union([
  z.object({ items: z.array(rewardItemSchema).min(1).max(LARGEST_BATCH) }),
  rewardItemSchema,
]);

export const rewardAnswerSchema = z.object({
  scalar: z.number().describe('The instance reward.'),
  instance: z.object({
    value: z.number(),
    functional: z.number().nullable(),
    secure: z.number().nullable().describe('null: not known, which is never "secure".'),
    format: z.number(),
    why: z.string(),
  }),
  token_rewards: z.array(z.number()).describe('One number per token.'),
  training_rewards: z
    .array(z.number())
    .describe(
      'For trainers that take one vector: what falls on single tokens, and on the last token the scalar.',
    ),
  tokens: z
    .array(z.object({ start: z.number(), end: z.number() }))
    .describe('Where each token lies in the text, in code points.'),
  spans: z.array(
    z.object({
      start: z.number(),
      end: z.number(),
      channel: z.string(),
      rule: z.string(),
      amount: z.number(),
      why: z.string(),
    }),
  ),
  reasons: z.array(z.string()),
});
export type RewardAnswer = z.infer<typeof rewardAnswerSchema>;

/** What OpenRLHF sends to a remote reward model; labels name tasks or pairs. */
export const openRlhfSchema = z.object({
  query: z
    .array(z.string().max(2 * LARGEST_COMPLETION))
    .min(1)
    .max(LARGEST_BATCH),
  prompts: z.array(z.string()),
  labels: z.array(z.string()),
});

const schemaOf = (schema: z.ZodType): object =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
const json = (schema: object): object => ({ content: { 'application/json': { schema } } });
const problem = (description: string): object => ({
  description,
  ...json({ type: 'object', properties: { detail: { type: 'string' } } }),
});

export const openApiDocument = (version: string): object => ({
  openapi: '3.1.0',
  info: {
    title: 'Vul2Safe token-level rewards',
    version,
    description:
      'How secure is this code, token by token, and why. Offsets count Unicode code points.',
  },
  paths: {
    '/v1/rewards': {
      post: {
        summary: 'Rewards of one answer ({...}) or many ({"items": [...]})',
        requestBody: { required: true, ...json(schemaOf(rewardRequestSchema)) },
        responses: {
          200: {
            description: '{"results": [...]} in the order of items; one answer alone for one item',
            ...json(schemaOf(rewardAnswerSchema)),
          },
          404: problem('a task, pair or tokenizer this server does not know'),
          413: problem('too long'),
          422: problem('what is wrong with which field'),
          429: problem('too many requests are waiting; see Retry-After'),
        },
      },
    },
    '/get_reward': {
      post: {
        summary: 'OpenRLHF’s remote reward model',
        requestBody: { required: true, ...json(schemaOf(openRlhfSchema)) },
        responses: {
          200: { description: '{"rewards": [...], "scores": [...], "extra_logs": {...}}' },
        },
      },
    },
    '/health': { get: { responses: { 200: { description: 'ready' } } } },
    '/metrics': { get: { responses: { 200: { description: 'Prometheus text' } } } },
  },
});
