/** @file The bodies of requests, as far as the server reads them; unknown fields are left alone, as SDKs add some. */
import { z } from 'zod';
import {
  lossInputSchema,
  modelInputSchema,
  samplingParametersSchema,
} from '../../../engine/tinker/wire.ts';

const name = z
  .string()
  .regex(/^[a-zA-Z0-9_-]+$/)
  .max(255);
const sequence = z.number().int().nonnegative().nullish();
const common = { model_id: z.string(), seq_id: sequence };

export const loraConfigSchema = z.object({
  rank: z.number().int().positive(),
  seed: z.number().int().nullish(),
  /** Ours; 32 where left out, as everywhere. */
  alpha: z.number().positive().nullish(),
});

export const createModelSchema = z.object({
  session_id: z.string(),
  model_seq_id: z.number().int().nonnegative(),
  base_model: z.string(),
  lora_config: loraConfigSchema.nullish(),
});
export type CreateModel = z.infer<typeof createModelSchema>;

export const forwardBackwardSchema = z.object({
  ...common,
  forward_backward_input: lossInputSchema,
});
export const forwardSchema = z.object({ ...common, forward_input: lossInputSchema });

export const optimStepSchema = z.object({
  ...common,
  adam_params: z.object({
    learning_rate: z.number().nonnegative().default(1e-4),
    beta1: z.number().min(0).max(1).default(0.9),
    beta2: z.number().min(0).max(1).default(0.95),
    eps: z.number().positive().default(1e-12),
    weight_decay: z.number().nonnegative().nullish(),
    /** 0 or nothing: off. */
    grad_clip_norm: z.number().nonnegative().nullish(),
  }),
});

export const saveWeightsSchema = z.object({ ...common, path: name });
export const saveForSamplerSchema = z.object({
  ...common,
  path: name.nullish(),
  sampling_session_seq_id: sequence,
});
export const loadWeightsSchema = z.object({
  ...common,
  path: z.string(),
  optimizer: z.boolean().nullish(),
});
export const modelOnlySchema = z.object(common);

export const sampleSchema = z.object({
  num_samples: z.number().int().min(1).max(1024).default(1),
  prompt: modelInputSchema,
  sampling_params: samplingParametersSchema,
  sampling_session_id: z.string().nullish(),
  model_path: z.string().nullish(),
  base_model: z.string().nullish(),
  seq_id: sequence,
  prompt_logprobs: z.boolean().nullish(),
  /** Not offered: asking for it is refused rather than left unanswered. */
  topk_prompt_logprobs: z.literal(0).nullish(),
  /** Ours: which stream of the seed's this request draws from. */
  request_index: z.number().int().min(0).max(65_535).nullish(),
});
export type Sample = z.infer<typeof sampleSchema>;

export const createSamplingSessionSchema = z.object({
  session_id: z.string(),
  sampling_session_seq_id: z.number().int().nonnegative(),
  model_path: z.string().nullish(),
  base_model: z.string().nullish(),
});

export interface CheckpointAddress {
  readonly model: string;
  readonly kind: 'weights' | 'sampler_weights';
  readonly name: string;
}

/** The checkpoint a request would make; undefined for all others. */
export function savedName(
  kind: string,
  model: string,
  body: unknown,
): CheckpointAddress | undefined {
  if (kind === 'save_weights')
    return { model, kind: 'weights', name: saveWeightsSchema.parse(body).path };
  if (kind !== 'save_weights_for_sampler') return undefined;
  const { path } = saveForSamplerSchema.parse(body);
  return path ? { model, kind: 'sampler_weights', name: path } : undefined;
}

export function parseAddress(path: string): CheckpointAddress | undefined {
  const match = /^tinker:\/\/([a-zA-Z0-9_-]+)\/(weights|sampler_weights)\/([a-zA-Z0-9_-]+)$/.exec(
    path,
  );
  return match
    ? { model: match[1]!, kind: match[2] as CheckpointAddress['kind'], name: match[3]! }
    : undefined;
}
