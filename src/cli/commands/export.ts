/** @file `vul2safe export hf|gguf|...`: what other programs open. One function per format. */
import { type Command, Option } from 'commander';
import { exportModel } from '../../models/export-model.ts';
import type { StorageType } from '../../models/half-precision.ts';
import { createIo } from '../io.ts';
import { registerLogExports } from './export-logs.ts';
import { registerExportParquet } from './export-parquet.ts';

interface ModelOptions {
  readonly model: string;
  readonly out: string;
  readonly adapter?: string;
  readonly dtype: StorageType;
  readonly json?: boolean;
}

const dtypeOption = (standard: StorageType): Option =>
  new Option('--dtype <type>', 'number format of the weights')
    .choices(['f32', 'f16', 'bf16'])
    .default(standard);

async function runModelExport(format: 'hf' | 'gguf', options: ModelOptions): Promise<void> {
  const io = createIo(options);
  const { model, out, adapter, dtype } = options;
  const result = await exportModel(
    { format, model, out, type: dtype, ...(adapter ? { adapter } : {}) },
    io.progress,
    io.signal,
  );
  const merged = result.adapterModules > 0 ? `, adapter on ${result.adapterModules} modules` : '';
  io.say(
    `${out}: ${result.architecture}, ${(result.parameters / 1e6).toFixed(1)}M parameters, ${dtype}${merged}`,
  );
  io.json(result);
}

const describeModel = (command: Command, standard: StorageType): Command =>
  command
    .requiredOption('--model <folder>', 'Hugging Face model folder')
    .option('--adapter <folder>', 'PEFT LoRA adapter to merge into it')
    .addOption(dtypeOption(standard))
    .option('--json', 'print the result as JSON');

function registerHf(parent: Command): void {
  describeModel(
    parent
      .command('hf')
      .description('a Hugging Face folder for transformers and vLLM')
      .requiredOption('-o, --out <folder>', 'folder to write'),
    'bf16',
  ).action((options: ModelOptions) => runModelExport('hf', options));
}

function registerGguf(parent: Command): void {
  describeModel(
    parent
      .command('gguf')
      .description('one GGUF file for llama.cpp and what is built on it')
      .requiredOption('-o, --out <file>', 'file to write'),
    'f16',
  ).action((options: ModelOptions) => runModelExport('gguf', options));
}

export function registerExport(program: Command): void {
  const parent = program.command('export').description('models and data sets for other programs');
  registerHf(parent);
  registerGguf(parent);
  registerLogExports(parent);
  registerExportParquet(parent);
}
