import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parameterCount, parameterShapes, readModelConfig } from './config.ts';
import { configJson, generationConfigJson } from './config-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'vul2safe-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Qwen/Qwen2.5-Coder-0.5B's settings as transformers 4 wrote them. */
const qwen25 = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  bos_token_id: 151643,
  eos_token_id: 151643,
  hidden_act: 'silu',
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 24,
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151936,
};

/** meta-llama/Llama-3.2-1B's settings as transformers 4 wrote them. */
const llama32 = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  attention_bias: false,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  tie_word_embeddings: true,
  vocab_size: 128256,
};

function read(config: unknown, generation?: unknown) {
  rmSync(join(folder, 'generation_config.json'), { force: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  if (generation) writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(generation));
  return readModelConfig(folder);
}

describe('real configurations', () => {
  it('Qwen2.5 0.5B has its published 494,032,768 parameters and biases on q, k and v only', () => {
    const config = read(qwen25);
    expect(parameterCount(config)).toBe(494_032_768);
    expect(config).toMatchObject({ headSize: 64, attentionBias: true, attentionOutputBias: false });
    const names = [...parameterShapes(config).keys()];
    expect(names).not.toContain('lm_head.weight');
    expect(names).toContain('model.layers.23.self_attn.v_proj.bias');
    expect(names).not.toContain('model.layers.0.self_attn.o_proj.bias');
  });

  it('Llama 3.2 1B has its published 1,235,814,400 parameters and llama3 rope', () => {
    const config = read(llama32);
    expect(parameterCount(config)).toBe(1_235_814_400);
    expect(config.rope).toEqual({
      theta: 500000,
      scaling: {
        type: 'llama3',
        factor: 32,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalMaxPositions: 8192,
      },
    });
    expect(config.eosTokenIds).toEqual([128001, 128008, 128009]);
  });

  it('reads version 5 rope_parameters, and Qwen3 heads wider than hidden / heads', () => {
    const { rope_theta: theta, ...rest } = qwen25;
    const config = read({
      ...rest,
      model_type: 'qwen3',
      architectures: ['Qwen3ForCausalLM'],
      head_dim: 128,
      rope_parameters: { rope_theta: theta, rope_type: 'linear', factor: 2 },
    });
    expect(config.rope).toEqual({ theta: 1000000, scaling: { type: 'linear', factor: 2 } });
    const shapes = parameterShapes(config);
    expect(shapes.get('model.layers.0.self_attn.q_proj.weight')).toEqual([1792, 896]);
    expect(shapes.get('model.layers.0.self_attn.o_proj.weight')).toEqual([896, 1792]);
    expect(shapes.get('model.layers.0.self_attn.k_norm.weight')).toEqual([128]);
  });

  it('takes null key heads for as many as heads, and absent ones for the default of the class', () => {
    const { num_key_value_heads: _, ...absent } = qwen25;
    expect(read({ ...absent, num_key_value_heads: null }).keyValueHeads).toBe(14);
    expect(read({ ...absent, num_attention_heads: 64 }).keyValueHeads).toBe(32);
    expect(read({ ...llama32, num_key_value_heads: null }).keyValueHeads).toBe(32);
  });

  it("takes the end tokens of generation_config.json where they differ from config.json's", () => {
    const config = read(qwen25, { eos_token_id: [151645, 151643] });
    expect(config.eosTokenIds).toEqual([151645, 151643]);
  });

  it('ignores a sliding window that no layer uses', () => {
    const config = read({ ...qwen25, use_sliding_window: true, max_window_layers: 24 });
    expect(config.layers).toBe(24);
  });

  it('writes a configuration that reads back equal', () => {
    for (const original of [
      qwen25,
      llama32,
      { ...llama32, attention_bias: true, mlp_bias: true },
    ]) {
      const config = read(original);
      expect(read(configJson(config, 'bf16'), generationConfigJson(config))).toEqual(config);
      // Version 4 ignores rope_parameters.
      const { rope_parameters: _, ...version4 } = configJson(config, 'bf16');
      expect(read(version4)).toEqual(config);
      const { rope_theta: __, rope_scaling: ___, ...version5 } = configJson(config, 'bf16');
      expect(read(version5)).toEqual(config);
    }
  });
});

describe('what is not computed exactly is refused, naming file and field', () => {
  const cases: [string, object, RegExp][] = [
    ['another architecture', { model_type: 'gpt_neox' }, /field model_type is "gpt_neox"/],
    ['a prototype property', { model_type: 'toString' }, /field model_type is "toString"/],
    [
      'another head',
      { architectures: ['Qwen2ForSequenceClassification'] },
      /field architectures is/,
    ],
    ['another activation', { hidden_act: 'gelu' }, /field hidden_act is "gelu"/],
    [
      'sliding windows',
      { use_sliding_window: true, max_window_layers: 12 },
      /field use_sliding_window/,
    ],
    [
      'sliding layers',
      { layer_types: ['full_attention', 'sliding_attention'] },
      /field layer_types/,
    ],
    [
      'yarn',
      { rope_scaling: { type: 'yarn', factor: 4 } },
      /field rope_scaling.type is "yarn", expected one of default, linear, llama3/,
    ],
    [
      'dynamic rope',
      { rope_parameters: { rope_type: 'dynamic', factor: 2, rope_theta: 10000 } },
      /field rope_parameters.rope_type is "dynamic"/,
    ],
    [
      'unknown rope of version 5',
      { rope_parameters: { rope_type: 'spiral' } },
      /field rope_parameters.rope_type is "spiral"/,
    ],
    [
      'llama3 rope without its factors',
      { rope_scaling: { rope_type: 'llama3', factor: 8 } },
      /field rope_scaling.low_freq_factor/,
    ],
    ['partial rope', { partial_rotary_factor: 0.5 }, /field partial_rotary_factor is 0.5/],
    ['quantised weights', { quantization_config: { bits: 4 } }, /field quantization_config/],
    ['heads that do not divide', { num_key_value_heads: 4 }, /field num_key_value_heads is 4/],
    ['no head width', { num_attention_heads: 15, num_key_value_heads: 3 }, /field hidden_size/],
    ['an odd head', { head_dim: 63 }, /field head_dim is 63/],
    ['a missing field', { hidden_size: undefined }, /field hidden_size/],
    ['a wrong type', { vocab_size: '151936' }, /field vocab_size/],
  ];
  it.each(cases)('%s', (_name, change, message) => {
    const attempt = () => read({ ...qwen25, ...change });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/config\.json/);
    expect(attempt).toThrow(expect.objectContaining({ code: 'input', exitStatus: 2 }));
  });

  it('no file, and no JSON', () => {
    expect(() => readModelConfig(join(folder, 'nowhere'))).toThrow(
      /config\.json: .*cannot be read/,
    );
    writeFileSync(join(folder, 'config.json'), '{"model_type": ');
    expect(() => readModelConfig(folder)).toThrow(/config\.json: not JSON/);
  });
});
