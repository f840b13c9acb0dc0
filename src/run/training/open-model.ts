/** @file Opens the model a run asks for: engine and tokenizer together. */
import { join } from 'node:path';
import { createEmbeddedEngine } from '../../engine/embedded/create.ts';
import { connectTinkerEngine } from '../../engine/tinker/connect.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { usageError } from '../../kernel/errors.ts';
import { loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { packageRoot } from '../code-version.ts';

/** The small model that comes with the package. */
export const BASE_MODEL = join(packageRoot, 'models', 'base');

export interface ModelChoice {
  readonly model?: string | undefined;
  readonly engine: 'embedded' | 'tinker';
  readonly url?: string | undefined;
  /** The model as the server of `url` names it; the first it has when left out. */
  readonly remoteModel?: string | undefined;
  readonly threads: number;
  /** Of the embedded engine. */
  readonly recomputeActivations?: boolean;
  readonly lora?: { readonly rank: number; readonly alpha: number } | undefined;
}

export interface OpenModel {
  readonly engine: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly folder: string;
}

export async function openModel(
  choice: ModelChoice,
  options: { valueHead?: boolean } = {},
): Promise<OpenModel> {
  const folder = choice.model ?? BASE_MODEL;
  if (choice.engine === 'tinker') {
    if (!choice.url)
      throw usageError('engine "tinker" needs an address', 'set url, e.g. http://127.0.0.1:8000');
    const tokenizer = loadTokenizer(folder);
    const engine = await connectTinkerEngine({
      url: choice.url,
      ...(choice.remoteModel ? { baseModel: choice.remoteModel } : {}),
      ...(choice.lora ? { lora: choice.lora } : {}),
      vocabularySize: tokenizer.vocabularySize,
      baseFolder: folder,
    });
    return { engine, tokenizer, folder };
  }
  const tokenizer = loadTokenizer(folder);
  const engine = await createEmbeddedEngine({
    model: { folder },
    threads: choice.threads,
    valueHead: options.valueHead ?? false,
    recomputeActivations: choice.recomputeActivations ?? false,
    tokenizer: () => tokenizer,
    ...(choice.lora ? { lora: choice.lora } : {}),
  });
  return { engine, tokenizer, folder };
}
