/**
 * @file Kills a training run with SIGKILL at random moments and lets it resume, again and again, and checks that the final
 * weights equal those of a run nobody touched: `node bench/kill-resume.mjs [--kills 50] [--steps 200] [--seed 1]` after
 * `npm run build`. The run is the smallest real one: an engine, a step, a saved state after every step.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEmbeddedEngine } from '../dist/engine/embedded/create.js';
import { createRandom } from '../dist/kernel/random.js';

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    steps: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    worker: { type: 'string' },
  },
});
const STEPS = Number(flags.steps);

const config = {
  architecture: 'qwen2',
  vocabularySize: 256,
  hiddenSize: 32,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  intermediateSize: 64,
  rmsNormEpsilon: 1e-6,
  rope: { theta: 10000, scaling: { type: 'default' } },
  tieEmbeddings: true,
  attentionBias: true,
  attentionOutputBias: false,
  mlpBias: false,
  queryKeyNorm: false,
  maxPositions: 64,
  bosTokenId: undefined,
  eosTokenIds: [],
  padTokenId: undefined,
  initializerRange: 0.02,
};

/** Data of a step depend on its number alone, as a resumable run's must. */
function dataOf(step) {
  const random = createRandom('kill-resume', step);
  return [20, 31, 9].map((length) => {
    const tokens = Array.from({ length: length + 1 }, () => random.integer(256));
    return {
      input: tokens.slice(0, length),
      targets: tokens.slice(1),
      weights: new Float32Array(length).fill(1 / 60),
    };
  });
}

/** Trains from the last saved state to the end; reports each step and a hash of the final weights. */
async function worker(folder) {
  const engine = await createEmbeddedEngine({ model: { config, seed: 3 }, threads: 1 });
  const state = join(folder, 'state');
  const adam = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0.01,
    gradientClipNorm: 1,
  };
  if (existsSync(join(state, 'engine-state.safetensors'))) await engine.loadState(state);
  for (let step = engine.stepsTaken; step < STEPS; step++) {
    await engine.forwardBackward(dataOf(step), { name: 'cross_entropy' });
    await engine.optimStep(adam);
    await engine.saveState(state);
    process.send({ step: step + 1 });
  }
  const hash = createHash('sha256');
  for (const name of engine.trainableNames) {
    const values = engine.parameter(name);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  process.send({ hash: hash.digest('hex') });
  await engine.close();
  process.disconnect();
}

/** Runs a worker; kills it `killAfterMs` after its first sign of life, where given. Resolves with the hash, if it got that far. */
function run(folder, killAfterMs) {
  const child = fork(import.meta.filename, ['--worker', folder, '--steps', flags.steps]);
  return new Promise((resolve, reject) => {
    let hash;
    let steps = 0;
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('message', (message) => {
      if (message.hash) hash = message.hash;
      else steps += 1;
    });
    child.on('exit', (status, signal) => {
      clearTimeout(timer);
      if (signal === null && status !== 0)
        reject(new Error(`the run failed with status ${status}`));
      else resolve({ hash, steps });
    });
  });
}

if (flags.worker) {
  await worker(flags.worker);
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'kill-resume-'));
  const start = performance.now();
  const reference = await run(join(scratch, 'reference'));
  const wholeMs = performance.now() - start;
  const random = createRandom('kills', flags.seed);
  let kills = 0;
  let finished = 0;
  let differing = 0;
  for (let attempt = 0; kills < Number(flags.kills); finished++) {
    // One run after another, each killed several times, until there were enough kills.
    const folder = join(scratch, `run${finished}`);
    let result = {};
    while (!result.hash) {
      attempt += 1;
      const mayKill = kills < Number(flags.kills);
      result = await run(folder, mayKill ? random.next() * wholeMs * 0.6 : undefined);
      if (!result.hash) kills += 1;
      process.stderr.write(`\rkills ${kills}, attempts ${attempt}, runs finished ${finished}`);
    }
    if (result.hash !== reference.hash) differing += 1;
    rmSync(folder, { recursive: true, force: true });
  }
  process.stderr.write('\n');
  rmSync(scratch, { recursive: true, force: true });
  console.log(JSON.stringify({ kills, runs: finished, differing, hash: reference.hash }));
  process.exitCode = differing === 0 ? 0 : 1;
}
