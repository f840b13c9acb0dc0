/**
 * @file A model folder, with or without an adapter merged into it, written anew: as a Hugging Face folder in another
 * number format, or as a GGUF file. Everything is checked before the first byte is written; tensors pass through one at
 * a time, so that memory stays at the largest tensor.
 */
import { Vul2SafeError } from '../kernel/errors.ts';
import type { Progress } from '../kernel/events.ts';
import { checkModelFolder, writeModelFolder } from './checkpoint.ts';
import { parameterCount } from './config.ts';
import { exportGguf } from './gguf-export.ts';
import type { StorageType } from './half-precision.ts';
import { mergeInto, readAdapter } from './peft.ts';
import { openWeights } from './weights.ts';

export interface ModelExport {
  readonly format: 'hf' | 'gguf';
  /** A Hugging Face model folder. */
  readonly model: string;
  /** A PEFT LoRA adapter folder to merge. */
  readonly adapter?: string;
  /** Folder (hf) or file (gguf). */
  readonly out: string;
  readonly type: StorageType;
}

export interface ExportedModel {
  readonly out: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly adapterModules: number;
}

/** @throws inputError when the model, the adapter or the target format does not fit; nothing is written then. */
export async function exportModel(
  request: ModelExport,
  progress: Progress,
  signal: AbortSignal,
): Promise<ExportedModel> {
  const { format, model, out, type } = request;
  const config = checkModelFolder(model);
  const adapter = request.adapter ? readAdapter(request.adapter, config) : undefined;
  const source = openWeights(model, config);
  const parameters = parameterCount(config);
  const stage = progress.stage(`export ${format}`, parameters, 'parameters');
  const onTensor = (values: number): void => {
    if (signal.aborted) throw new Vul2SafeError('interrupted', `export to ${out} was interrupted`);
    stage.advance(values);
  };
  const weights = {
    shapes: source.shapes,
    read(name: string): Float32Array {
      const values = source.read(name);
      if (adapter) mergeInto(values, name, adapter);
      return values;
    },
  };
  try {
    if (format === 'gguf')
      await exportGguf(out, { folder: model, config, weights, type, onTensor });
    else {
      const tokenizer = { folder: model };
      await writeModelFolder({ folder: out, config, weights, dtype: type, tokenizer, onTensor });
    }
  } finally {
    source.close();
  }
  stage.finish();
  const adapterModules = adapter?.modules.size ?? 0;
  return { out, architecture: config.architecture, parameters, adapterModules };
}
