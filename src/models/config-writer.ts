/**
 * @file config.json, generation_config.json and a minimal tokenizer_config.json, such that transformers 4 and 5, vLLM
 * and llama.cpp's converter read the same model: version 4 takes rope_theta and rope_scaling, version 5
 * rope_parameters; version 4 takes torch_dtype, version 5 dtype. Settings that do not apply are left at their defaults.
 */
import type { StorageType } from './half-precision.ts';
import { type ModelConfig, transformersClassOf } from './config.ts';

const DTYPE: Readonly<Record<StorageType, string>> = {
  f32: 'float32',
  f16: 'float16',
  bf16: 'bfloat16',
};

type Json = Record<string, unknown>;

/** One id as a number, several as a list, none as null: as transformers writes it. */
const eosOf = (config: ModelConfig): unknown =>
  config.eosTokenIds.length > 1 ? config.eosTokenIds : (config.eosTokenIds[0] ?? null);

function ropeFields({ rope }: ModelConfig): Json {
  const { theta, scaling } = rope;
  const parameters: Json = { rope_theta: theta, rope_type: scaling.type };
  if (scaling.type !== 'default') parameters.factor = scaling.factor;
  if (scaling.type === 'llama3') {
    parameters.low_freq_factor = scaling.lowFrequencyFactor;
    parameters.high_freq_factor = scaling.highFrequencyFactor;
    parameters.original_max_position_embeddings = scaling.originalMaxPositions;
  }
  return {
    rope_theta: theta,
    rope_parameters: parameters,
    // Version 5 lets rope_scaling override rope_parameters, so it holds the same, rope_theta included.
    ...(scaling.type === 'default' ? {} : { rope_scaling: parameters }),
  };
}

function architectureFields(config: ModelConfig): Json {
  const full = { use_sliding_window: false, sliding_window: null };
  switch (config.architecture) {
    case 'llama':
      return { attention_bias: config.attentionBias, mlp_bias: config.mlpBias, pretraining_tp: 1 };
    case 'qwen2':
      return { ...full, max_window_layers: config.layers };
    case 'qwen3':
      return { ...full, max_window_layers: config.layers, attention_bias: config.attentionBias };
  }
}

export function configJson(config: ModelConfig, type: StorageType): Json {
  return {
    architectures: [transformersClassOf(config.architecture)],
    model_type: config.architecture,
    torch_dtype: DTYPE[type],
    dtype: DTYPE[type],
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headSize,
    intermediate_size: config.intermediateSize,
    hidden_act: 'silu',
    rms_norm_eps: config.rmsNormEpsilon,
    ...ropeFields(config),
    ...architectureFields(config),
    attention_dropout: 0,
    tie_word_embeddings: config.tieEmbeddings,
    max_position_embeddings: config.maxPositions,
    bos_token_id: config.bosTokenId ?? null,
    eos_token_id: eosOf(config),
    pad_token_id: config.padTokenId ?? null,
    initializer_range: config.initializerRange,
    use_cache: true,
  };
}

export const generationConfigJson = (config: ModelConfig): Json => ({
  _from_model_config: true,
  bos_token_id: config.bosTokenId ?? null,
  eos_token_id: eosOf(config),
  pad_token_id: config.padTokenId ?? null,
});

/** `textOf` gives a token's text by id, undefined where the tokenizer has none. */
export function tokenizerConfigJson(
  config: ModelConfig,
  textOf: (id: number) => string | undefined,
): Json {
  const text = (id: number | undefined): string | null =>
    id === undefined ? null : (textOf(id) ?? null);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: text(config.bosTokenId),
    eos_token: text(config.eosTokenIds[0]),
    pad_token: text(config.padTokenId),
    clean_up_tokenization_spaces: false,
    model_max_length: config.maxPositions,
  };
}
