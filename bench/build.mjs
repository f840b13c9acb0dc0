/**
 * How fast a build is when the teacher costs no time, and how its memory grows: synthetic records with a known repair,
 * through import, curation, gates, reflection, prompts and commit. A teacher without latency answers from the record.
 * Run: npm run build && node bench/build.mjs [--json] [--counts 1000,10000]
 */
import { mkdtempSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDataset } from '../dist/vul2safe/build/build-dataset.js';
import { createBuildKit } from '../dist/vul2safe/build/offline-kit.js';
import { importRecords } from '../dist/vul2safe/import/import-records.js';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const counts = argument('--counts', '1000,10000').split(',').map(Number);
const json = process.argv.includes('--json');

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
for (const count of counts) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-build-'));
  const input = join(folder, 'in.jsonl');
  writeFileSync(input, '');
  for (let i = 0; i < count; i += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - i) }, (_, j) =>
      JSON.stringify(recordAt(i + j)),
    );
    appendFileSync(input, `${lines.join('\n')}\n`);
  }
  let peakRss = 0;
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage().rss);
  }, 50);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const stats = await buildDataset({
    entries: importRecords('auto', [input]),
    teacher,
    tools: kit.tools,
    directory: join(folder, 'out'),
    options: { exportDataset: false, curation: { nearDuplicates: false } },
  });
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  rmSync(folder, { recursive: true, force: true });
  const result = {
    records: count,
    pairs: stats.pairs,
    functionsPerSecond: Math.round(count / seconds),
    functionsPerCpuSecond: Math.round(count / cpuSeconds),
    peakRssMb: Math.round(peakRss / 2 ** 20),
  };
  results.push(result);
  if (!json) console.log(result);
}
if (json) console.log(JSON.stringify({ build: results }));
