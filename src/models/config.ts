/**
 * @file What a model is made of: the Llama, Qwen2(.5) and Qwen3 settings of a Hugging Face `config.json`, as written by
 * transformers 4 (`rope_theta`, `rope_scaling`) and 5 (`rope_parameters`). Absent fields take the defaults of
 * transformers' own config classes. Whatever would change the numbers and is not supported (sliding windows, other
 * rope types, quantised weights, other activations) is refused here, before any work, naming file and field.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { inputError } from '../kernel/errors.ts';
import { readJsonFile } from './json-file.ts';

export type Architecture = 'llama' | 'qwen2' | 'qwen3';

export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    };

export interface ModelConfig {
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Width of one head; heads * headSize need not be hiddenSize (Qwen3). */
  readonly headSize: number;
  readonly intermediateSize: number;
  readonly rmsNormEpsilon: number;
  readonly rope: { readonly theta: number; readonly scaling: RopeScaling };
  readonly tieEmbeddings: boolean;
  /** q_proj, k_proj and v_proj have biases. */
  readonly attentionBias: boolean;
  /** o_proj has one too (Llama and Qwen3 with `attention_bias`; never Qwen2). */
  readonly attentionOutputBias: boolean;
  /** gate_proj, up_proj and down_proj have biases (Llama's `mlp_bias`). */
  readonly mlpBias: boolean;
  /** RMS norm of each query and key head before rope (Qwen3). */
  readonly queryKeyNorm: boolean;
  readonly maxPositions: number;
  readonly bosTokenId: number | undefined;
  /** Any of these ends an answer; from generation_config.json where present. May be empty. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | undefined;
  readonly initializerRange: number;
}

const ARCHITECTURES: Readonly<Record<Architecture, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};

/** The class name transformers loads this architecture with. */
export const transformersClassOf = (architecture: Architecture): string =>
  ARCHITECTURES[architecture];

const DEFAULT_THETA = 10000;

const count = z.number().int().positive();
const tokenId = z.number().int().nonnegative();
const tokenIds = z.union([tokenId, z.array(tokenId)]);
const ropeParameters = z.looseObject({
  rope_theta: z.number().positive().nullish(),
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  factor: z.number().positive().nullish(),
  low_freq_factor: z.number().positive().nullish(),
  high_freq_factor: z.number().positive().nullish(),
  original_max_position_embeddings: count.nullish(),
  partial_rotary_factor: z.number().nullish(),
});

const configFile = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  hidden_act: z.string().nullish(),
  rms_norm_eps: z.number().positive().nullish(),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeParameters.nullish(),
  rope_parameters: ropeParameters.nullish(),
  partial_rotary_factor: z.number().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  max_position_embeddings: count.nullish(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: tokenIds.nullish(),
  pad_token_id: z.number().int().nullish(),
  initializer_range: z.number().nonnegative().nullish(),
  layer_types: z.array(z.string()).nullish(),
  use_sliding_window: z.boolean().nullish(),
  sliding_window: count.nullish(),
  max_window_layers: z.number().int().nonnegative().nullish(),
  quantization_config: z.unknown().optional(),
});
type ConfigFile = z.infer<typeof configFile>;

const generationFile = z.looseObject({ eos_token_id: tokenIds.nullish() });

/** @throws inputError (exit 2) naming file and field when the model is not one this engine computes exactly. */
export function readModelConfig(folder: string): ModelConfig {
  const path = join(folder, 'config.json');
  const raw = readJsonFile(path, 'the model configuration', configFile);
  const generationPath = join(folder, 'generation_config.json');
  const generation = existsSync(generationPath)
    ? readJsonFile(generationPath, 'the generation settings', generationFile)
    : undefined;
  return modelConfigFrom(raw, path, generation?.eos_token_id ?? undefined);
}

function modelConfigFrom(
  raw: ConfigFile,
  path: string,
  generationEos: number | number[] | undefined,
): ModelConfig {
  const refuse = (field: string, value: unknown, wanted: string): never => {
    throw inputError(
      `${path}: field ${field} is ${JSON.stringify(value)}, expected ${wanted}`,
      'use a Llama, Qwen2, Qwen2.5 or Qwen3 model without this setting',
    );
  };
  const architecture = raw.model_type as Architecture;
  if (!Object.hasOwn(ARCHITECTURES, raw.model_type))
    refuse('model_type', raw.model_type, 'one of llama, qwen2, qwen3');
  const className = transformersClassOf(architecture);
  if (raw.architectures?.length && !raw.architectures.includes(className))
    refuse('architectures', raw.architectures, `["${className}"]`);
  if (raw.hidden_act && raw.hidden_act !== 'silu') refuse('hidden_act', raw.hidden_act, '"silu"');
  if (raw.quantization_config !== undefined && raw.quantization_config !== null)
    refuse('quantization_config', raw.quantization_config, 'none (f32, f16 or bf16 weights)');
  refuseSlidingWindow(raw, refuse);

  const heads = raw.num_attention_heads;
  // As in transformers' own classes: a Qwen config without the field means 32, one with null as many as heads.
  const absent = architecture === 'llama' || raw.num_key_value_heads === null ? heads : 32;
  const keyValueHeads = raw.num_key_value_heads ?? absent;
  if (heads % keyValueHeads !== 0)
    refuse('num_key_value_heads', keyValueHeads, `a divisor of num_attention_heads, ${heads}`);
  const headSize =
    raw.head_dim ?? (architecture === 'qwen3' ? 128 : Math.floor(raw.hidden_size / heads));
  if (raw.head_dim == null && architecture !== 'qwen3' && raw.hidden_size % heads !== 0)
    refuse('hidden_size', raw.hidden_size, `a multiple of num_attention_heads, ${heads}`);
  if (headSize % 2 !== 0) refuse('head_dim', headSize, 'an even number (rope turns pairs)');
  const attentionBias = architecture === 'qwen2' || raw.attention_bias === true;
  const maxPositions = raw.max_position_embeddings ?? (architecture === 'llama' ? 2048 : 32768);
  const eos = generationEos ?? raw.eos_token_id ?? [];
  return {
    architecture,
    vocabularySize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    intermediateSize: raw.intermediate_size,
    rmsNormEpsilon: raw.rms_norm_eps ?? 1e-6,
    rope: readRope(raw, maxPositions, refuse),
    tieEmbeddings: raw.tie_word_embeddings ?? false,
    attentionBias,
    attentionOutputBias: architecture !== 'qwen2' && attentionBias,
    mlpBias: architecture === 'llama' && raw.mlp_bias === true,
    queryKeyNorm: architecture === 'qwen3',
    maxPositions,
    bosTokenId: raw.bos_token_id ?? undefined,
    eosTokenIds: typeof eos === 'number' ? [eos] : eos,
    padTokenId: raw.pad_token_id != null && raw.pad_token_id >= 0 ? raw.pad_token_id : undefined,
    initializerRange: raw.initializer_range ?? 0.02,
  };
}

type Refuse = (field: string, value: unknown, wanted: string) => never;

/** transformers windows the layers from max_window_layers on, and only where use_sliding_window says so. */
function refuseSlidingWindow(raw: ConfigFile, refuse: Refuse): void {
  if (raw.layer_types) {
    if (raw.layer_types.some((type) => type !== 'full_attention'))
      refuse('layer_types', [...new Set(raw.layer_types)], 'full_attention in every layer');
    return;
  }
  const windowed = (raw.max_window_layers ?? 28) < raw.num_hidden_layers;
  if (raw.model_type !== 'llama' && raw.use_sliding_window && raw.sliding_window && windowed)
    refuse('use_sliding_window', true, 'false (full attention)');
}

function readRope(raw: ConfigFile, maxPositions: number, refuse: Refuse): ModelConfig['rope'] {
  // Version 5 keeps everything in rope_parameters; version 4 had rope_theta beside an optional rope_scaling.
  // Where both stand, version 5 takes rope_scaling, and so do we.
  const scaled = raw.rope_scaling && Object.keys(raw.rope_scaling).length > 0;
  const field = scaled ? 'rope_scaling' : 'rope_parameters';
  const settings = (scaled ? raw.rope_scaling : raw.rope_parameters) ?? {};
  const theta =
    settings.rope_theta ?? raw.rope_theta ?? raw.rope_parameters?.rope_theta ?? DEFAULT_THETA;
  const partial = settings.partial_rotary_factor ?? raw.partial_rotary_factor ?? 1;
  if (partial !== 1) refuse('partial_rotary_factor', partial, '1 (rope over the whole head)');
  const type = settings.rope_type ?? settings.type ?? 'default';
  const need = (name: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number =>
    settings[name] ?? refuse(`${field}.${name}`, settings[name] ?? null, 'a positive number');
  if (type === 'default') return { theta, scaling: { type } };
  if (type === 'linear') return { theta, scaling: { type, factor: need('factor') } };
  if (type === 'llama3') {
    return {
      theta,
      scaling: {
        type,
        factor: need('factor'),
        lowFrequencyFactor: need('low_freq_factor'),
        highFrequencyFactor: need('high_freq_factor'),
        originalMaxPositions: settings.original_max_position_embeddings ?? maxPositions,
      },
    };
  }
  const named = settings.rope_type == null ? 'type' : 'rope_type';
  return refuse(`${field}.${named}`, type, 'one of default, linear, llama3');
}

/** Hugging Face tensor names and shapes, in the order of the forward pass; `lm_head.weight` is absent when tied. */
export function parameterShapes(config: ModelConfig): Map<string, readonly number[]> {
  const { hiddenSize, intermediateSize, headSize, vocabularySize } = config;
  const queryWidth = config.heads * headSize;
  const keyValueWidth = config.keyValueHeads * headSize;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, output: number, input: number, bias: boolean): void => {
    shapes.set(`${name}.weight`, [output, input]);
    if (bias) shapes.set(`${name}.bias`, [output]);
  };
  shapes.set('model.embed_tokens.weight', [vocabularySize, hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    shapes.set(`${at}.input_layernorm.weight`, [hiddenSize]);
    linear(`${at}.self_attn.q_proj`, queryWidth, hiddenSize, config.attentionBias);
    linear(`${at}.self_attn.k_proj`, keyValueWidth, hiddenSize, config.attentionBias);
    linear(`${at}.self_attn.v_proj`, keyValueWidth, hiddenSize, config.attentionBias);
    linear(`${at}.self_attn.o_proj`, hiddenSize, queryWidth, config.attentionOutputBias);
    if (config.queryKeyNorm) {
      shapes.set(`${at}.self_attn.q_norm.weight`, [headSize]);
      shapes.set(`${at}.self_attn.k_norm.weight`, [headSize]);
    }
    shapes.set(`${at}.post_attention_layernorm.weight`, [hiddenSize]);
    linear(`${at}.mlp.gate_proj`, intermediateSize, hiddenSize, config.mlpBias);
    linear(`${at}.mlp.up_proj`, intermediateSize, hiddenSize, config.mlpBias);
    linear(`${at}.mlp.down_proj`, hiddenSize, intermediateSize, config.mlpBias);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tieEmbeddings) shapes.set('lm_head.weight', [vocabularySize, hiddenSize]);
  return shapes;
}

/** Number of trainable parameters. */
export const parameterCount = (config: ModelConfig): number => {
  let total = 0;
  for (const shape of parameterShapes(config).values())
    total += shape.reduce((product, side) => product * side, 1);
  return total;
};
