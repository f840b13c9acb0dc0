/** @file Runs the recipe of recipe.ts: corpus, tokenizer, training, and the finished Hugging Face folder. Resumable. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedEngine } from '../../engine/embedded/create.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { type ModelConfig, parameterShapes } from '../../models/config.ts';
import { ANSWER_TOKEN, END_TOKEN } from '../../srcode/answer.ts';
import { type SftExample, trainSupervised } from '../../srcode/sft/train.ts';
import { corpusExamples } from '../../tasks/corpus.ts';
import { type ByteLevelTokenizer, loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import { saveTokenizer } from '../../tokenizer/save.ts';
import { trainTokenizer } from '../../tokenizer/train.ts';
import { claimFolder, openRunFolder, type RunFolder } from '../run-folder.ts';
import type { RunIo } from '../training/fork-run.ts';
import { type BasePhase, type BaseRecipe, phaseIdentitySchema } from './recipe.ts';

export interface BaseSummary {
  readonly parameters: number;
  readonly vocabulary: number;
  readonly examples: number;
  readonly trainedTokens: number;
}

export async function trainBaseModel(recipe: BaseRecipe, io: RunIo): Promise<BaseSummary> {
  const tokenizer = openTokenizer(recipe);
  const config = modelConfig(recipe, tokenizer);
  let trainedTokens = 0;
  let examples = 0;
  for (const [index, phase] of recipe.phases.entries()) {
    const run = openPhase(recipe, index, phase);
    const done = join(run.path, 'done.json');
    if (!existsSync(done)) {
      const summary = await trainPhase(recipe, index, phase, config, tokenizer, run, io);
      writeFileAtomic(done, JSON.stringify(summary));
    }
    const summary = JSON.parse(readFileSync(done, 'utf8')) as {
      examples: number;
      trainedTokens: number;
    };
    examples += summary.examples;
    trainedTokens += summary.trainedTokens;
  }
  await exportFinal(recipe, tokenizer);
  return {
    parameters: countParameters(config),
    vocabulary: tokenizer.vocabularySize,
    examples,
    trainedTokens,
  };
}

const phaseFolder = (recipe: BaseRecipe, index: number): string =>
  join(recipe.work, `phase-${index + 1}`);

/** The phase's run folder. @throws inputError when it was made by another recipe, done or not. */
function openPhase(recipe: BaseRecipe, index: number, phase: BasePhase): RunFolder {
  const { model, training, vulnerableRate, seed } = recipe;
  const identity = { model, phase, training, vulnerableRate };
  return openRunFolder(phaseFolder(recipe, index), identity, seed, phaseIdentitySchema);
}

/** One pass over the phase's own examples, from the model of the phase before. */
async function trainPhase(
  recipe: BaseRecipe,
  index: number,
  phase: BasePhase,
  config: ModelConfig,
  tokenizer: ByteLevelTokenizer,
  run: RunFolder,
  io: RunIo,
) {
  const { learningRate, batchSize } = phase;
  const engine = await createEmbeddedEngine({
    model:
      index > 0
        ? { folder: join(phaseFolder(recipe, index - 1), 'model') }
        : {
            config,
            seed: recipe.seed,
            tokenizerJson: readFileSync(join(recipe.work, 'tokenizer', 'tokenizer.json'), 'utf8'),
          },
    threads: recipe.threads,
  });
  try {
    const summary = await trainSupervised({
      engine,
      tokenizer,
      examples: takeExamples(recipe, index, phase.examples),
      config: { ...recipe.training, learningRate, batchSize },
      seed: recipe.seed,
      store: run.store,
      label: `base model, phase ${index + 1} of ${recipe.phases.length}`,
      progress: io.progress,
      ...(io.signal ? { signal: io.signal } : {}),
    });
    await engine.exportModel(join(run.path, 'model'));
    return summary;
  } finally {
    await engine.close();
  }
}

/** The last phase's model in half the bytes, with the tokenizer's settings beside it. */
async function exportFinal(recipe: BaseRecipe, tokenizer: ByteLevelTokenizer): Promise<void> {
  const engine = await createEmbeddedEngine({
    model: { folder: join(phaseFolder(recipe, recipe.phases.length - 1), 'model') },
    threads: recipe.threads,
    exportType: 'bf16',
  });
  await engine.exportModel(recipe.out);
  await engine.close();
  saveTokenizer(tokenizer, recipe.out, { contextLength: recipe.model.maxPositions });
}

export const countParameters = (config: ModelConfig): number =>
  [...parameterShapes(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );

function takeExamples(recipe: BaseRecipe, index: number, count: number): SftExample[] {
  const { plainShare, recitalShare, functionShares } = recipe.phases[index]!;
  const examples: SftExample[] = [];
  const stream = corpusExamples(index === 0 ? recipe.seed : `${recipe.seed}/${index + 1}`, {
    vulnerableRate: recipe.vulnerableRate,
    plainShare,
    recitalShare,
    functionShares,
  });
  for (const example of stream) {
    examples.push(example);
    if (examples.length >= count) break;
  }
  return examples;
}

function openTokenizer(recipe: BaseRecipe): ByteLevelTokenizer {
  const folder = join(recipe.work, 'tokenizer');
  mkdirSync(folder, { recursive: true });
  claimFolder(folder, 'made-with.json', recipe.tokenizer);
  if (existsSync(join(folder, 'tokenizer.json'))) return loadTokenizer(folder);
  const texts = takeExamples(recipe, 0, recipe.tokenizer.examples).map(
    ({ prompt, program }) => `${prompt}\n${program}`,
  );
  const tokenizer = trainTokenizer(texts, {
    vocabularySize: recipe.tokenizer.vocabularySize,
    specialTokens: [END_TOKEN, ANSWER_TOKEN],
    pattern: 'code',
  });
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
