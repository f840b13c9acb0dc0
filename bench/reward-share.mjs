/**
 * @file What token rewards cost of a reinforcement step: steps as the demo makes them (16 prompts x 8 programs, the base model,
 * functional tests in the sandbox), with the time inside the rewarder and inside the analyzers taken apart.
 * Run: npm run build && node bench/reward-share.mjs [--steps 6] [--threads 2] [--json]. The first step is warm-up and not counted.
 */
import { createEmbeddedAnalyzer } from '../dist/analyzers/embedded/analyzer.js';
import { openModel } from '../dist/run/training/open-model.js';
import { limitsFor, openSandboxes } from '../dist/run/training/sandboxes.js';
import { createEnvironment } from '../dist/srcode/environment.js';
import { createRewarder } from '../dist/srcode/reward/rewarder.js';
import { rlConfigSchema } from '../dist/srcode/rl/config.js';
import { trainByReinforcement } from '../dist/srcode/rl/train.js';
import { taskSet } from '../dist/tasks/sets.js';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const steps = option('steps', 6);
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** [part] Wall and processor milliseconds since the last reset. */
const spent = { reward: [0, 0], analysis: [0, 0] };
async function timed(part, work) {
  const [wall, cpu] = [performance.now(), cpuMs()];
  const result = await work();
  spent[part][0] += performance.now() - wall;
  spent[part][1] += cpuMs() - cpu;
  return result;
}

const tasks = taskSet('train', 1, 640).map(({ task }) => task);
const pairs = taskSet('train', 'pairs', 213, { weakSpots: 1 }).map(({ task }) => ({
  id: task.id,
  language: task.language,
  ...task.reference,
}));
const rewarder = createRewarder({ pairs });
const analyzer = await createEmbeddedAnalyzer(['javascript']);
const sandboxes = openSandboxes();
const model = await openModel({ engine: 'embedded', threads: option('threads', 2) });
const rows = [];
let begun = [performance.now(), cpuMs()];
await trainByReinforcement({
  engine: model.engine,
  tokenizer: model.tokenizer,
  tasks,
  environment: createEnvironment({
    sandboxFor: sandboxes.sandboxFor,
    limitsFor,
    // Synchronous, so that nothing else runs on the clock.
    analyze(source, tree) {
      const [wall, cpu] = [performance.now(), cpuMs()];
      const analysis = analyzer.analyzeSync(source, tree);
      spent.analysis[0] += performance.now() - wall;
      spent.analysis[1] += cpuMs() - cpu;
      return analysis;
    },
  }),
  rewarder: {
    rewardPrograms: (batch) => timed('reward', () => rewarder.rewardPrograms(batch)),
  },
  config: rlConfigSchema.parse({
    steps: steps + 1,
    granularity: 'hybrid',
    checkpointEverySteps: 1000,
  }),
  seed: 1,
  store: { resume: async () => 0, checkpoint: async () => {}, events: () => {} },
  async afterStep(step) {
    const now = [performance.now(), cpuMs()];
    if (step > 1) rows.push({ step: now.map((at, i) => at - begun[i]), ...structuredClone(spent) });
    spent.reward = [0, 0];
    spent.analysis = [0, 0];
    begun = [performance.now(), cpuMs()];
  },
});
await sandboxes.close();
await model.engine.close();

const sum = (part, clock) => rows.reduce((total, row) => total + row[part][clock], 0);
const shareOf = (part, clock) => sum(part, clock) / sum('step', clock);
const result = {
  steps,
  programsPerStep: 128,
  stepMs: { wall: sum('step', 0) / steps, cpu: sum('step', 1) / steps },
  rewardMs: { wall: sum('reward', 0) / steps, cpu: sum('reward', 1) / steps },
  analysisMs: { wall: sum('analysis', 0) / steps, cpu: sum('analysis', 1) / steps },
  rewardShare: { wall: shareOf('reward', 0), cpu: shareOf('reward', 1) },
  rewardAndAnalysisShare: {
    wall: shareOf('reward', 0) + shareOf('analysis', 0),
    cpu: shareOf('reward', 1) + shareOf('analysis', 1),
  },
};
if (process.argv.includes('--json')) console.log(JSON.stringify(result));
else {
  const percent = ({ wall, cpu }) =>
    `${(100 * wall).toFixed(2)}% of the time, ${(100 * cpu).toFixed(2)}% of the processor time`;
  console.log(
    `step: ${result.stepMs.wall.toFixed(0)} ms; reward ${result.rewardMs.wall.toFixed(0)} ms: ${percent(result.rewardShare)}`,
  );
  console.log(`reward and analyzers together: ${percent(result.rewardAndAnalysisShare)}`);
}
