/** @file The finished build as a data set: pairs and prompts are streamed from the files just written. */
import { decodeRepairPair, type RepairPair } from '../../data/repair-pair.ts';
import { promptedPairSchema, type PromptedPair } from '../../data/prompted-pair.ts';
import { readJsonLines } from '../../data/jsonl.ts';
import { inputError } from '../../kernel/errors.ts';
import { exportDataset, type EvaluationSource } from '../export/export-dataset.ts';
import { outputPath } from './output.ts';

export async function exportBuild(
  directory: string,
  options: { readonly seed: number; readonly evaluationSets: readonly EvaluationSource[] },
): Promise<void> {
  await exportDataset({
    pairs: () => readDecoded<RepairPair>(outputPath(directory, 'pairs'), decodeRepairPair),
    prompts: () =>
      readDecoded<PromptedPair>(outputPath(directory, 'prompts'), (value) =>
        promptedPairSchema.parse(value),
      ),
    directory,
    evaluationSets: options.evaluationSets,
    seed: options.seed,
  });
}

async function* readDecoded<T>(path: string, decode: (value: unknown) => T): AsyncGenerator<T> {
  for await (const line of readJsonLines(path)) {
    if (!line.ok)
      throw inputError(
        `${path}:${line.line}: not JSON: ${line.error}`,
        'remove the folder and build anew',
      );
    yield decode(line.value);
  }
}
