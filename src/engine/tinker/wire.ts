/**
 * @file The shapes of the Tinker training API that both our client and our server speak: JSON under /api/v1, tensors as
 * {data, dtype, shape}, prompts as chunks of tokens. Source: the API as observed at an open server and in the public SDK.
 * Only text input; image chunks are not covered.
 */
import { z } from 'zod';
import type { Datum, LossSpec } from '../../data/datum.ts';

const tokens = z.array(z.number().int().nonnegative());

export const tensorSchema = z.object({
  data: z.array(z.number()),
  dtype: z.string().optional(),
  shape: z.array(z.number().int()).nullish(),
});
export type WireTensor = z.infer<typeof tensorSchema>;

export const modelInputSchema = z.object({
  chunks: z.array(z.object({ type: z.string().optional(), tokens })),
});
export type WireModelInput = z.infer<typeof modelInputSchema>;

export const datumSchema = z.object({
  model_input: modelInputSchema,
  loss_fn_inputs: z.record(z.string(), tensorSchema),
});
export type WireDatum = z.infer<typeof datumSchema>;

export const lossInputSchema = z.object({
  data: z.array(datumSchema),
  loss_fn: z.string(),
  loss_fn_config: z.record(z.string(), z.number()).nullish(),
});
export type WireLossInput = z.infer<typeof lossInputSchema>;

export const samplingParametersSchema = z.object({
  /** As many as the model has room for, where left out. */
  max_tokens: z.number().int().positive().nullish(),
  temperature: z.number().nonnegative().default(1),
  top_p: z.number().positive().max(1).default(1),
  top_k: z.number().int().default(-1),
  seed: z.number().int().nullish(),
  /** Tokens, or texts; ours takes both in one list. */
  stop: z.union([z.array(z.union([z.number().int(), z.string()])), z.string()]).nullish(),
});

export const lossOutputSchema = z.object({
  loss_fn_outputs: z.array(z.record(z.string(), tensorSchema)),
  metrics: z.record(z.string(), z.unknown()).nullish(),
});
export type WireLossOutput = z.infer<typeof lossOutputSchema>;

export const sampleOutputSchema = z.object({
  sequences: z.array(
    z.object({
      stop_reason: z.string(),
      tokens,
      logprobs: z.array(z.number()).nullish(),
    }),
  ),
  prompt_logprobs: z.array(z.number().nullable()).nullish(),
});

/** What our own server says of itself beside the common answer. */
export const serverDescriptionSchema = z.object({
  losses: z.array(z.enum(['cross_entropy', 'importance_sampling', 'ppo', 'cispo'])),
  loss_reduction: z.enum(['sum', 'sequence-mean']),
  gradient_clipping: z.boolean(),
  critic: z.boolean(),
  max_sequence_tokens: z.number().int(),
  vocabulary_size: z.number().int(),
  /** asample takes `request_index`, so that one seed gives many requests streams of their own. */
  request_index: z.boolean(),
  /** `stop` may list tokens and texts together. */
  mixed_stops: z.boolean().default(false),
  /** There is a `clear_gradients` request. */
  clear_gradients: z.boolean(),
});
export type ServerDescription = z.infer<typeof serverDescriptionSchema>;

export const capabilitiesSchema = z.object({
  supported_models: z.array(
    z.object({ model_name: z.string(), max_context_length: z.number().int().nullish() }),
  ),
  supported_loss_fns: z.array(z.string()).nullish(),
  vul2safe: serverDescriptionSchema.optional(),
});

export const encodeTokens = (list: readonly number[]): WireModelInput => ({
  chunks: [{ type: 'encoded_text', tokens: [...list] }],
});

export const decodeTokens = (input: WireModelInput): number[] =>
  input.chunks.flatMap((chunk) => chunk.tokens);

export const encodeIntegers = (values: readonly number[]): WireTensor => ({
  data: [...values],
  dtype: 'int64',
  shape: [values.length],
});

export const encodeFloats = (values: Float32Array): WireTensor => ({
  data: Array.from(values),
  dtype: 'float32',
  shape: [values.length],
});

/** Thresholds travel as ratios beside the loss's name. */
export function encodeLoss(loss: LossSpec): Pick<WireLossInput, 'loss_fn' | 'loss_fn_config'> {
  return 'clipLow' in loss
    ? {
        loss_fn: loss.name,
        loss_fn_config: { clip_low_threshold: loss.clipLow, clip_high_threshold: loss.clipHigh },
      }
    : { loss_fn: loss.name };
}

/** undefined: this loss is not among ours. Thresholds default to 0.8 and 1.2, as in the public SDK. */
export function decodeLoss(input: WireLossInput): LossSpec | undefined {
  const clipLow = input.loss_fn_config?.clip_low_threshold ?? 0.8;
  const clipHigh = input.loss_fn_config?.clip_high_threshold ?? 1.2;
  switch (input.loss_fn) {
    case 'cross_entropy':
    case 'importance_sampling':
      return { name: input.loss_fn };
    case 'ppo':
    case 'cispo':
      return { name: input.loss_fn, clipLow, clipHigh };
    default:
      return undefined;
  }
}

/** Missing weights mean 1 for every token; lengths are checked by the engine. */
export function decodeDatum(wire: WireDatum): Datum {
  const input = decodeTokens(wire.model_input);
  const floats = (name: string): Float32Array | undefined => {
    const tensor = wire.loss_fn_inputs[name];
    return tensor && Float32Array.from(tensor.data);
  };
  const logprobs = floats('logprobs');
  const advantages = floats('advantages');
  return {
    input,
    targets: wire.loss_fn_inputs.target_tokens?.data ?? [],
    weights: floats('weights') ?? floats('mask') ?? new Float32Array(input.length).fill(1),
    ...(logprobs ? { logprobs } : {}),
    ...(advantages ? { advantages } : {}),
  };
}
