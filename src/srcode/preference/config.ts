/** @file What the localized preference stage can be told. */
import { z } from 'zod';

export const lpoConfigSchema = z.strictObject({
  /**
   * 'reference-free': mean log-probability of the security tokens, as SimPO has it for whole answers;
   * 'reference': their summed log-ratio to the starting model, as DPO has it.
   */
  objective: z.enum(['reference-free', 'reference']).default('reference-free'),
  /** Only tokens under the pair's security spans speak; false: all tokens of the answers, that is SimPO or DPO as they are. */
  localized: z.boolean().default(true),
  /** Steepness: how much a nat of difference counts. */
  beta: z.number().positive().default(2),
  /** By how much (in units of beta · nats) the fixed answer is to lead; 0 for DPO. */
  margin: z.number().nonnegative().default(1),
  /** Weight of the mean negative log-probability of the whole fixed answer. */
  supervisedWeight: z.number().nonnegative().default(0.1),
  epochs: z.number().int().positive().default(2),
  /** Instead of `epochs`: train until this many answer tokens, of both answers of every pair, were trained on. */
  budgetTokens: z.number().int().positive().optional(),
  /** Pairs per optimizer step. */
  batchSize: z.number().int().positive().default(16),
  learningRate: z.number().positive().default(5e-5),
  warmupShare: z.number().min(0).max(1).default(0.05),
  /** The rate falls along a cosine to this share of its peak. */
  finalRateShare: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().nonnegative().default(0),
  gradientClipNorm: z.number().positive().default(1),
  /** Pairs with a longer answer (prompt included) are left out and counted. */
  maxTokens: z.number().int().positive().default(512),
  checkpointEverySteps: z.number().int().positive().default(20),
});

export type LpoConfig = Readonly<z.infer<typeof lpoConfigSchema>>;
