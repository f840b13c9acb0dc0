/** @file Everything the reinforcement stage can be told, with defaults that suit the embedded model. */
import { z } from 'zod';

const positive = z.number().positive();
const share = z.number().min(0).max(1);

export const policyLossSchema = z.strictObject({
  name: z.enum(['importance_sampling', 'ppo', 'cispo']).default('ppo'),
  clipLow: positive.default(0.8),
  /** 1.2 is PPO's; 1.28 DAPO's clip-higher. */
  clipHigh: positive.default(1.28),
});

export const rlConfigSchema = z.strictObject({
  algorithm: z.enum(['ppo', 'grpo', 'rloo', 'reinforce++']).default('rloo'),
  granularity: z.enum(['instance', 'token', 'hybrid']).default('token'),
  /**
   * Where the instance reward is credited: to all tokens of an answer, or split by the functions the task asks for, each to its own
   * tokens and those it rests on (reward/unit-rewards.ts).
   */
  credit: z.enum(['program', 'unit']).default('program'),
  /** Binary: works and no finding. Graded: the mean of the parts. */
  instanceReward: z.enum(['binary', 'graded']).default('binary'),
  loss: policyLossSchema.prefault({}),
  steps: z.number().int().positive().default(40),
  promptsPerStep: z.number().int().positive().default(16),
  groupSize: z.number().int().min(1).default(8),
  /** Passes over a step's data; each pass is cut into `minibatches` optimizer steps. */
  epochs: z.number().int().positive().default(1),
  minibatches: z.number().int().positive().default(1),
  maxTokens: z.number().int().positive().default(320),
  temperature: positive.default(1),
  learningRate: positive.default(2e-4),
  warmupSteps: z.number().int().nonnegative().default(3),
  weightDecay: z.number().nonnegative().default(0),
  gradientClipNorm: positive.default(1),
  /** Weights of the instance and the token part of the advantage. */
  alpha: z.number().nonnegative().default(1),
  beta: z.number().nonnegative().default(1),
  gammaToken: share.default(0),
  kl: z
    .strictObject({
      weight: z.number().nonnegative().default(0),
      estimator: z.enum(['k1', 'k2', 'k3']).default('k1'),
    })
    .prefault({}),
  critic: z
    .strictObject({
      coefficient: positive.default(0.5),
      clip: positive.optional(),
      gamma: share.default(1),
      lambda: share.default(0.95),
      normalisation: z.enum(['whiten', 'scale', 'none']).default('scale'),
    })
    .prefault({}),
  /** Groups whose answers give no signal are dropped; up to this many further rounds of sampling replace them. */
  refillRounds: z.number().int().nonnegative().default(0),
  checkpointEverySteps: z.number().int().positive().default(5),
  monitors: z
    .strictObject({
      /** A stop ends the run with the last good checkpoint; otherwise a monitor only warns. */
      stop: z.boolean().default(false),
      maxCommentShare: share.default(0.5),
      minParseRate: share.default(0.5),
      maxRepeatShare: share.default(0.5),
      maxRefusalRate: share.default(0.2),
      maxPromptSimilarity: share.default(0.9),
      maxLengthRatio: positive.default(2),
    })
    .prefault({}),
});

export type RlConfig = Readonly<z.infer<typeof rlConfigSchema>>;
