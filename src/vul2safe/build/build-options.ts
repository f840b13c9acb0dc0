/** @file What a build can be told; everything has a default. */
import type { CurateOptions } from '../curate/curate.ts';
import type { EvaluationSource } from '../export/export-dataset.ts';
import type { Shard } from '../export/shard.ts';
import { DEFAULT_PROMPTS, type PromptOptions } from '../prompts/write-prompts.ts';
import { DEFAULT_REFLECTION, type ReflectionOptions } from '../reflect/reflection-tools.ts';

export interface BuildOptions {
  readonly reflection: ReflectionOptions;
  readonly prompts: PromptOptions;
  readonly curation: CurateOptions;
  /** Records worked on at a time. */
  readonly concurrency: number;
  readonly shard?: Shard;
  readonly evaluationSets: readonly EvaluationSource[];
  /** Decides the split of the data set. */
  readonly seed: number;
  /** Writes DIR/dataset at the end; a shard leaves that to `merge`. */
  readonly exportDataset: boolean;
}

export const DEFAULT_BUILD: BuildOptions = {
  reflection: DEFAULT_REFLECTION,
  prompts: DEFAULT_PROMPTS,
  curation: {},
  concurrency: 8,
  evaluationSets: [],
  seed: 0,
  exportDataset: true,
};
