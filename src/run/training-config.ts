/** @file The configuration of one training run (`sft`, `lpo` or `rl`): which model, which data, what to do, where to put it. */
import { z } from 'zod';
import { lpoConfigSchema } from '../srcode/preference/config.ts';
import { rlConfigSchema } from '../srcode/rl/config.ts';
import { sftConfigSchema } from '../srcode/sft/config.ts';

const channelWeight = z.number().nonnegative();
const share = z.number().min(0).max(1);

export const rewardConfigSchema = z.strictObject({
  /** Weight of each channel; 0 = off. */
  channels: z
    .strictObject({
      pair: channelWeight.default(1),
      rules: channelWeight.default(1),
      judge: channelWeight.default(0),
      contrast: channelWeight.default(0),
      likelihood: channelWeight.default(0),
    })
    .prefault({}),
  /** Folders of the two models of the `likelihood` channel: `vul2safe sft` with side fixed and with side vulnerable. */
  likelihoodModels: z.strictObject({ fixed: z.string(), vulnerable: z.string() }).optional(),
  /** Half of a finding's penalty goes to where the names it uses were imported. */
  imports: z.boolean().default(false),
  /** Errors put into the labels on purpose, to measure what they cost (srcode/degraded-labels.ts); none when left out. */
  labelErrors: z
    .strictObject({
      seed: z.number().int().nonnegative().default(1),
      flippedPrograms: share.default(0),
      swappedPairs: share.default(0),
      missingRules: z.array(z.string()).default([]),
    })
    .optional(),
});

const common = {
  seed: z.number().int().nonnegative().default(1),
  /** The run folder. */
  out: z.string(),
  /** A Hugging Face folder; the base model that comes with the package when left out. */
  model: z.string().optional(),
  engine: z.enum(['embedded', 'tinker']).default('embedded'),
  /** Address of a Tinker-compatible service, for engine "tinker". */
  url: z.string().optional(),
  /** The model as that service names it; the first it has when left out. `model` is then the folder of its tokenizer. */
  remoteModel: z.string().optional(),
  /** CPU threads of the embedded engine. */
  threads: z.number().int().positive().default(2),
  /** Trades a third more time for memory in training: of each layer only the input is kept for the backward pass. */
  recomputeActivations: z.boolean().default(false),
  lora: z
    .strictObject({ rank: z.number().int().positive(), alpha: z.number().positive().default(32) })
    .optional(),
};

export const sftRunSchema = z.strictObject({
  ...common,
  /** A folder made by `vul2safe build`. */
  pairs: z.string(),
  /** Which side of the pairs to learn; `vulnerable` makes a model for the `likelihood` channel, never one to use. */
  side: z.enum(['fixed', 'vulnerable']).default('fixed'),
  sft: sftConfigSchema.prefault({}),
});
export type SftRun = Readonly<z.infer<typeof sftRunSchema>>;

export const taskChoiceSchema = z.strictObject({
  /** A JSONL file of tasks; embedded tasks when left out. */
  file: z.string().optional(),
  split: z.enum(['train', 'validation', 'held-out-instance', 'held-out-family']).default('train'),
  seed: z.number().int().nonnegative().default(1),
  count: z.number().int().positive().default(512),
  /** Only tasks with exactly this many weak spots. */
  weakSpots: z.number().int().min(1).max(4).optional(),
  neutralVariety: z.enum(['little', 'much']).optional(),
  language: z.enum(['javascript', 'python', 'c']).optional(),
  /** Ids of the families to draw from, the extra ones included; those of the split when left out. */
  families: z.array(z.string()).min(1).optional(),
});
export type TaskChoice = Readonly<z.infer<typeof taskChoiceSchema>>;

export const evaluationPlanSchema = z.strictObject({
  /** 0 = no evaluation along the way. */
  everySteps: z.number().int().nonnegative().default(0),
  tasks: taskChoiceSchema.prefault({ split: 'validation', count: 100 }),
  samplesPerTask: z.number().int().positive().default(1),
  temperature: z.number().positive().default(1),
  seed: z.number().int().nonnegative().default(7),
});
export type EvaluationPlan = Readonly<z.infer<typeof evaluationPlanSchema>>;

export const finalSetSchema = z.strictObject({
  name: z.string(),
  tasks: taskChoiceSchema,
  samplesPerTask: z.number().int().positive().default(1),
  temperature: z.number().positive().default(1),
  seed: z.number().int().nonnegative().default(11),
});
export type FinalSet = Readonly<z.infer<typeof finalSetSchema>>;

/** How far training moved what it was not meant to move: on programs the starting model writes for these tasks. */
export const driftPlanSchema = z.strictObject({
  tasks: taskChoiceSchema.prefault({ split: 'held-out-instance', count: 64 }),
  samplesPerTask: z.number().int().positive().default(2),
  seed: z.number().int().nonnegative().default(13),
});
export type DriftPlan = Readonly<z.infer<typeof driftPlanSchema>>;

/** What happens to a trained model along the way and at the end, the same for every way of training. */
const judgement = {
  evaluation: evaluationPlanSchema.prefault({}),
  /** Sets the trained model is judged on at the end; the programs stand in the run folder's judged.jsonl. */
  final: z.array(finalSetSchema).default([]),
  /** Measured at the end into drift.json, where wanted. */
  drift: driftPlanSchema.optional(),
};

export const rlRunSchema = z.strictObject({
  ...common,
  /** A folder made by `vul2safe build`: the `pair` channel's patterns. */
  pairs: z.string().optional(),
  tasks: taskChoiceSchema.prefault({}),
  rl: rlConfigSchema.prefault({}),
  reward: rewardConfigSchema.prefault({}),
  ...judgement,
});
export type RlRun = Readonly<z.infer<typeof rlRunSchema>>;

export const lpoRunSchema = z.strictObject({
  ...common,
  /** A folder made by `vul2safe build`: pairs and prompts. */
  pairs: z.string(),
  lpo: lpoConfigSchema.prefault({}),
  /** Of answers, where the model is evaluated. */
  maxTokens: z.number().int().positive().default(320),
  ...judgement,
});
export type LpoRun = Readonly<z.infer<typeof lpoRunSchema>>;
