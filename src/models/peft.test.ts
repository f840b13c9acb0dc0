import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../kernel/random.ts';
import { parameterShapes, readModelConfig } from './config.ts';
import {
  type LoraAdapter,
  type LoraModule,
  mergeAdapter,
  readAdapter,
  writeAdapter,
} from './peft.ts';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import { readWeights } from './weights.ts';

const scratch = mkdtempSync(join(tmpdir(), 'vul2safe-peft-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const base = new URL('../../test/fixtures/hf-parity/qwen3-tiny', import.meta.url).pathname;
const config = readModelConfig(base);

function randomAdapter(rank: number, zeroUp = false): LoraAdapter {
  const random = createRandom('peft-test', rank);
  const values = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => random.normal());
  const modules = new Map<string, LoraModule>();
  for (const [name, shape] of parameterShapes(config)) {
    if (!/(q_proj|down_proj)\.weight$/.test(name)) continue;
    const [outputs, inputs] = shape as [number, number];
    modules.set(name.replace('.weight', ''), {
      rank,
      scale: 8 / rank,
      down: values(rank * inputs),
      up: zeroUp ? new Float32Array(outputs * rank) : values(outputs * rank),
    });
  }
  return {
    rank,
    alpha: 8,
    rankStabilised: false,
    targetModules: ['q_proj', 'down_proj'],
    baseModel: 'some/base',
    modules,
  };
}

describe('an adapter folder', () => {
  it('is written and read back equal, under the names PEFT uses', async () => {
    const adapter = randomAdapter(3);
    const folder = join(scratch, 'equal');
    await writeAdapter(folder, adapter, config);
    expect(readAdapter(folder, config)).toEqual(adapter);
    const file = openSafetensors(join(folder, 'adapter_model.safetensors'));
    const name = 'base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight';
    expect(file.tensors.get(name)?.shape).toEqual([3, 40]);
    file.close();
  });

  it('scales by alpha over the root of the rank when rank-stabilised', async () => {
    const folder = join(scratch, 'rslora');
    await writeAdapter(folder, { ...randomAdapter(4), rankStabilised: true }, config);
    const [module] = readAdapter(folder, config).modules.values();
    expect(module?.scale).toBe(8 / 2);
  });

  const changes: [string, object, RegExp][] = [
    ['DoRA', { use_dora: true }, /field use_dora is true/],
    ['another method', { peft_type: 'IA3' }, /field peft_type is "IA3"/],
    ['trained biases', { bias: 'all' }, /field bias is "all"/],
    ['whole modules beside', { modules_to_save: ['lm_head'] }, /field modules_to_save/],
    ['alphas per module', { alpha_pattern: { q_proj: 4 } }, /field alpha_pattern/],
    ['no rank', { r: undefined }, /field r:/],
  ];
  it.each(changes)('with %s is refused', async (_name, change, message) => {
    const folder = join(scratch, 'refused');
    await writeAdapter(folder, randomAdapter(2), config);
    const path = join(folder, 'adapter_config.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
    expect(() => readAdapter(folder, config)).toThrow(message);
  });

  it('of another model is refused, naming the tensor', async () => {
    const folder = join(scratch, 'other');
    await writeAdapter(folder, randomAdapter(2), config);
    expect(() => readAdapter(folder, { ...config, intermediateSize: 100 })).toThrow(
      /layers\.0\.mlp\.down_proj\.lora_A\.weight: field shape is \[2, 96\].*\[2, 100\]/,
    );
    expect(() => readAdapter(folder, { ...config, layers: 1 })).toThrow(
      /module model\.layers\.1\.\S+ is not a projection/,
    );
  });

  it('with half a pair is refused', async () => {
    const folder = join(scratch, 'half');
    await writeAdapter(folder, randomAdapter(2), config);
    writeSafetensors(
      join(folder, 'adapter_model.safetensors'),
      [
        {
          name: 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
          shape: [2, 40],
          read: () => new Float32Array(80),
        },
      ],
      'f32',
    );
    expect(() => readAdapter(folder, config)).toThrow(/q_proj has no lora_B\.weight/);
  });
});

describe('merging', () => {
  it('adds scale * B A to the targeted matrices and leaves the others as they were', () => {
    const adapter = randomAdapter(3);
    const before = readWeights(base, config);
    const after = readWeights(base, config);
    mergeAdapter(after, adapter);
    for (const [name, shape] of parameterShapes(config)) {
      const module = adapter.modules.get(name.replace(/\.weight$/, ''));
      const old = before.get(name)!;
      const merged = after.get(name)!;
      if (!module) {
        expect(Buffer.from(merged.buffer).equals(Buffer.from(old.buffer))).toBe(true);
        continue;
      }
      const [outputs, inputs] = shape as [number, number];
      let worst = 0;
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++) {
          let delta = 0;
          for (let r = 0; r < module.rank; r++)
            delta += module.up[o * module.rank + r]! * module.down[r * inputs + i]!;
          const expected = old[o * inputs + i]! + module.scale * delta;
          worst = Math.max(worst, Math.abs(merged[o * inputs + i]! - expected));
        }
      expect(worst).toBeLessThan(1e-5);
    }
  });

  it('of an untrained adapter (B = 0) changes no bit', () => {
    const before = readWeights(base, config);
    const after = readWeights(base, config);
    mergeAdapter(after, randomAdapter(3, true));
    for (const [name, values] of before)
      expect(Buffer.from(after.get(name)!.buffer).equals(Buffer.from(values.buffer))).toBe(true);
  });
});
