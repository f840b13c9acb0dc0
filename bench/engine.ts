/**
 * @file `npm run bench:engine [-- --json] [--sizes 2,7,30] [--repetitions 5] [--threads N]`: training and sampling speed of
 * the embedded engine. Each model size runs in a process of its own (so that peak memory is its own), where the
 * runtime's matrix product, a training step, a sampling call and, where a Python with torch and transformers is found
 * (VUL2SAFE_PYTHON or python3), the same step and call there take turns; medians are reported.
 * FLOPs of a step: 6 per parameter that is multiplied and token, and 12 · layers · length · width per token for attention
 * over the whole square (causal savings count as speed).
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createEmbeddedEngine } from '../src/engine/embedded/create.ts';
import { createRandom } from '../src/kernel/random.ts';
import { type ModelConfig, parameterShapes } from '../src/models/config.ts';
import { input } from '../src/tensor/node.ts';
import { matrixProduct } from '../src/tensor/operators.ts';
import { compileGraph, float32 } from '../src/tensor/session.ts';
import { startTorch, type TorchSide } from './torch-side.ts';

const SIZES: Readonly<Record<string, Partial<ModelConfig> & { hiddenSize: number }>> = {
  '2': { vocabularySize: 2048, hiddenSize: 192, layers: 4, heads: 3, intermediateSize: 512 },
  '7': { vocabularySize: 4096, hiddenSize: 256, layers: 6, heads: 4, intermediateSize: 704 },
  '30': { vocabularySize: 8192, hiddenSize: 512, layers: 8, heads: 8, intermediateSize: 1376 },
};
const TRAINING = { batch: 8, sequence: 256 };
const SAMPLING = { batch: 64, promptTokens: 32, newTokens: 128 };

interface SizeResult {
  readonly matmulGflops: number;
  readonly training: Readonly<Record<string, number>>;
  readonly sampling: Readonly<Record<string, number>>;
}

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '2,7,30' },
    repetitions: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    one: { type: 'string' },
  },
});

const configOf = (size: string): ModelConfig => {
  const chosen = SIZES[size];
  if (!chosen) throw new Error(`--sizes: ${size} is not one of ${Object.keys(SIZES).join(', ')}`);
  return {
    architecture: 'llama',
    keyValueHeads: chosen.heads as number,
    headSize: 64,
    rmsNormEpsilon: 1e-5,
    rope: { theta: 10000, scaling: { type: 'default' } },
    tieEmbeddings: false,
    attentionBias: false,
    attentionOutputBias: false,
    mlpBias: false,
    queryKeyNorm: false,
    maxPositions: 1024,
    bosTokenId: undefined,
    eosTokenIds: [],
    padTokenId: undefined,
    initializerRange: 0.02,
    ...chosen,
  } as ModelConfig;
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/** Seconds of one call. */
async function seconds(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

async function matrixRate(threads: number): Promise<() => Promise<number>> {
  const side = 1024;
  const product = matrixProduct(input('a', [side, side]), input('b', [side, side]));
  const graph = await compileGraph({ product }, { threads });
  const random = createRandom('bench matrices');
  const matrix = () =>
    float32(
      Float32Array.from({ length: side * side }, () => random.next()),
      side,
      side,
    );
  const feeds = { a: matrix(), b: matrix() };
  const into = { product: float32(new Float32Array(side * side), side, side) };
  await graph.run(feeds, into);
  return async () => {
    const times: number[] = [];
    for (let time = 0; time < 5; time++) times.push(await seconds(() => graph.run(feeds, into)));
    return (2 * side ** 3) / median(times) / 1e9;
  };
}

async function measureSize(size: string): Promise<SizeResult> {
  const config = configOf(size);
  const threads = Number(flags.threads);
  const engine = await createEmbeddedEngine({ model: { config, seed: 1 }, threads });
  const rate = await matrixRate(threads);
  const random = createRandom('bench data');
  const tokens = (count: number): number[] =>
    Array.from({ length: count }, () => random.integer(config.vocabularySize));
  const { batch, sequence } = TRAINING;
  const data = Array.from({ length: batch }, () => ({
    input: tokens(sequence),
    targets: tokens(sequence),
    weights: new Float32Array(sequence).fill(1 / (batch * sequence)),
  }));
  const requests = Array.from({ length: SAMPLING.batch }, () => ({
    promptTokens: tokens(SAMPLING.promptTokens),
    samples: 1,
  }));
  const step = async (): Promise<void> => {
    await engine.forwardBackward(data, { name: 'cross_entropy' });
    await engine.optimStep({
      learningRate: 1e-4,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.01,
      gradientClipNorm: 1,
    });
  };
  const sample = async (): Promise<void> => {
    await engine.sample(requests, {
      maxTokens: SAMPLING.newTokens,
      temperature: 1,
      topP: 1,
      topK: -1,
      seed: 1,
      stopTokens: [],
    });
  };
  const torch: TorchSide | undefined = await startTorch(config, TRAINING, SAMPLING, threads);
  await step();
  await sample();
  const times: Record<'rate' | 'train' | 'sample' | 'torchTrain' | 'torchSample', number[]> = {
    rate: [],
    train: [],
    sample: [],
    torchTrain: [],
    torchSample: [],
  };
  for (let repetition = 0; repetition < Number(flags.repetitions); repetition++) {
    times.rate.push(await rate());
    times.train.push(await seconds(step));
    if (torch) times.torchTrain.push(await torch.seconds('train'));
    times.rate.push(await rate());
    times.sample.push(await seconds(sample));
    if (torch) times.torchSample.push(await torch.seconds('sample'));
  }
  torch?.stop();
  await engine.close();
  const shapes = [...parameterShapes(config)];
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const parameters = shapes.reduce((sum, [, shape]) => sum + count(shape), 0);
  const multiplied = parameters - config.vocabularySize * config.hiddenSize;
  const trained = batch * sequence;
  const flops =
    trained * (6 * multiplied + 12 * config.layers * sequence * config.heads * config.headSize);
  const gflops = flops / median(times.train) / 1e9;
  const matmulGflops = median(times.rate);
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const tokensPerSecond = trained / median(times.train);
  const sampled = SAMPLING.batch * SAMPLING.newTokens;
  const samplesPerSecond = sampled / median(times.sample);
  return {
    matmulGflops,
    training: {
      parameters,
      ...TRAINING,
      tokensPerSecond,
      gflops,
      shareOfMatmul: gflops / matmulGflops,
      peakRssMb,
      ...(torch
        ? {
            torchTokensPerSecond: trained / median(times.torchTrain),
            ratioToTorch: median(times.torchTrain) / median(times.train),
          }
        : {}),
    },
    sampling: {
      parameters,
      ...SAMPLING,
      tokensPerSecond: samplesPerSecond,
      peakRssMb,
      ...(torch
        ? {
            transformersTokensPerSecond: sampled / median(times.torchSample),
            ratioToTransformers: median(times.torchSample) / median(times.sample),
          }
        : {}),
    },
  };
}

/** Runs one size in a process of its own. */
function inProcess(size: string): Promise<SizeResult> {
  const child = fork(import.meta.filename, [
    ...['--one', size],
    ...['--repetitions', flags.repetitions],
    ...['--threads', flags.threads],
  ]);
  return new Promise((resolve, reject) => {
    let answer: SizeResult | undefined;
    child.on('message', (message) => {
      answer = message as SizeResult;
    });
    child.on('exit', (status) =>
      answer ? resolve(answer) : reject(new Error(`size ${size} ended with status ${status}`)),
    );
  });
}

/** Counts as they are, rates to four digits. */
const tidy = (record: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Number(value.toPrecision(4)),
    ]),
  );

if (flags.one !== undefined) {
  const result = await measureSize(flags.one);
  process.send?.(result, () => process.disconnect());
} else {
  const results: SizeResult[] = [];
  for (const size of flags.sizes.split(',')) {
    const result = await inProcess(size);
    results.push(result);
    console.error(
      `\n${size}M parameters; runtime matrix product ${result.matmulGflops.toFixed(0)} GFLOP/s`,
    );
    console.error('  training', tidy(result.training));
    console.error('  sampling', tidy(result.sampling));
  }
  if (flags.json)
    console.log(
      JSON.stringify({
        training: results.map(({ training }) => tidy(training)),
        sampling: results.map(({ sampling }) => tidy(sampling)),
      }),
    );
}
