/** @file Runs the recipe of recipe.ts: corpus, tokenizer, training, and the finished Hugging Face folder. Resumable. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedEngine } from '../../engine/embedded/create.ts';
import { type ModelConfig, parameterShapes } from '../../models/config.ts';
import { ANSWER_TOKEN, END_TOKEN } from '../../srcode/answer.ts';
import { type SftExample, trainSupervised } from '../../srcode/sft/train.ts';
import { corpusExamples } from '../../tasks/corpus.ts';
import { type ByteLevelTokenizer, loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import { saveTokenizer } from '../../tokenizer/save.ts';
import { trainTokenizer } from '../../tokenizer/train.ts';
import { openRunFolder } from '../run-folder.ts';
import type { RunIo } from '../training/fork-run.ts';
import type { BaseRecipe } from './recipe.ts';

export interface BaseSummary {
  readonly parameters: number;
  readonly vocabulary: number;
  readonly examples: number;
  readonly trainedTokens: number;
}

export async function trainBaseModel(recipe: BaseRecipe, io: RunIo): Promise<BaseSummary> {
  const run = openRunFolder(recipe.work, recipe, recipe.seed);
  const examples = takeExamples(recipe);
  const tokenizer = openTokenizer(recipe, examples);
  const config = modelConfig(recipe, tokenizer);
  const engine = await createEmbeddedEngine({
    model: {
      config,
      seed: recipe.seed,
      tokenizerJson: readFileSync(join(recipe.work, 'tokenizer', 'tokenizer.json'), 'utf8'),
    },
    threads: recipe.threads,
    exportType: 'bf16',
  });
  try {
    const summary = await trainSupervised({
      engine,
      tokenizer,
      examples,
      config: recipe.training,
      seed: recipe.seed,
      store: run.store,
      label: 'base model',
      progress: io.progress,
      ...(io.signal ? { signal: io.signal } : {}),
    });
    await engine.exportModel(recipe.out);
    saveTokenizer(tokenizer, recipe.out, { contextLength: recipe.model.maxPositions });
    return {
      parameters: countParameters(config),
      vocabulary: tokenizer.vocabularySize,
      examples: summary.examples,
      trainedTokens: summary.trainedTokens,
    };
  } finally {
    await engine.close();
  }
}

export const countParameters = (config: ModelConfig): number =>
  [...parameterShapes(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );

function takeExamples(recipe: BaseRecipe): SftExample[] {
  const examples: SftExample[] = [];
  for (const example of corpusExamples(recipe.seed, {
    vulnerableRate: recipe.corpus.vulnerableRate,
  })) {
    examples.push(example);
    if (examples.length >= recipe.corpus.examples) break;
  }
  return examples;
}

function openTokenizer(recipe: BaseRecipe, examples: readonly SftExample[]): ByteLevelTokenizer {
  const folder = join(recipe.work, 'tokenizer');
  if (existsSync(join(folder, 'tokenizer.json'))) return loadTokenizer(folder);
  const texts = examples
    .slice(0, recipe.tokenizer.examples)
    .map(({ prompt, program }) => `${prompt}\n${program}`);
  const tokenizer = trainTokenizer(texts, {
    vocabularySize: recipe.tokenizer.vocabularySize,
    specialTokens: [END_TOKEN, ANSWER_TOKEN],
    pattern: 'code',
  });
  mkdirSync(folder, { recursive: true });
  saveTokenizer(tokenizer, folder);
  return tokenizer;
}

function modelConfig(recipe: BaseRecipe, tokenizer: ByteLevelTokenizer): ModelConfig {
  const { hiddenSize, heads, layers, intermediateSize, maxPositions } = recipe.model;
  return {
    architecture: 'llama',
    vocabularySize: tokenizer.vocabularySize,
    hiddenSize,
    layers,
    heads,
    intermediateSize,
    maxPositions,
    keyValueHeads: heads,
    headSize: hiddenSize / heads,
    rmsNormEpsilon: 1e-5,
    rope: { theta: 10_000, scaling: { type: 'default' } },
    tieEmbeddings: true,
    attentionBias: false,
    attentionOutputBias: false,
    mlpBias: false,
    queryKeyNorm: false,
    bosTokenId: undefined,
    eosTokenIds: [tokenizer.endOfTextId],
    padTokenId: undefined,
    initializerRange: 0.02,
  };
}
