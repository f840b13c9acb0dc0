/** @file One line of a build's journal: what became of one input record, small enough to be read again by the million. */
import { z } from 'zod';

export const stageSchema = z.enum([
  'curated',
  'detected',
  'repaired',
  'reflected',
  'gated',
  'kept',
]);

export const journalEntrySchema = z.object({
  /** The record's id, or file:line of an input line that gave none. */
  id: z.string(),
  /** Absent for a pair. */
  reason: z.string().optional(),
  /** The furthest stage reached; absent for what did not pass curation. */
  stage: stageSchema.optional(),
  cwe: z.array(z.string()),
  confidence: z.number().optional(),
  prompts: z.number().int(),
  promptsDropped: z.record(z.string(), z.number()).optional(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
  /** Lengths of pairs, rejected and prompts.jsonl after this record. */
  bytes: z.array(z.number().int().nonnegative()).length(3),
});
export type JournalEntry = Readonly<z.infer<typeof journalEntrySchema>>;
