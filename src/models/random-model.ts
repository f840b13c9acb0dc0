/**
 * @file A model folder of any shape with random weights, for load tests and for starting from nothing: what matters is
 * that sizes, names and formats are those of the real thing. Weights are uniform with the standard deviation that the
 * configuration's initializer_range asks for (a normal draw would take ten times as long and test nothing more); norms
 * are 1; biases are drawn like weights, so that code which forgets them shows. Tensors are made as they are written.
 */
import { createRandom } from '../kernel/random.ts';
import { type ModelConfig, parameterShapes } from './config.ts';
import { writeModelFolder } from './checkpoint.ts';
import type { StorageType } from './half-precision.ts';
import { elementCount } from './safetensors.ts';

/** One parameter's values; the same for the same seed and name, whatever else is drawn. */
export function randomParameter(
  config: ModelConfig,
  name: string,
  shape: readonly number[],
  seed: number,
): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (/norm\.weight$/.test(name)) return values.fill(1);
  // xorshift32: a general generator costs several times as much over half a billion numbers.
  let state = createRandom('random-model', seed, name).uint32() | 1;
  const scale = (config.initializerRange * Math.sqrt(3)) / 2 ** 31;
  for (let i = 0; i < values.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state * scale;
  }
  return values;
}

/** A tokenizer.json with one token per byte and an end-of-text token, for models that bring none. */
export function byteTokenizerJson(): string {
  // The byte alphabet of GPT-2: printable bytes stand for themselves, the others for characters from 256 on.
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const vocabulary: Record<string, number> = {};
  let shifted = 256;
  for (let byte = 0; byte < 256; byte++)
    vocabulary[String.fromCodePoint(printable(byte) ? byte : shifted++)] = byte;
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: 256,
        content: '<|endoftext|>',
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: bytes,
    post_processor: null,
    decoder: bytes,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: { ...vocabulary, '<|endoftext|>': 256 },
      merges: [],
    },
  });
}

export interface RandomModel {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly dtype: StorageType;
  readonly seed: number;
  readonly tokenizer: { readonly folder: string } | { readonly json: string };
  /** Number of weight files. */
  readonly shards: number;
}

export async function writeRandomModel(model: RandomModel): Promise<void> {
  const { config, dtype, seed, shards } = model;
  const shapes = parameterShapes(config);
  const sizes = [...shapes.values()].map(
    (shape) => elementCount(shape) * (dtype === 'f32' ? 4 : 2),
  );
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  // A shard is closed when the next tensor does not fit; the largest tensor on top leaves no remainder.
  const maxShardBytes = Math.ceil(total / shards) + (shards > 1 ? Math.max(...sizes) : 0);
  await writeModelFolder({
    folder: model.folder,
    config,
    weights: { read: (name) => randomParameter(config, name, shapes.get(name) ?? [0], seed) },
    dtype,
    tokenizer: model.tokenizer,
    maxShardBytes,
  });
}
