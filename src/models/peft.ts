/**
 * @file LoRA adapters (Hu 2021) in the PEFT library's folder form: `adapter_config.json` and `adapter_model.safetensors`
 * with names `base_model.model.<module>.lora_A.weight` [rank, input] and `.lora_B.weight` [output, rank]. Read, written,
 * and merged into a weight: W + scale * B A. Adapters on the seven projections only; DoRA, trained biases, embeddings
 * and per-module alphas are refused. Dropout is not applied (the engine has none).
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFolderAtomic } from '../kernel/atomic-file.ts';
import { inputError } from '../kernel/errors.ts';
import { type ModelConfig, parameterShapes } from './config.ts';
import type { StorageType } from './half-precision.ts';
import { readJsonFile } from './json-file.ts';
import { type SafetensorsFile, openSafetensors } from './safetensors.ts';
import { type TensorSource, writeSafetensors } from './safetensors-writer.ts';

/** The linear modules an adapter may sit on, by the last part of their names. */
export const PROJECTIONS = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const;
export type Projection = (typeof PROJECTIONS)[number];

export interface LoraModule {
  readonly rank: number;
  /** What B A is multiplied by: alpha / rank, or alpha / sqrt(rank) for rank-stabilised adapters. */
  readonly scale: number;
  /** [rank, input] */
  readonly down: Float32Array;
  /** [output, rank] */
  readonly up: Float32Array;
}

export interface LoraAdapter {
  readonly rank: number;
  readonly alpha: number;
  readonly rankStabilised: boolean;
  readonly targetModules: readonly Projection[];
  readonly baseModel: string | undefined;
  /** By module name, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly modules: ReadonlyMap<string, LoraModule>;
}

const PREFIX = 'base_model.model.';
const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';

const adapterFile = z.looseObject({
  peft_type: z.string(),
  r: z.number().int().positive(),
  lora_alpha: z.number(),
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  base_model_name_or_path: z.string().nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  bias: z.string().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
});
type AdapterFile = z.infer<typeof adapterFile>;

const loraScale = (alpha: number, rank: number, rankStabilised: boolean): number =>
  alpha / (rankStabilised ? Math.sqrt(rank) : rank);

/** Output and input width of a linear module. */
function linearShape(config: ModelConfig, module: string): readonly [number, number] | undefined {
  if (!PROJECTIONS.some((name) => module.endsWith(`.${name}`))) return undefined;
  const shape = parameterShapes(config).get(`${module}.weight`);
  return shape as readonly [number, number] | undefined;
}

function refuseUnsupported(raw: AdapterFile, path: string): void {
  const refuse = (field: keyof AdapterFile, wanted: string): never => {
    throw inputError(
      `${path}: field ${String(field)} is ${JSON.stringify(raw[field])}, expected ${wanted}`,
      'merge this adapter with the PEFT library and give the merged model',
    );
  };
  if (raw.peft_type !== 'LORA') refuse('peft_type', '"LORA"');
  if (raw.use_dora) refuse('use_dora', 'false');
  if (raw.fan_in_fan_out) refuse('fan_in_fan_out', 'false');
  if (raw.bias && raw.bias !== 'none') refuse('bias', '"none"');
  if (raw.modules_to_save?.length) refuse('modules_to_save', 'none');
  if (Object.keys(raw.alpha_pattern ?? {}).length) refuse('alpha_pattern', 'none');
}

/** @throws inputError naming file and field when the adapter does not fit the model. */
export function readAdapter(folder: string, config: ModelConfig): LoraAdapter {
  const configPath = join(folder, CONFIG);
  const raw = readJsonFile(configPath, 'the adapter configuration', adapterFile);
  refuseUnsupported(raw, configPath);
  const weightsPath = join(folder, WEIGHTS);
  if (!existsSync(weightsPath))
    throw inputError(
      `${folder}: has no ${WEIGHTS}`,
      'adapter_model.bin is not read (it can run code when opened); save the adapter as safetensors',
    );
  const rankStabilised = raw.use_rslora ?? false;
  const file = openSafetensors(weightsPath);
  try {
    const modules = new Map<string, LoraModule>();
    for (const module of moduleNames(file)) {
      const { rank, down, up } = readModule(file, module, config);
      modules.set(module, {
        rank,
        down,
        up,
        scale: loraScale(raw.lora_alpha, rank, rankStabilised),
      });
    }
    if (modules.size === 0) throw inputError(`${weightsPath}: holds no LoRA matrices`);
    const present = (name: Projection): boolean =>
      [...modules.keys()].some((module) => module.endsWith(`.${name}`));
    return {
      rank: raw.r,
      alpha: raw.lora_alpha,
      rankStabilised,
      targetModules: PROJECTIONS.filter(present),
      baseModel: raw.base_model_name_or_path ?? undefined,
      modules,
    };
  } finally {
    file.close();
  }
}

function moduleNames(file: SafetensorsFile): Set<string> {
  const modules = new Set<string>();
  for (const name of file.tensors.keys()) {
    const match = /^base_model\.model\.(.+)\.lora_[AB]\.weight$/.exec(name);
    if (!match)
      throw inputError(
        `${file.path}: tensor ${name} is not a LoRA matrix (${PREFIX}<module>.lora_A.weight or .lora_B.weight)`,
      );
    modules.add(match[1]!);
  }
  return modules;
}

function readModule(
  file: SafetensorsFile,
  module: string,
  config: ModelConfig,
): Pick<LoraModule, 'rank' | 'down' | 'up'> {
  const base = linearShape(config, module);
  if (!base)
    throw inputError(
      `${file.path}: module ${module} is not a projection of this ${config.architecture} model`,
      `adapters may sit on ${PROJECTIONS.join(', ')}`,
    );
  const shapeOf = (side: 'A' | 'B'): readonly number[] => {
    const entry = file.tensors.get(`${PREFIX}${module}.lora_${side}.weight`);
    if (!entry) throw inputError(`${file.path}: module ${module} has no lora_${side}.weight`);
    return entry.shape;
  };
  const [rank = 0] = shapeOf('A');
  const check = (side: 'A' | 'B', wanted: readonly number[]): void => {
    const shape = shapeOf(side);
    if (shape.length !== 2 || shape[0] !== wanted[0] || shape[1] !== wanted[1])
      throw inputError(
        `${file.path}: tensor ${PREFIX}${module}.lora_${side}.weight: field shape is [${shape.join(', ')}], the model asks for [${wanted.join(', ')}]`,
        'this adapter was trained on another model',
      );
  };
  check('A', [Math.max(1, rank), base[1]]);
  check('B', [base[0], rank]);
  return {
    rank,
    down: file.read(`${PREFIX}${module}.lora_A.weight`),
    up: file.read(`${PREFIX}${module}.lora_B.weight`),
  };
}

/** Writes a folder `PeftModel.from_pretrained` and vLLM's `--lora-modules` open. Atomic. */
export async function writeAdapter(
  folder: string,
  adapter: LoraAdapter,
  config: ModelConfig,
  dtype: StorageType = 'f32',
): Promise<void> {
  const tensors: TensorSource[] = [];
  for (const [module, { rank, down, up }] of adapter.modules) {
    const base = linearShape(config, module);
    if (!base) throw inputError(`adapter for ${folder}: module ${module} is not a projection`);
    const name = `${PREFIX}${module}`;
    tensors.push({ name: `${name}.lora_A.weight`, shape: [rank, base[1]], read: () => down });
    tensors.push({ name: `${name}.lora_B.weight`, shape: [base[0], rank], read: () => up });
  }
  const description = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: adapter.baseModel ?? null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: adapter.rank,
    rank_pattern: {},
    revision: null,
    target_modules: adapter.targetModules,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: adapter.rankStabilised,
  };
  await writeFolderAtomic(folder, (aside) => {
    writeSafetensors(join(aside, WEIGHTS), tensors, dtype);
    writeFileSync(join(aside, CONFIG), `${JSON.stringify(description, null, 2)}\n`, {
      flush: true,
    });
  });
}

/**
 * Adds the adapter's share to one parameter, in place; parameters it does not touch stay as they are.
 * Accumulates in f32 row by row, in the order of ranks.
 */
export function mergeInto(values: Float32Array, parameter: string, adapter: LoraAdapter): void {
  const module = adapter.modules.get(parameter.replace(/\.weight$/, ''));
  if (!module || !parameter.endsWith('.weight')) return;
  const { rank, scale, down, up } = module;
  const inputs = down.length / rank;
  const outputs = up.length / rank;
  for (let output = 0; output < outputs; output++) {
    const row = values.subarray(output * inputs, (output + 1) * inputs);
    for (let r = 0; r < rank; r++) {
      const factor = scale * up[output * rank + r]!;
      if (factor === 0) continue;
      const direction = down.subarray(r * inputs, (r + 1) * inputs);
      for (let input = 0; input < inputs; input++) row[input]! += factor * direction[input]!;
    }
  }
}

/** Merges the adapter into weights held in memory, in place. */
export function mergeAdapter(
  weights: ReadonlyMap<string, Float32Array>,
  adapter: LoraAdapter,
): void {
  for (const [name, values] of weights) mergeInto(values, name, adapter);
}
