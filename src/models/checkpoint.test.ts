import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkModelFolder, writeModelFolder } from './checkpoint.ts';
import { parameterShapes, readModelConfig } from './config.ts';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import { readWeights } from './weights.ts';

const scratch = mkdtempSync(join(tmpdir(), 'vul2safe-checkpoint-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const fixture = (name: string): string =>
  new URL(`../../test/fixtures/hf-parity/${name}`, import.meta.url).pathname;
const MODELS = ['llama-tiny', 'qwen2-tiny', 'qwen3-tiny'];

/** Bit for bit; byte comparison, since element-wise equality of large arrays is slow in the test runner. */
function expectSame(actual: Map<string, Float32Array>, expected: Map<string, Float32Array>): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  const different = [...expected].filter(
    ([name, values]) => Buffer.compare(bytesOf(values), bytesOf(actual.get(name)!)) !== 0,
  );
  expect(different.map(([name]) => name)).toEqual([]);
}
const bytesOf = (values: Float32Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

let copies = 0;
function copyOf(name: string): string {
  const folder = join(scratch, `copy-${copies++}`);
  cpSync(fixture(name), folder, { recursive: true });
  return folder;
}

describe.each(MODELS)('%s', (name) => {
  const folder = fixture(name);

  it('passes the check and loads every parameter with finite values', () => {
    const config = checkModelFolder(folder);
    const weights = readWeights(folder, config);
    expect([...weights.keys()]).toEqual([...parameterShapes(config).keys()]);
    for (const values of weights.values()) expect(values.every(Number.isFinite)).toBe(true);
  });

  it('is written and read back bit for bit, in one file and in shards', async () => {
    const config = readModelConfig(folder);
    const weights = readWeights(folder, config);
    for (const maxShardBytes of [undefined, 60_000]) {
      const out = join(scratch, `${name}-${maxShardBytes}`);
      await writeModelFolder({
        folder: out,
        config,
        weights,
        dtype: 'f32',
        tokenizer: { folder },
        ...(maxShardBytes ? { maxShardBytes } : {}),
      });
      expect(existsSync(join(out, 'model.safetensors.index.json'))).toBe(!!maxShardBytes);
      expect(checkModelFolder(out)).toEqual(config);
      expectSame(readWeights(out, config), weights);
      expect(readFileSync(join(out, 'tokenizer.json'))).toEqual(
        readFileSync(join(folder, 'tokenizer.json')),
      );
    }
  });

  it('holds in bf16 exactly the rounded weights, and they round no further', async () => {
    const config = readModelConfig(folder);
    const out = join(scratch, `${name}-bf16`);
    const write = (weights: Map<string, Float32Array>) =>
      writeModelFolder({ folder: out, config, weights, dtype: 'bf16', tokenizer: { folder } });
    await write(readWeights(folder, config));
    const once = readWeights(out, config);
    const bytes = readFileSync(join(out, 'model.safetensors'));
    await write(once);
    expect(readFileSync(join(out, 'model.safetensors')).equals(bytes)).toBe(true);
  });
});

it('a folder written again replaces the old one whole and leaves nothing beside it', async () => {
  const folder = fixture('qwen3-tiny');
  const parent = mkdtempSync(join(scratch, 'again-'));
  const config = readModelConfig(folder);
  const weights = readWeights(folder, config);
  const write = (maxShardBytes: number) =>
    writeModelFolder({
      folder: join(parent, 'model'),
      config,
      weights,
      dtype: 'f32',
      tokenizer: { json: readFileSync(join(folder, 'tokenizer.json'), 'utf8') },
      maxShardBytes,
    });
  await write(60_000);
  await write(1e9);
  expect(readdirSync(parent)).toEqual(['model']);
  expect(readdirSync(join(parent, 'model')).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const tokenizerConfig = JSON.parse(
    readFileSync(join(parent, 'model', 'tokenizer_config.json'), 'utf8'),
  );
  expect(tokenizerConfig.eos_token).toBe('<|endoftext|>');
});

it('a missing weight stops the writing and leaves the old folder', async () => {
  const folder = copyOf('llama-tiny');
  const config = readModelConfig(folder);
  const weights = readWeights(folder, config);
  weights.delete('model.norm.weight');
  await expect(
    writeModelFolder({ folder, config, weights, dtype: 'f32', tokenizer: { folder } }),
  ).rejects.toThrow(/model\.norm\.weight is missing/);
  expect(checkModelFolder(folder)).toEqual(config);
  expect(readdirSync(scratch).filter((name) => name.includes('.tmp'))).toEqual([]);
});

describe('a bad folder is refused before any work, naming file and field', () => {
  const rewriteWeights = (
    folder: string,
    change: (tensors: Map<string, { shape: number[]; values: Float32Array }>) => void,
  ): void => {
    const path = join(folder, 'model.safetensors');
    const file = openSafetensors(path);
    const tensors = new Map(
      [...file.tensors].map(([name, { shape }]) => [
        name,
        { shape: [...shape], values: file.read(name) },
      ]),
    );
    file.close();
    change(tensors);
    writeSafetensors(
      path,
      [...tensors].map(([name, { shape, values }]) => ({ name, shape, read: () => values })),
      'f32',
    );
  };
  const editJson = (path: string, change: (value: Record<string, unknown>) => void): void => {
    const value = JSON.parse(readFileSync(path, 'utf8'));
    change(value);
    writeFileSync(path, JSON.stringify(value));
  };
  const QUERY = 'model.layers.0.self_attn.q_proj.weight';
  const GATE = 'model.layers.0.mlp.gate_proj.weight';

  const cases: [string, (folder: string) => void, RegExp][] = [
    [
      'truncated weights',
      (folder) => {
        const path = join(folder, 'model.safetensors');
        truncateSync(path, statSync(path).size - 1);
      },
      /model\.safetensors: truncated/,
    ],
    [
      'a missing tensor',
      (folder) => rewriteWeights(folder, (tensors) => tensors.delete(QUERY)),
      /tensor model\.layers\.0\.self_attn\.q_proj\.weight is missing/,
    ],
    [
      'an extra tensor',
      (folder) =>
        rewriteWeights(folder, (tensors) =>
          tensors.set('model.layers.0.self_attn.sinks', {
            shape: [1],
            values: new Float32Array(1),
          }),
        ),
      /model\.safetensors: tensor model\.layers\.0\.self_attn\.sinks has no place/,
    ],
    [
      'a wrong shape of the right size',
      (folder) => rewriteWeights(folder, (tensors) => tensors.get(GATE)!.shape.reverse()),
      /tensor model\.layers\.0\.mlp\.gate_proj\.weight: field shape is \[64, 128\]/,
    ],
    [
      'other settings than the weights',
      (folder) =>
        editJson(join(folder, 'config.json'), (config) => {
          Object.assign(config, { intermediate_size: 100 });
        }),
      /mlp\.gate_proj\.weight: field shape is \[\d+, \d+\], config\.json asks for \[100, \d+\]/,
    ],
    ['no tokenizer', (folder) => unlinkSync(join(folder, 'tokenizer.json')), /tokenizer\.json/],
    [
      'a tokenizer larger than the embedding',
      (folder) =>
        editJson(join(folder, 'tokenizer.json'), (tokenizer) => {
          (tokenizer.added_tokens as object[]).push({ id: 512, content: '<extra>', special: true });
        }),
      /tokenizer\.json: field added_tokens: token "<extra>" has id 512.*ends at 511/,
    ],
    [
      'a tokenizer without a vocabulary',
      (folder) => writeFileSync(join(folder, 'tokenizer.json'), '{"model": {"type": "BPE"}}'),
      /tokenizer\.json: field model\.vocab/,
    ],
    ['no weights', (folder) => unlinkSync(join(folder, 'model.safetensors')), /has neither/],
    [
      'an index that names an absent shard',
      (folder) => {
        unlinkSync(join(folder, 'model.safetensors'));
        writeFileSync(
          join(folder, 'model.safetensors.index.json'),
          JSON.stringify({ weight_map: { [QUERY]: 'model-00001-of-00002.safetensors' } }),
        );
      },
      /model-00001-of-00002\.safetensors: cannot be opened/,
    ],
    [
      'an index that points outside the folder',
      (folder) => {
        unlinkSync(join(folder, 'model.safetensors'));
        writeFileSync(
          join(folder, 'model.safetensors.index.json'),
          JSON.stringify({ weight_map: { [QUERY]: '../../etc/passwd' } }),
        );
      },
      /weight_map.*is not a plain file name/,
    ],
    [
      'an adapter instead of a model',
      (folder) => {
        unlinkSync(join(folder, 'config.json'));
        writeFileSync(join(folder, 'adapter_config.json'), '{}');
      },
      /holds a PEFT adapter/,
    ],
  ];
  it.each(cases)('%s', (_name, damage, message) => {
    const folder = copyOf('llama-tiny');
    damage(folder);
    expect(() => checkModelFolder(folder)).toThrow(message);
    expect(() => checkModelFolder(folder)).toThrow(
      expect.objectContaining({ code: 'input', exitStatus: 2 }),
    );
  });

  it('a tied model may carry the head twice, or under the head name only', () => {
    const folder = copyOf('qwen2-tiny');
    const config = readModelConfig(folder);
    const expected = readWeights(folder, config);
    rewriteWeights(folder, (tensors) =>
      tensors.set('lm_head.weight', tensors.get('model.embed_tokens.weight')!),
    );
    expectSame(readWeights(folder, config), expected);
    rewriteWeights(folder, (tensors) => tensors.delete('model.embed_tokens.weight'));
    expectSame(readWeights(folder, config), expected);
  });
});
