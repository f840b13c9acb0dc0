/**
 * @file Can this machine use a large checkpoint? `node bench/large-model.mjs FOLDER` (after `npm run build`; a folder of a
 * real shape is made by scripts/make-random-model.mjs) loads the model with a LoRA adapter, makes one training step on
 * 1 x 256 tokens and samples 2 x 8 tokens; prints the time of each part and peak memory as JSON.
 */
import { createEmbeddedEngine } from '../dist/engine/embedded/create.js';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node bench/large-model.mjs MODEL_FOLDER');
  process.exit(2);
}
const seconds = {};
async function timed(name, action) {
  const start = performance.now();
  const result = await action();
  seconds[name] = Number(((performance.now() - start) / 1000).toFixed(2));
  return result;
}
const engine = await timed('load', () =>
  createEmbeddedEngine({ model: { folder }, lora: { rank: 8, alpha: 16 } }),
);
const { vocabularySize } = engine.capabilities;
const tokens = Array.from({ length: 257 }, (_, index) => (index * 7919 + 13) % vocabularySize);
const datum = {
  input: tokens.slice(0, 256),
  targets: tokens.slice(1),
  weights: new Float32Array(256).fill(1 / 256),
};
const step = async () => {
  const { loss } = await engine.forwardBackward([datum], { name: 'cross_entropy' });
  await engine.optimStep({
    learningRate: 1e-4,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0,
    gradientClipNorm: 1,
  });
  return loss;
};
const first = await timed('firstStepWithCompilation', step);
const second = await timed('step', step);
await timed('sample', () =>
  engine.sample([{ promptTokens: tokens.slice(0, 16), samples: 2 }], {
    maxTokens: 8,
    temperature: 1,
    topP: 1,
    topK: -1,
    seed: 1,
    stopTokens: [],
  }),
);
await engine.close();
const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ folder, seconds, losses: [first, second], peakRssMb }));
