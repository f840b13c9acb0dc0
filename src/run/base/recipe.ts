/**
 * @file The recipe of the embedded base model: a corpus of the training families in which vulnerable and secure habits are mixed,
 * as they are in public code, plus plain code without weak spots; a byte-level BPE trained on it; a small Llama trained on
 * (prompt -> program). Reproducible: the same seed on the same machine gives the same folder.
 */
import { z } from 'zod';
import { sftConfigSchema } from '../../srcode/sft/config.ts';

const phaseSchema = z.strictObject({
  examples: z.number().int().positive(),
  learningRate: z.number().positive(),
  batchSize: z.number().int().positive(),
  /** Share of functions without a weak spot, and of those the share that only recite words of the prompt (see tasks/recital.ts). */
  plainShare: z.number().min(0).max(1),
  recitalShare: z.number().min(0).max(1),
  /** Shares of programs with one, two, three and four functions. */
  functionShares: z.array(z.number().min(0).max(1)).min(1).max(4),
});

export const baseRecipeSchema = z.strictObject({
  seed: z.number().int().nonnegative().default(1),
  out: z.string().default('models/base'),
  /** Where the run folder with checkpoints lies while training. */
  work: z.string().default('runs/base'),
  threads: z.number().int().positive().default(2),
  /** Share of weak spots that the corpus writes vulnerably. */
  vulnerableRate: z.number().min(0).max(1).default(0.4),
  /** One after the other, each with its own examples and its own learning-rate schedule. */
  phases: z
    .array(phaseSchema)
    .min(1)
    .default([
      {
        examples: 42_000,
        learningRate: 2.5e-3,
        batchSize: 20,
        plainShare: 0.2,
        recitalShare: 0,
        functionShares: [0.45, 0.3, 0.17, 0.08],
      },
      {
        examples: 44_000,
        learningRate: 1.8e-3,
        batchSize: 24,
        plainShare: 0.35,
        recitalShare: 0.7,
        functionShares: [0.6, 0.3, 0.1],
      },
    ]),
  tokenizer: z
    .strictObject({
      vocabularySize: z.number().int().min(300).default(2048),
      /** The tokenizer is trained on the first so many examples. */
      examples: z.number().int().positive().default(8_000),
    })
    .prefault({}),
  model: z
    .strictObject({
      hiddenSize: z.number().int().positive().default(128),
      layers: z.number().int().positive().default(5),
      heads: z.number().int().positive().default(4),
      intermediateSize: z.number().int().positive().default(352),
      maxPositions: z.number().int().positive().default(1024),
    })
    .prefault({}),
  /** Shared by all phases; batch size and learning rate are the phase's own. */
  training: sftConfigSchema.prefault({
    epochs: 1,
    warmupShare: 0.03,
    weightDecay: 0.05,
    secureSpanWeight: 1,
    checkpointEverySteps: 250,
  }),
});

export type BaseRecipe = Readonly<z.infer<typeof baseRecipeSchema>>;
export type BasePhase = BaseRecipe['phases'][number];

/** What a phase's folder was made with; a setting added to the recipe later stands there at its default. */
export const phaseIdentitySchema = z.strictObject({
  model: baseRecipeSchema.shape.model,
  phase: phaseSchema,
  training: baseRecipeSchema.shape.training,
  vulnerableRate: baseRecipeSchema.shape.vulnerableRate,
});
