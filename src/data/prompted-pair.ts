/** @file PromptedPair: one row of PrimeVul+, a repair pair under one implicit prompt (a task that never mentions security). */
import { z } from 'zod';
import { languageSchema } from './vulnerable-function.ts';

export const promptStyleSchema = z.enum([
  'docstring',
  'completion',
  'user-story',
  'ticket',
  'chat',
  'review-request',
  'porting',
  'api-spec',
  'refactoring',
]);
export type PromptStyle = z.infer<typeof promptStyleSchema>;

export const implicitPromptSchema = z.object({
  style: promptStyleSchema,
  text: z.string(),
  language: languageSchema,
});
export type ImplicitPrompt = Readonly<z.infer<typeof implicitPromptSchema>>;

/** `prompts.jsonl` holds these; the pair itself stands once in `pairs.jsonl`. */
export const promptedPairSchema = z.object({
  id: z.string(),
  pairId: z.string(),
  prompt: implicitPromptSchema,
  checks: z.object({
    leak: z.boolean(),
    grounded: z.boolean(),
    diverse: z.boolean(),
    atRisk: z.boolean(),
  }),
});
export type PromptedPair = Readonly<z.infer<typeof promptedPairSchema>>;
