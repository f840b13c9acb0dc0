/**
 * @file A model folder as one GGUF file for llama.cpp and what is built on it (names and layouts as its converter
 * writes them). Llama's query and key rows are permuted, since llama.cpp turns neighbouring pairs there where Hugging
 * Face turns halves; Qwen needs none. Llama 3 rope becomes a tensor of divisors. Matrices take the given format,
 * norms and biases stay f32.
 */
import { basename, join, resolve } from 'node:path';
import { inputError } from '../kernel/errors.ts';
import { chatTemplateSource } from './chat-template.ts';
import type { ModelConfig } from './config.ts';
import { type GgufTensor, type GgufValue, writeGguf } from './gguf.ts';
import { tokenizerMetadata } from './gguf-tokenizer.ts';
import type { StorageType } from './half-precision.ts';
import { inverseFrequencies } from './rope.ts';
import type { OnTensor } from './safetensors-writer.ts';
import { readTokenizerFile } from './tokenizer-file.ts';
import type { WeightSource } from './weights.ts';

const FILE_TYPE: Readonly<Record<StorageType, number>> = { f32: 0, f16: 1, bf16: 32 };

const OUTSIDE_LAYERS: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.norm.weight': 'output_norm.weight',
  'lm_head.weight': 'output.weight',
};
const INSIDE_LAYERS: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** llama.cpp's name of a Hugging Face parameter. */
export function ggufName(name: string): string {
  const outside = OUTSIDE_LAYERS[name];
  if (outside) return outside;
  const match = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name);
  const inside = match && INSIDE_LAYERS[match[2]!];
  if (!match || !inside) throw new RangeError(`no GGUF name for ${name}`);
  return `blk.${match[1]}.${inside}.${match[3]}`;
}

/**
 * Rows of each head from [first halves, second halves] to neighbouring pairs: row 2i + s of a head was row
 * s * headSize / 2 + i. Works for weights [heads * headSize, columns] and, with one column, for biases.
 */
export function interleaveHalves(
  values: Float32Array,
  heads: number,
  headSize: number,
): Float32Array {
  const columns = values.length / (heads * headSize);
  const half = headSize / 2;
  const result = new Float32Array(values.length);
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < half; i++)
      for (let side = 0; side < 2; side++) {
        const from = (head * headSize + side * half + i) * columns;
        const to = (head * headSize + 2 * i + side) * columns;
        result.set(values.subarray(from, from + columns), to);
      }
  return result;
}

/** [headSize / 2] What llama.cpp divides each plain frequency by. */
function llama3Divisors(config: ModelConfig): Float32Array {
  const plain = inverseFrequencies({
    ...config,
    rope: { theta: config.rope.theta, scaling: { type: 'default' } },
  });
  const scaled = inverseFrequencies(config);
  return plain.map((frequency, i) => frequency / scaled[i]!);
}

function refuseUnrepresentable(config: ModelConfig, path: string): void {
  const { architecture, rope } = config;
  if (architecture !== 'llama' && config.attentionOutputBias)
    throw inputError(`${path}: field attention_bias: llama.cpp's ${architecture} has no biases`);
  if (architecture !== 'llama' && rope.scaling.type === 'llama3')
    throw inputError(
      `${path}: field rope_type: llama.cpp's ${architecture} does not scale rope as llama3`,
    );
}

function modelMetadata(
  config: ModelConfig,
  name: string,
  type: StorageType,
): Map<string, GgufValue> {
  const { architecture: a, rope } = config;
  const u32 = (value: number): GgufValue => ({ type: 'u32', value });
  const f32 = (value: number): GgufValue => ({ type: 'f32', value });
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: a }],
    ['general.type', { type: 'string', value: 'model' }],
    ['general.name', { type: 'string', value: name }],
    ['general.file_type', u32(FILE_TYPE[type])],
    [`${a}.block_count`, u32(config.layers)],
    [`${a}.context_length`, u32(config.maxPositions)],
    [`${a}.embedding_length`, u32(config.hiddenSize)],
    [`${a}.feed_forward_length`, u32(config.intermediateSize)],
    [`${a}.attention.head_count`, u32(config.heads)],
    [`${a}.attention.head_count_kv`, u32(config.keyValueHeads)],
    [`${a}.attention.key_length`, u32(config.headSize)],
    [`${a}.attention.value_length`, u32(config.headSize)],
    [`${a}.attention.layer_norm_rms_epsilon`, f32(config.rmsNormEpsilon)],
    [`${a}.rope.dimension_count`, u32(config.headSize)],
    [`${a}.rope.freq_base`, f32(rope.theta)],
    [`${a}.vocab_size`, u32(config.vocabularySize)],
  ]);
  if (rope.scaling.type === 'linear') {
    metadata.set(`${a}.rope.scaling.type`, { type: 'string', value: 'linear' });
    metadata.set(`${a}.rope.scaling.factor`, f32(rope.scaling.factor));
  }
  return metadata;
}

export interface GgufExport {
  /** Model folder: tokenizer and chat template are taken from it. */
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: Pick<WeightSource, 'shapes' | 'read'>;
  readonly type: StorageType;
  readonly onTensor?: OnTensor;
}

/** Writes the GGUF file, atomically. @throws inputError when llama.cpp cannot represent the model exactly. */
export async function exportGguf(path: string, model: GgufExport): Promise<void> {
  const { folder, config, weights, type } = model;
  refuseUnrepresentable(config, join(folder, 'config.json'));
  const tokenizer = readTokenizerFile(folder, config);
  const metadata = modelMetadata(config, basename(resolve(folder)), type);
  for (const [key, value] of tokenizerMetadata(tokenizer, config, join(folder, 'tokenizer.json')))
    metadata.set(key, value);
  const template = chatTemplateSource(folder)?.source;
  if (template) metadata.set('tokenizer.chat_template', { type: 'string', value: template });

  const tensors: GgufTensor[] = [];
  for (const [name, shape] of weights.shapes) {
    const permuted = config.architecture === 'llama' && /\.(q|k)_proj\./.exec(name)?.[1];
    const heads = permuted === 'q' ? config.heads : config.keyValueHeads;
    tensors.push({
      name: ggufName(name),
      shape,
      type: shape.length === 1 ? 'f32' : type,
      read: () =>
        permuted
          ? interleaveHalves(weights.read(name), heads, config.headSize)
          : weights.read(name),
    });
  }
  if (config.rope.scaling.type === 'llama3')
    tensors.push({
      name: 'rope_freqs.weight',
      shape: [config.headSize / 2],
      type: 'f32',
      read: () => llama3Divisors(config),
    });
  await writeGguf(path, metadata, tensors, model.onTensor);
}
