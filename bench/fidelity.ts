/**
 * @file `node dist/bench/bench/fidelity.js [--data DIR] [--suites humaneval,mbpp,...] [--json]` (after `tsc -p bench/tsconfig.json`): the
 * benchmarks' own answers through the harness. References must work and be secure, vulnerable variants must not be secure;
 * what disagrees is listed, and what nothing could judge is counted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureFidelity } from '../src/evaluate/fidelity.ts';
import { suiteNamed } from '../src/evaluate/suites/index.ts';
import { createSuiteTools } from '../src/evaluate/suites/tools.ts';

/** Suite, and its file or folder below --data. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  humaneval: ['humaneval'],
  humanevalpro: ['humaneval-pro'],
  mbpp: ['mbpp/mbpp.jsonl', 'mbpp/sanitized-mbpp.json'],
  seccodeplt: ['seccodeplt'],
  cweval: ['cweval-sample'],
};

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.VUL2SAFE_DATA ?? '../shared/data' },
    suites: { type: 'string', default: Object.keys(PLACES).join(',') },
    json: { type: 'boolean', default: false },
  },
});

const results = [];
for (const suite of flags.suites.split(','))
  for (const place of PLACES[suite] ?? []) {
    const path = join(flags.data, place);
    if (!existsSync(path)) {
      process.stderr.write(`no ${path}: left out\n`);
      continue;
    }
    const tools = createSuiteTools();
    const problems = await suiteNamed(suite).load({ dataPath: path, seed: 1 });
    const started = performance.now();
    const { rows, notJudged } = await measureFidelity(problems, tools);
    await tools.close();
    results.push({
      suite,
      place,
      answers: rows.length,
      agree: rows.filter((row) => row.agrees).length,
      notJudged,
      seconds: (performance.now() - started) / 1000,
      disagreeing: rows
        .filter((row) => !row.agrees)
        .map(({ id, side, judgement }) => `${id} ${side}: ${judgement.detail.slice(0, 160)}`),
    });
  }
if (flags.json) process.stdout.write(`${JSON.stringify(results)}\n`);
else
  for (const one of results) {
    process.stdout.write(
      `${one.place}: ${one.agree} of ${one.answers} answers as expected, ${one.notJudged} not judged, ${one.seconds.toFixed(0)} s\n`,
    );
    for (const line of one.disagreeing) process.stdout.write(`  ${line}\n`);
  }
