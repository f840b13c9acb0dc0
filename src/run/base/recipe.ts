/**
 * @file The recipe of the embedded base model: a corpus of the training families in which vulnerable and secure habits are mixed,
 * as they are in public code, plus plain code without weak spots; a byte-level BPE trained on it; a small Llama trained on
 * (prompt -> program). Reproducible: the same seed on the same machine gives the same folder.
 */
import { z } from 'zod';
import { sftConfigSchema } from '../../srcode/sft/config.ts';

export const baseRecipeSchema = z.strictObject({
  seed: z.number().int().nonnegative().default(1),
  out: z.string().default('models/base'),
  /** Where the run folder with checkpoints lies while training. */
  work: z.string().default('runs/base'),
  threads: z.number().int().positive().default(2),
  corpus: z
    .strictObject({
      examples: z.number().int().positive().default(60_000),
      /** Share of weak spots that are rendered vulnerable. */
      vulnerableRate: z.number().min(0).max(1).default(0.45),
    })
    .prefault({}),
  tokenizer: z
    .strictObject({
      vocabularySize: z.number().int().min(300).default(2048),
      /** The tokenizer is trained on the first so many examples. */
      examples: z.number().int().positive().default(8_000),
    })
    .prefault({}),
  model: z
    .strictObject({
      hiddenSize: z.number().int().positive().default(192),
      layers: z.number().int().positive().default(5),
      heads: z.number().int().positive().default(6),
      intermediateSize: z.number().int().positive().default(512),
      maxPositions: z.number().int().positive().default(1024),
    })
    .prefault({}),
  training: sftConfigSchema.prefault({
    epochs: 1,
    batchSize: 32,
    learningRate: 1.5e-3,
    warmupShare: 0.03,
    weightDecay: 0.05,
    secureSpanWeight: 1,
    checkpointEverySteps: 100,
  }),
});

export type BaseRecipe = Readonly<z.infer<typeof baseRecipeSchema>>;
