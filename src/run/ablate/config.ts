/** @file The configuration of an ablation: arms x seeds over one shared setup, every arm with the same budget. */
import { z } from 'zod';
import { driftPlanSchema, finalSetSchema, rlRunSchema } from '../training-config.ts';

const overrides = z.record(z.string(), z.unknown());

export const ablateConfigSchema = z.strictObject({
  out: z.string(),
  seeds: z.array(z.number().int().nonnegative()).min(1).default([1, 2, 3, 4, 5]),
  /** What all arms share: the keys of an `rl` run, without `out` and `seed`. */
  shared: rlRunSchema.omit({ out: true, seed: true }).partial().prefault({}),
  arms: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9][a-z0-9.+_-]*$/i, 'letters, digits, ".", "+", "_" and "-" only'),
        /**
         * 'lpo' trains on the pairs by preference instead of sampling. Its budget is as many trained tokens as the baseline spent
         * with the same seed, unless lpo.budgetTokens or lpo.epochs says otherwise.
         */
        kind: z.enum(['rl', 'lpo']).default('rl'),
        /** Dotted keys of an `rl` (or `lpo`) run, e.g. {"rl.granularity": "instance"}. */
        set: overrides.default({}),
      }),
    )
    .min(1),
  /** The arm all others are compared with. */
  baseline: z.string(),
  final: z.array(finalSetSchema).min(1),
  /** Collateral drift, measured at the end of every run where wanted. */
  drift: driftPlanSchema.optional(),
  /** Runs at a time; each gets one thread when there are several. */
  parallel: z.number().int().positive().default(2),
});
export type AblateConfig = Readonly<z.infer<typeof ablateConfigSchema>>;
