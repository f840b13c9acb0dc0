/**
 * `node bench/compare-builds.mjs [--work train+sample] [--rounds 20] [--at-once 1] DIST...`: the same work by several
 * builds of the engine (dist folders, e.g. of two commits), each in processes of its own, taking turns; medians, and the
 * median of the paired ratios to the first. `--at-once 2` lets two processes of a build work at the same time, as beside
 * other programs. Model: 6.9M parameters; train: batch 8 x 256 and AdamW; sample: 64 x (32 + 24) tokens.
 */
import { fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const MODEL = {
  architecture: 'llama',
  vocabularySize: 4096,
  hiddenSize: 256,
  layers: 6,
  heads: 4,
  keyValueHeads: 4,
  headSize: 64,
  intermediateSize: 704,
  rmsNormEpsilon: 1e-5,
  rope: { theta: 10000, scaling: { type: 'default' } },
  tieEmbeddings: false,
  attentionBias: false,
  attentionOutputBias: false,
  mlpBias: false,
  queryKeyNorm: false,
  maxPositions: 1024,
  eosTokenIds: [],
  initializerRange: 0.02,
};

async function serveTurns(dist) {
  const { createEmbeddedEngine } = await import(
    pathToFileURL(`${dist}/engine/embedded/create.js`).href
  );
  const engine = await createEmbeddedEngine({ model: { config: MODEL, seed: 1 }, threads: 2 });
  const tokens = (count, seed) =>
    Array.from({ length: count }, (_, at) => (at * 7919 + seed * 104729) % MODEL.vocabularySize);
  const data = Array.from({ length: 8 }, (_, row) => ({
    input: tokens(256, row),
    targets: tokens(256, row + 1),
    weights: new Float32Array(256).fill(1 / 2048),
  }));
  const requests = Array.from({ length: 64 }, (_, row) => ({
    promptTokens: tokens(32, row),
    samples: 1,
  }));
  const turns = {
    async train() {
      await engine.forwardBackward(data, { name: 'cross_entropy' });
      await engine.optimStep({
        learningRate: 1e-4,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0.01,
        gradientClipNorm: 1,
      });
    },
    sample: () =>
      engine.sample(requests, {
        maxTokens: 24,
        temperature: 1,
        topP: 1,
        topK: -1,
        seed: 1,
        stopTokens: [],
      }),
  };
  process.on('message', async (work) => {
    const start = performance.now();
    for (const turn of work) await turns[turn]();
    process.send(performance.now() - start);
  });
  process.send('ready');
}

const answer = (child) => new Promise((resolve) => child.once('message', resolve));

async function start(dist) {
  const child = fork(import.meta.filename, [], { env: { ...process.env, ENGINE_BUILD: dist } });
  await answer(child);
  return child;
}

async function turn(children, work) {
  const start = performance.now();
  await Promise.all(
    children.map((child) => {
      const done = answer(child);
      child.send(work);
      return done;
    }),
  );
  return performance.now() - start;
}

const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

async function compare() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      work: { type: 'string', default: 'train+sample' },
      rounds: { type: 'string', default: '20' },
      'at-once': { type: 'string', default: '1' },
    },
  });
  if (positionals.length === 0) throw new Error('name at least one dist folder');
  const work = values.work.split('+');
  const builds = [];
  for (const dist of positionals) {
    const children = [];
    for (let at = 0; at < Number(values['at-once']); at++) children.push(await start(dist));
    await turn(children, work);
    builds.push({ dist, children, times: [] });
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const build of round % 2 ? [...builds].reverse() : builds) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      build.times.push(await turn(build.children, work));
    }
  }
  const [first] = builds;
  for (const { dist, times, children } of builds) {
    const ratios = times.map((time, round) => first.times[round] / time);
    console.log(
      `${dist}  median ${quantile(times, 0.5).toFixed(0)} ms, best ${quantile(times, 0).toFixed(0)} ms, ${quantile(ratios, 0.5).toFixed(3)} x as fast as the first (n = ${times.length})`,
    );
    for (const child of children) child.kill();
  }
}

if (process.env.ENGINE_BUILD) await serveTurns(process.env.ENGINE_BUILD);
else await compare();
