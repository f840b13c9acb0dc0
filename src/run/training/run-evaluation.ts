/** @file Judges a model folder as it is, without training: the base and the fine-tuned arm of a comparison. */
import { mkdirSync } from 'node:fs';
import { z } from 'zod';
import { finalSetSchema } from '../training-config.ts';
import type { RunIo } from './fork-run.ts';
import { judgeSets } from './judge-sets.ts';
import { openModel } from './open-model.ts';
import { openSandboxes } from './sandboxes.ts';

export const evaluationRunSchema = z.strictObject({
  out: z.string(),
  model: z.string().optional(),
  threads: z.number().int().positive().default(2),
  maxTokens: z.number().int().positive().default(320),
  label: z.string().default('evaluate'),
  sets: z.array(finalSetSchema).min(1),
});
export type EvaluationRun = Readonly<z.infer<typeof evaluationRunSchema>>;

export async function runEvaluation(config: EvaluationRun, io: RunIo): Promise<void> {
  mkdirSync(config.out, { recursive: true });
  const model = await openModel({
    model: config.model,
    engine: 'embedded',
    threads: config.threads,
  });
  const sandboxes = openSandboxes();
  try {
    await judgeSets(model, config.sets, config.maxTokens, config.out, config.label, sandboxes, io);
  } finally {
    await sandboxes.close();
    await model.engine.close();
  }
}
