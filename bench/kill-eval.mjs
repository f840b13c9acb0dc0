/**
 * @file `npm run build && node bench/kill-eval.mjs --suite mbpp --data FILE --programs 1000 --kills 12`: an evaluation of the suite's own
 * answers (every seventh the vulnerable or a broken one) is killed with SIGKILL at random moments and begun again until it is done;
 * summary, page and every verdict must equal those of an evaluation nobody touched. Exit status 1 where they do not.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { suiteNamed } from '../dist/evaluate/suites/index.js';
import { createRandom } from '../dist/kernel/random.js';

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'embedded' },
    data: { type: 'string' },
    programs: { type: 'string', default: '200' },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const programs = Number(values.programs);
const kills = Number(values.kills);
const random = createRandom('kill-eval', Number(values.seed));
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'vul2safe-kill-eval-'));
const cli = join(import.meta.dirname, '../dist/cli/main.js');

const problems = (await suiteNamed(values.suite).load({ dataPath: values.data, seed: 1 })).filter(
  ({ reference }) => reference?.fixed !== undefined,
);
const samples = join(folder, 'samples.jsonl');
writeFileSync(
  samples,
  Array.from({ length: programs }, (_, i) => {
    const { id, reference } = problems[i % problems.length];
    const wrong = reference.vulnerable ?? 'raise SystemExit';
    return `${JSON.stringify({ task_id: id, completion: i % 7 === 3 ? wrong : reference.fixed })}\n`;
  }).join(''),
);
// Both folders bear the same name, since a page names its run.
const [untouched, killed] = ['untouched', 'killed'].map((name) => join(folder, name, 'run'));
const argumentsFor = (out) => [
  ...[cli, 'eval', '--suite', values.suite, '--samples', samples, '-o', out],
  ...(values.data ? ['--data', values.data] : []),
];
const linesOf = (path) =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
const pause = (ms) => new Promise((next) => setTimeout(next, ms));

/** Kills the evaluation once its journal has this many lines, and a random moment later. */
async function killAt(lines) {
  const journal = join(killed, 'outcomes.jsonl');
  const child = spawn(process.execPath, argumentsFor(killed), { stdio: 'ignore' });
  const ended = new Promise((done) => child.on('exit', (_, signal) => done(signal)));
  while (child.exitCode === null && linesOf(journal) < lines) await pause(3);
  await pause(random.integer(60));
  child.kill('SIGKILL');
  return { signal: await ended, journaled: linesOf(journal) - 1 };
}

const finish = (out) => {
  const done = spawnSync(process.execPath, argumentsFor(out), { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
};
finish(untouched);
const moments = Array.from({ length: kills }, () => random.integer(programs)).sort((a, b) => a - b);
const found = [];
for (const moment of moments) found.push(await killAt(moment));
finish(killed);

const read = (out, name) => readFileSync(join(out, name), 'utf8');
const verdicts = (out) => read(out, 'outcomes.jsonl').trimEnd().split('\n').slice(1).sort();
const [first, second] = [verdicts(untouched), verdicts(killed)];
const result = {
  suite: values.suite,
  programs: first.length,
  kills: found.filter(({ signal }) => signal === 'SIGKILL').length,
  journaledAtKill: found.map(({ journaled }) => journaled),
  outcomes: JSON.parse(read(untouched, 'summary.json')).outcomes,
  differingVerdicts:
    first.filter((line) => !new Set(second).has(line)).length +
    Math.abs(first.length - second.length),
  sameSummary: read(untouched, 'summary.json') === read(killed, 'summary.json'),
  samePage: read(untouched, 'report.html') === read(killed, 'report.html'),
};
if (!values.keep) rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.differingVerdicts === 0 && result.sameSummary && result.samePage ? 0 : 1;
