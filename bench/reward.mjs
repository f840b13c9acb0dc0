/**
 * @file How fast token rewards are: lexemes per second against 10,000 patterns, and milliseconds per rewarded program.
 * Run: npm run build && node bench/reward.mjs [--json]. Patterns and programs are made from seeds.
 */
import { createEmbeddedAnalyzer } from '../dist/analyzers/embedded/analyzer.js';
import { lexemesOf } from '../dist/code/lexer.js';
import { localNames } from '../dist/code/local-names.js';
import { createRandom } from '../dist/kernel/random.js';
import { asRollout } from '../dist/srcode/reward/as-rollout.js';
import { createMatcher } from '../dist/srcode/reward/pattern-matcher.js';
import { patternsOf } from '../dist/srcode/reward/patterns.js';
import { createRewarder } from '../dist/srcode/reward/rewarder.js';
import { taskSet } from '../dist/tasks/sets.js';

const PATTERNS = 10_000;
const LEXEMES = 2_000_000;
const PROGRAMS = 256;

const random = createRandom('bench-reward');
const word = () => `name${random.integer(4000)}`;
const statement = () =>
  `${word()}(${word()}, ${random.integer(9)}) ${random.pick(['+', '<', '&&'])} ${word()}.${word()};\n`;
const many = (count) => Array.from({ length: count }, statement).join('');

/** As if learnt: a statement inserted or replaced in otherwise equal code. */
function learntPatterns() {
  const patterns = [];
  while (patterns.length < PATTERNS) {
    const [head, tail] = [many(3), many(3)];
    patterns.push(
      ...patternsOf({
        id: `${patterns.length}`,
        language: 'javascript',
        vulnerable: head + statement() + tail,
        fixed: head + statement() + tail,
      }),
    );
  }
  return patterns.slice(0, PATTERNS);
}

function matching() {
  const matcher = createMatcher(learntPatterns());
  const streams = Array.from({ length: 200 }, () => lexemesOf('javascript', many(400)));
  const locals = streams.map((lexemes) => localNames('javascript', lexemes));
  let lexemes = 0;
  const cpu = process.cpuUsage();
  const started = performance.now();
  while (lexemes < LEXEMES)
    streams.forEach((stream, index) => {
      lexemes += stream.length;
      matcher.match(stream, locals[index]);
    });
  return {
    patterns: PATTERNS,
    lexemes,
    lexemesPerSecond: (lexemes * 1000) / (performance.now() - started),
    /** What a busy machine would reach when idle. */
    lexemesPerCpuSecond: (lexemes * 1e6) / process.cpuUsage(cpu).user,
  };
}

async function rewarding() {
  const analyzer = await createEmbeddedAnalyzer(['javascript']);
  const tasks = taskSet('train', 'bench', 64);
  const rewarder = createRewarder({
    pairs: tasks.map(({ task }) => ({ id: task.id, language: task.language, ...task.reference })),
    channels: { contrast: 1 },
  });
  const batch = Array.from({ length: PROGRAMS }, (_, index) => {
    const instance = tasks[index % tasks.length];
    const source = createRandom('bench-program', index);
    const code = instance.render(
      source,
      instance.spots.map(() => source.chance(0.5)),
    );
    return {
      task: instance.task,
      rollout: asRollout(instance.task, code),
      execution: null,
      analysis: analyzer.analyzeSync({ file: 'program.js', language: 'javascript', code }),
      group: index % tasks.length,
    };
  });
  await rewarder.rewardPrograms(batch.slice(0, 32));
  const cpu = process.cpuUsage();
  const started = performance.now();
  await rewarder.rewardPrograms(batch);
  return {
    programs: PROGRAMS,
    msPerProgram: (performance.now() - started) / PROGRAMS,
    cpuMsPerProgram: process.cpuUsage(cpu).user / 1000 / PROGRAMS,
  };
}

const result = { matching: matching(), rewarding: await rewarding() };
if (process.argv.includes('--json')) console.log(JSON.stringify(result));
else {
  console.log(
    `matching ${result.matching.patterns} patterns: ${(result.matching.lexemesPerSecond / 1e6).toFixed(2)} M lexemes/s (${(result.matching.lexemesPerCpuSecond / 1e6).toFixed(2)} M per CPU second)`,
  );
  console.log(
    `rewarding: ${result.rewarding.msPerProgram.toFixed(2)} ms per program, ${result.rewarding.cpuMsPerProgram.toFixed(2)} ms of CPU (${PROGRAMS} programs)`,
  );
}
