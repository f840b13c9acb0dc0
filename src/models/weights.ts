/**
 * @file The weights of a model folder, single-file or sharded. `openWeights` checks everything against the
 * configuration (every tensor there, none unknown, shapes and number formats right) before a single value is read;
 * then tensors can be read one at a time.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { inputError } from '../kernel/errors.ts';
import { type ModelConfig, parameterShapes } from './config.ts';
import { readJsonFile } from './json-file.ts';
import { type SafetensorsFile, openSafetensors } from './safetensors.ts';

export interface WeightSource {
  /** Parameter name -> shape, in the order of `parameterShapes`. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** One parameter as f32, flat, row-major. */
  read(name: string): Float32Array;
  close(): void;
}

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';
/** Buffers that old checkpoints carry although they follow from the configuration. */
const DERIVED = /\.rotary_emb\.(inv_freq|original_inv_freq)$/;
const FLOATING = new Set(['F32', 'F16', 'BF16', 'F64']);
const indexFile = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** Opens and checks; the caller closes. @throws inputError naming file and tensor. */
export function openWeights(folder: string, config: ModelConfig): WeightSource {
  const shapes = parameterShapes(config);
  const opened: SafetensorsFile[] = [];
  const close = (): void => {
    for (const file of opened.splice(0)) file.close();
  };
  try {
    const holders = locateTensors(folder, opened);
    // Some writers keep the tied matrix under the head's name only.
    const nameIn = (name: string): string =>
      name === EMBEDDING && config.tieEmbeddings && !holders.has(EMBEDDING) ? HEAD : name;
    for (const [name, shape] of shapes) checkTensor(holders, nameIn(name), shape, folder);
    for (const [name, file] of holders) {
      const unneeded = DERIVED.test(name) || (config.tieEmbeddings && name === HEAD);
      if (!shapes.has(name) && !unneeded)
        throw inputError(
          `${file.path}: tensor ${name} has no place in a ${config.architecture} model with these settings`,
          'config.json and the weights do not belong together, or the model has a part that is not supported',
        );
    }
    return { shapes, read: (name) => holders.get(nameIn(name))!.read(nameIn(name)), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** All weights in memory as f32. `onTensor` is told the number of values after each tensor. */
export function readWeights(
  folder: string,
  config: ModelConfig,
  onTensor: (values: number) => void = () => {},
): Map<string, Float32Array> {
  const source = openWeights(folder, config);
  try {
    const weights = new Map<string, Float32Array>();
    for (const name of source.shapes.keys()) {
      const values = source.read(name);
      weights.set(name, values);
      onTensor(values.length);
    }
    return weights;
  } finally {
    source.close();
  }
}

function locateTensors(folder: string, opened: SafetensorsFile[]): Map<string, SafetensorsFile> {
  const holders = new Map<string, SafetensorsFile>();
  const single = join(folder, 'model.safetensors');
  const indexPath = join(folder, 'model.safetensors.index.json');
  if (existsSync(single)) {
    const file = openSafetensors(single);
    opened.push(file);
    for (const name of file.tensors.keys()) holders.set(name, file);
    return holders;
  }
  if (!existsSync(indexPath)) {
    const pickled = existsSync(join(folder, 'pytorch_model.bin'));
    throw inputError(
      `${folder}: has neither model.safetensors nor model.safetensors.index.json`,
      pickled
        ? 'pytorch_model.bin is not read (it can run code when opened); save the model again as safetensors'
        : 'give a Hugging Face model folder with safetensors weights',
    );
  }
  const { weight_map: weightMap } = readJsonFile(indexPath, 'the shard index', indexFile);
  const shards = new Map<string, SafetensorsFile>();
  for (const [name, shardName] of Object.entries(weightMap)) {
    if (basename(shardName) !== shardName)
      throw inputError(
        `${indexPath}: field weight_map.${name}: ${shardName} is not a plain file name`,
      );
    let shard = shards.get(shardName);
    if (!shard) {
      shard = openSafetensors(join(folder, shardName));
      opened.push(shard);
      shards.set(shardName, shard);
    }
    if (!shard.tensors.has(name))
      throw inputError(
        `${indexPath}: field weight_map.${name}: ${shardName} does not hold this tensor`,
      );
    holders.set(name, shard);
  }
  for (const shard of shards.values())
    for (const name of shard.tensors.keys())
      if (!holders.has(name))
        throw inputError(`${shard.path}: tensor ${name} is not listed in ${basename(indexPath)}`);
  return holders;
}

function checkTensor(
  holders: ReadonlyMap<string, SafetensorsFile>,
  name: string,
  shape: readonly number[],
  folder: string,
): void {
  const file = holders.get(name);
  const entry = file?.tensors.get(name);
  if (!file || !entry)
    throw inputError(
      `${folder}: tensor ${name} is missing from the weights`,
      'config.json and the weights do not belong together, or a shard is missing',
    );
  if (entry.shape.length !== shape.length || entry.shape.some((side, i) => side !== shape[i]))
    throw inputError(
      `${file.path}: tensor ${name}: field shape is [${entry.shape.join(', ')}], config.json asks for [${shape.join(', ')}]`,
    );
  if (!FLOATING.has(entry.dtype))
    throw inputError(
      `${file.path}: tensor ${name}: field dtype is ${entry.dtype}, expected F32, F16 or BF16`,
      'quantised weights are not supported; use the original checkpoint',
    );
}
