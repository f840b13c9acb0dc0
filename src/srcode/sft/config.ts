/** @file What the supervised stage can be told. */
import { z } from 'zod';

export const sftConfigSchema = z.strictObject({
  epochs: z.number().int().positive().default(2),
  batchSize: z.number().int().positive().default(16),
  learningRate: z.number().positive().default(3e-4),
  warmupShare: z.number().min(0).max(1).default(0.05),
  /** The rate falls along a cosine to this share of its peak. */
  finalRateShare: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().nonnegative().default(0.01),
  gradientClipNorm: z.number().positive().default(1),
  /** Loss weight of tokens under a secure span; all other answer tokens weigh 1 (ours). */
  secureSpanWeight: z.number().positive().default(2),
  /** Longer examples are left out and counted. */
  maxTokens: z.number().int().positive().default(512),
  checkpointEverySteps: z.number().int().positive().default(50),
});

export type SftConfig = Readonly<z.infer<typeof sftConfigSchema>>;
