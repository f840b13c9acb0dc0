/**
 * @file A whole model folder as Hugging Face lays it out: checked before work, written at once (aside, then renamed).
 * What the folder holds besides the weights (tokenizer, chat template, generation settings) travels along unchanged.
 */
import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFolderAtomic } from '../kernel/atomic-file.ts';
import { inputError } from '../kernel/errors.ts';
import { type ModelConfig, parameterShapes, readModelConfig } from './config.ts';
import { configJson, generationConfigJson, tokenizerConfigJson } from './config-writer.ts';
import type { StorageType } from './half-precision.ts';
import { readTextFile } from './json-file.ts';
import { type OnTensor, writeModelTensors } from './safetensors-writer.ts';
import {
  checkTokenizer,
  parseTokenizerFile,
  readTokenizerFile,
  vocabularyById,
} from './tokenizer-file.ts';
import { type WeightSource, openWeights } from './weights.ts';

/** The limit above which transformers splits weights over files. */
const DEFAULT_SHARD_BYTES = 5_000_000_000;

/** Files that belong to the tokenizer and its use, copied as they are where the source has them. */
const COMPANIONS = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
];

/**
 * Checks configuration, weights and tokenizer without loading the weights.
 * @throws inputError (exit 2) naming the file and field that do not fit.
 */
export function checkModelFolder(folder: string): ModelConfig {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw inputError(`${folder}: no such model folder`, 'give a Hugging Face model folder');
  if (!existsSync(join(folder, 'config.json')) && existsSync(join(folder, 'adapter_config.json')))
    throw inputError(
      `${folder}: holds a PEFT adapter (adapter_config.json), not a model`,
      'give the base model folder, and this one as its adapter',
    );
  const config = readModelConfig(folder);
  openWeights(folder, config).close();
  readTokenizerFile(folder, config);
  return config;
}

export interface ModelFolderContent {
  readonly folder: string;
  readonly config: ModelConfig;
  /** Parameter name -> values, flat, row-major; or a source that reads them one at a time. */
  readonly weights: ReadonlyMap<string, Float32Array> | Pick<WeightSource, 'read'>;
  /** Number format of the file. */
  readonly dtype: StorageType;
  /** Where the tokenizer comes from: a folder with tokenizer.json and its companions, or the text of a tokenizer.json. */
  readonly tokenizer: { readonly folder: string } | { readonly json: string };
  readonly maxShardBytes?: number;
  readonly onTensor?: OnTensor;
}

/** Writes a folder that transformers 4 and 5, vLLM and llama.cpp's converter open as it is. Atomic. */
export async function writeModelFolder(content: ModelFolderContent): Promise<void> {
  const { config, weights, dtype, tokenizer } = content;
  const tokenizerPath = 'folder' in tokenizer ? join(tokenizer.folder, 'tokenizer.json') : '';
  const tokenizerText =
    'json' in tokenizer ? tokenizer.json : readTextFile(tokenizerPath, 'the tokenizer');
  const parsed = parseTokenizerFile(tokenizerText, tokenizerPath || 'the given tokenizer');
  checkTokenizer(parsed, tokenizerPath || 'the given tokenizer', config);
  const read = (name: string): Float32Array => {
    const values = 'get' in weights ? weights.get(name) : weights.read(name);
    if (!values) throw inputError(`weights for ${content.folder}: tensor ${name} is missing`);
    return values;
  };
  const tensors = [...parameterShapes(config)].map(([name, shape]) => ({
    name,
    shape,
    read: () => read(name),
  }));
  await writeFolderAtomic(content.folder, async (aside) => {
    const write = (name: string, text: string): void =>
      writeFileSync(join(aside, name), text, { flush: true });
    const writeJson = (name: string, value: unknown): void =>
      write(name, `${JSON.stringify(value, null, 2)}\n`);
    const maxShardBytes = content.maxShardBytes ?? DEFAULT_SHARD_BYTES;
    await writeModelTensors(aside, tensors, dtype, maxShardBytes, content.onTensor);
    writeJson('config.json', configJson(config, dtype));
    write('tokenizer.json', tokenizerText);
    const copied = 'folder' in tokenizer ? copyCompanions(tokenizer.folder, aside) : new Set();
    if (!copied.has('tokenizer_config.json')) {
      const tokens = vocabularyById(parsed);
      writeJson(
        'tokenizer_config.json',
        tokenizerConfigJson(config, (id) => tokens[id]?.text),
      );
    }
    if (!copied.has('generation_config.json'))
      writeJson('generation_config.json', generationConfigJson(config));
  });
}

function copyCompanions(from: string, to: string): Set<string> {
  const present = [...COMPANIONS, 'generation_config.json'].filter((name) =>
    existsSync(join(from, name)),
  );
  for (const name of present) copyFileSync(join(from, name), join(to, name));
  return new Set(present);
}
