/**
 * How fast a build is when the teacher costs no time, and how its memory grows: synthetic records with a known repair,
 * through import, curation, gates, reflection, prompts and commit. A teacher without latency answers from the record.
 * Run: npm run build && node bench/build.mjs [--json] [--counts 1000,10000] [--curve-every 10000] [--folder DIR]
 * With --folder the input and output stay there, a killed run goes on where it stopped, and DIR/curve.jsonl holds the
 * memory curve of all its runs.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDataset } from '../dist/vul2safe/build/build-dataset.js';
import { createBuildKit } from '../dist/vul2safe/build/offline-kit.js';
import { importRecords } from '../dist/vul2safe/import/import-records.js';

const { values } = parseArgs({
  options: {
    counts: { type: 'string', default: '1000,10000' },
    'curve-every': { type: 'string', default: '10000' },
    folder: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const counts = values.counts.split(',').map(Number);
const curveEvery = Number(values['curve-every']);
const { json } = values;

/** About 20 lines each, all different. */
const recordAt = (i) => {
  const filler = Array.from(
    { length: 8 },
    (_, line) =>
      `\tstate->field_${(i * 31 + line) % 997} = compute_${(i * 17 + line) % 991}(state, ${i + line});\n`,
  ).join('');
  const head = `int handle_${i}(struct state_${i % 613} *state, const char *input_${i}, size_t length)\n{\n\tchar *copy;\n${filler}`;
  const tail = `\tmemcpy(state->buffer, input_${i}, length);\n\tstate->used = length;\n\treturn finish_${i % 409}(state);\n}\n`;
  const upstreamFix = `${head}\tif (length > sizeof(state->buffer))\n\t\treturn -1;\n${tail}`;
  return { id: `b${i}`, language: 'c', code: head + tail, upstreamFix, cwe: ['CWE-787'] };
};

const cost = {
  model: 'none',
  promptHash: '',
  promptVersion: 'bench',
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
};
const answer = (verdict) => Promise.resolve({ ok: true, verdict, cost });
const isFixed = (code) => code.includes('> sizeof');
const teacherWith = (writePrompts) => ({
  name: 'bench',
  repairOrigin: 'teacher',
  voices: true,
  detect: () =>
    answer({ verdict: 'vulnerable', cwe: ['CWE-787'], lines: [], quotes: [], why: 'length' }),
  repair: () => answer({ fixedCode: null, why: 'upstream' }),
  reflect: () =>
    answer({
      accept: true,
      stillExploitable: false,
      behaviourChanged: false,
      newWeakness: false,
      critique: '',
      revision: null,
    }),
  compare: ({ a }) =>
    answer({
      vulnerable: isFixed(a) ? 'B' : 'A',
      certainty: 1,
      cwe: ['CWE-787'],
      quotes: [],
      why: '',
    }),
  writePrompts,
});

const kit = await createBuildKit(['c', 'cpp']);
const teacher = teacherWith(kit.offlineTeacher.writePrompts);
const results = [];
const megabytes = (bytes) => Math.round(bytes / 2 ** 20);

/** Written once; a run that goes on finds it whole or writes it anew. */
function writeInput(path, count) {
  const done = `${path}.complete`;
  if (existsSync(done)) return;
  writeFileSync(path, '');
  for (let i = 0; i < count; i += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - i) }, (_, j) =>
      JSON.stringify(recordAt(i + j)),
    );
    appendFileSync(path, `${lines.join('\n')}\n`);
  }
  writeFileSync(done, '');
}

for (const count of counts) {
  const folder =
    values.folder === undefined
      ? mkdtempSync(join(tmpdir(), 'bench-build-'))
      : join(values.folder, String(count));
  mkdirSync(folder, { recursive: true });
  const input = join(folder, 'in.jsonl');
  writeInput(input, count);
  let peakRss = 0;
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage().rss);
  }, 50);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const cpuSeconds = () => {
    const used = process.cpuUsage(cpu);
    return (used.user + used.system) / 1e6;
  };
  let seen = 0;
  let resumed;
  const stats = await buildDataset({
    entries: importRecords('auto', [input]),
    teacher,
    tools: kit.tools,
    directory: join(folder, 'out'),
    options: { exportDataset: false, curation: { nearDuplicates: false } },
    progress: {
      stage: () => ({
        advance(by) {
          // What earlier runs committed is told first.
          resumed ??= by;
          seen += by;
          if (seen % curveEvery !== 0 || values.folder === undefined) return;
          const { rss, heapUsed, external } = process.memoryUsage();
          const point = {
            records: seen,
            rssMb: megabytes(rss),
            heapUsedMb: megabytes(heapUsed),
            externalMb: megabytes(external),
            cpuSeconds: Math.round(cpuSeconds()),
            seconds: Math.round((performance.now() - started) / 1000),
          };
          appendFileSync(join(folder, 'curve.jsonl'), `${JSON.stringify(point)}\n`);
        },
        finish() {},
      }),
    },
  });
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const fresh = count - resumed;
  const result = {
    records: count,
    ...(resumed === 0 ? {} : { resumed }),
    pairs: stats.pairs,
    functionsPerSecond: Math.round(fresh / seconds),
    functionsPerCpuSecond: Math.round(fresh / cpuSeconds()),
    peakRssMb: megabytes(peakRss),
    outputMb: megabytes(statSync(join(folder, 'out', 'pairs.jsonl')).size),
  };
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
  results.push(result);
  if (!json) console.log(result);
}
if (json) console.log(JSON.stringify({ build: results }));
