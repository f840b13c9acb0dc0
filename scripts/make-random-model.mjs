/**
 * @file Writes a model folder with random weights of a real model's exact shape, for load tests:
 *   npm run build && node scripts/make-random-model.mjs --out DIR [--shape NAME | --config config.json]
 *     [--dtype bf16|f16|f32] [--shards N] [--seed N] [--tokenizer FOLDER]
 * Without --tokenizer the model gets a tokenizer of 256 bytes and an end-of-text token. The shapes are those published
 * in the models' config.json; no weights of theirs are used.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const qwen = { hidden_act: 'silu', rms_norm_eps: 1e-6, rope_theta: 1000000, vocab_size: 151936 };
const SHAPES = {
  'qwen2.5-coder-0.5b': {
    ...qwen,
    model_type: 'qwen2',
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    max_position_embeddings: 32768,
    tie_word_embeddings: true,
    bos_token_id: 151643,
    eos_token_id: 151643,
  },
  'qwen2.5-coder-1.5b': {
    ...qwen,
    model_type: 'qwen2',
    hidden_size: 1536,
    intermediate_size: 8960,
    num_hidden_layers: 28,
    num_attention_heads: 12,
    num_key_value_heads: 2,
    max_position_embeddings: 32768,
    tie_word_embeddings: true,
    bos_token_id: 151643,
    eos_token_id: 151643,
  },
  'qwen3-0.6b': {
    ...qwen,
    model_type: 'qwen3',
    hidden_size: 1024,
    intermediate_size: 3072,
    num_hidden_layers: 28,
    num_attention_heads: 16,
    num_key_value_heads: 8,
    head_dim: 128,
    max_position_embeddings: 40960,
    tie_word_embeddings: true,
    bos_token_id: 151643,
    eos_token_id: 151645,
  },
  'llama-3.2-1b': {
    model_type: 'llama',
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 500000,
    rope_scaling: {
      factor: 32,
      high_freq_factor: 4,
      low_freq_factor: 1,
      original_max_position_embeddings: 8192,
      rope_type: 'llama3',
    },
    vocab_size: 128256,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    max_position_embeddings: 131072,
    tie_word_embeddings: true,
    bos_token_id: 128000,
    eos_token_id: 128001,
  },
};

const built = new URL('../dist/models/random-model.js', import.meta.url);
if (!existsSync(built)) {
  console.error('make-random-model: run `npm run build` first');
  process.exit(3);
}
const { byteTokenizerJson, writeRandomModel } = await import(built);
const { parameterCount, readModelConfig } = await import(
  new URL('../dist/models/config.js', import.meta.url)
);

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    shape: { type: 'string', default: 'qwen2.5-coder-0.5b' },
    config: { type: 'string' },
    dtype: { type: 'string', default: 'bf16' },
    shards: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    tokenizer: { type: 'string' },
  },
});
if (!values.out || !['f32', 'f16', 'bf16'].includes(values.dtype)) {
  console.error('make-random-model: give --out DIR, and --dtype f32, f16 or bf16');
  process.exit(2);
}
if (!values.config && !Object.hasOwn(SHAPES, values.shape)) {
  console.error(`make-random-model: --shape is one of ${Object.keys(SHAPES).join(', ')}`);
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'random-model-'));
const settings = values.config
  ? readFileSync(values.config, 'utf8')
  : JSON.stringify(SHAPES[values.shape]);
writeFileSync(join(scratch, 'config.json'), settings);
const config = readModelConfig(scratch);
rmSync(scratch, { recursive: true });
const started = performance.now();
await writeRandomModel({
  folder: values.out,
  // The byte tokenizer has its own end of text; ids of the real tokenizer would mean nothing to it.
  config: values.tokenizer ? config : { ...config, bosTokenId: 256, eosTokenIds: [256] },
  dtype: values.dtype,
  seed: Number(values.seed),
  tokenizer: values.tokenizer ? { folder: values.tokenizer } : { json: byteTokenizerJson() },
  shards: Number(values.shards),
});
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`${values.out}: ${parameterCount(config)} parameters in ${values.dtype}, ${seconds} s`);
