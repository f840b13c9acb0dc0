/**
 * @file Leak detection: recall on planted copies and time at scale.
 *   npm run build && node bench/leaks.mjs [--functions 100000] [--real FILE] [--json]
 * Scale: that many made-up training functions against as many evaluation functions, a hundredth of them copies. Recall:
 * with --real, functions of a file `import` reads, planted as exact, reformatted, renamed, renamed + reformatted, and
 * renamed with a twentieth of the numbers changed; each rate with its 95% Wilson interval.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { readJsonLines } from '../dist/data/jsonl.js';
import { createRandom } from '../dist/kernel/random.js';
import { findLeaks } from '../dist/vul2safe/leaks/find-leaks.js';
import { edited, reformatted, renamed } from '../dist/vul2safe/leaks/planted-copies.js';
import { readCodeItems } from '../dist/vul2safe/leaks/read-code-items.js';

const { values } = parseArgs({
  options: {
    functions: { type: 'string', default: '100000' },
    real: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const say = (line) => process.stderr.write(`${line}\n`);
const random = createRandom(1, 'bench-leaks');

/** The vulnerable side alone: functions of both sides would be near copies of each other. */
async function* itemsOf(path, prefix) {
  let n = 0;
  for await (const entry of readJsonLines(path)) {
    if (!entry.ok) continue;
    const { language, code } = entry.value;
    yield { id: `${prefix}${n++}`, side: 'code', language, code };
  }
}

async function scale(functions) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-leaks-'));
  try {
    const paths = ['train', 'evaluation'].map((name, i) => {
      const path = join(folder, `${name}.jsonl`);
      const script = new URL('../scripts/synthesise-functions.mjs', import.meta.url).pathname;
      execFileSync(process.execPath, [
        script,
        '--count',
        String(functions),
        '--out',
        path,
        '--seed',
        String(i + 1),
      ]);
      return path;
    });
    async function* withCopies() {
      yield* itemsOf(paths[0], 't');
      let n = 0;
      for await (const item of itemsOf(paths[1], 'e')) {
        if (n++ % 100 !== 0) continue;
        const code = renamed(item.language, reformatted(item.language, item.code, random), random);
        yield { ...item, id: `copy of ${item.id}`, code };
      }
    }
    const started = performance.now();
    const cpuBefore = process.cpuUsage();
    const report = await findLeaks(withCopies(), [
      { name: 'evaluation', items: itemsOf(paths[1], 'e') },
    ]);
    const seconds = (performance.now() - started) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    const copies = Math.ceil(functions / 100);
    const found = report.leaks.filter(
      (leak) => leak.trainId === `copy of ${leak.evaluationId}`,
    ).length;
    const falseAlarms = report.leaks.filter((leak) => leak.trainId.startsWith('t')).length;
    return {
      train: functions + copies,
      evaluation: functions,
      seconds,
      // What the work costs on an idle machine; wall time also counts who else was running.
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      copies,
      found,
      unplantedMatches: falseAlarms,
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      cores: cpus().length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wilson = (hits, n) => {
  const z = 1.96;
  const p = hits / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n };
};

const KINDS = {
  exact: (item) => item.code,
  reformatted: (item) => reformatted(item.language, item.code, random),
  renamed: (item) => renamed(item.language, item.code, random),
  'renamed and reformatted': (item) =>
    reformatted(item.language, renamed(item.language, item.code, random), random),
  'renamed, 5% of numbers changed': (item) =>
    edited(item.language, renamed(item.language, item.code, random), random, 0.05),
};

async function recall(path) {
  const originals = [];
  for await (const item of readCodeItems(path)) if (item.side !== 'fixed') originals.push(item);
  const rates = {};
  for (const [kind, plant] of Object.entries(KINDS)) {
    const planted = originals.map((item, i) => ({ ...item, id: `copy ${i}`, code: plant(item) }));
    const report = await findLeaks(planted, [{ name: 'evaluation', items: originals }]);
    rates[kind] = wilson(report.leaks.length, originals.length);
  }
  return rates;
}

const result = {
  scale: await scale(Number(values.functions)),
  ...(values.real === undefined ? {} : { recall: await recall(values.real) }),
};
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
const { scale: s } = result;
say(
  `${s.train} x ${s.evaluation} functions in ${s.seconds.toFixed(1)} s (${s.cpuSeconds.toFixed(1)} s of processor time), ${s.peakRssMb} MB, one thread; ${s.found} of ${s.copies} renamed and reformatted copies found; ${s.unplantedMatches} other matches`,
);
for (const [kind, rate] of Object.entries(result.recall ?? {}))
  say(
    `${kind}: ${(100 * rate.value).toFixed(2)}% found [${(100 * rate.low).toFixed(2)}, ${(100 * rate.high).toFixed(2)}], n = ${rate.n}`,
  );
