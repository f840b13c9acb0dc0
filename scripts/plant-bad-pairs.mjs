/**
 * Plants bad pairs made from real ones (swapped, unrelated, deletion, no-op, new-weakness, and subtler ones) and either writes them as records
 * (`-o FILE`) or measures what the offline teacher lets pass. Its edit weights are fitted on the other projects (five folds),
 * so that no pair is judged by weights it helped to fit. With --weights FILE the weights fitted on everything are written.
 * Run: npm run build && node scripts/plant-bad-pairs.mjs INPUT... [-o FILE] [--limit N] [--seed N] [--weights FILE] [--kinds good,swapped]
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { loadCodeTools } from '../dist/vul2safe/gates/code-tools.js';
import { createWorkbench } from '../dist/vul2safe/gates/workbench.js';
import { importRecords } from '../dist/vul2safe/import/import-records.js';
import { composePrompts } from '../dist/vul2safe/prompts/compose.js';
import {
  fitDirection,
  foldOf,
  formatWeights,
} from '../dist/vul2safe/reflect/measure/fit-direction.js';
import { measureTeacher } from '../dist/vul2safe/reflect/measure/measure-teacher.js';
import { plant, PLANTED_KINDS } from '../dist/vul2safe/reflect/measure/planting.js';
import { editFeatures } from '../dist/vul2safe/reflect/offline/direction-features.js';
import { createOfflineTeacher } from '../dist/vul2safe/reflect/offline/offline-teacher.js';
import { withoutRenames } from '../dist/vul2safe/reflect/offline/same-names.js';
import { createRewriter } from '../dist/vul2safe/reflect/offline/rewrite/rewriter.js';
import { createReflectionTools } from '../dist/vul2safe/reflect/tools.js';

const FOLDS = 5;
const inputs = [];
const options = {
  '-o': undefined,
  '--limit': undefined,
  '--seed': '1',
  '--weights': undefined,
  '--kinds': undefined,
};
for (let i = 2; i < process.argv.length; i++) {
  const word = process.argv[i];
  if (word in options) options[word] = process.argv[++i];
  else inputs.push(word);
}
if (inputs.length === 0) {
  console.error('give at least one file of real pairs');
  process.exit(2);
}
const seed = Number(options['--seed']);

/** [input] the pairs it holds */
const bySet = [];
for (const input of inputs) {
  const records = [];
  for await (const entry of importRecords('auto', [input]))
    if (entry.ok && entry.record.upstreamFix !== undefined) records.push(entry.record);
  bySet.push({ input, records });
}

if (options['-o'] !== undefined) {
  writeFileSync(options['-o'], '');
  for (const { records } of bySet)
    for (const record of records)
      for (const kind of PLANTED_KINDS) {
        const bad = plant(kind, record, records, seed);
        if (bad !== undefined) appendFileSync(options['-o'], `${JSON.stringify(bad)}\n`);
      }
  process.exit(0);
}

const workbench = createWorkbench(await loadCodeTools());
const tools = createReflectionTools(workbench);
const projectOf = (record) => record.source?.project ?? record.id;
const examples = bySet.flatMap(({ records }) =>
  records.map((record) => {
    const { language, code, upstreamFix } = record;
    const question = workbench.question({
      language,
      before: code,
      after: tools.clean(record, upstreamFix),
      cwe: [],
    });
    return { features: editFeatures(withoutRenames(question)), project: projectOf(record) };
  }),
);
if (options['--weights'] !== undefined)
  writeFileSync(options['--weights'], formatWeights(fitDirection(examples)));
const teachers = Array.from({ length: FOLDS }, (_, fold) =>
  createOfflineTeacher({
    workbench,
    rewriter: createRewriter(),
    composePrompts,
    weights: fitDirection(examples.filter(({ project }) => foldOf(project, FOLDS) !== fold)),
  }),
);

/** 95% interval of a share (Wilson 1927). */
const interval = (count, n) => {
  const z = 1.96;
  const share = count / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half =
    (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return `${(100 * (middle - half)).toFixed(1)}-${(100 * (middle + half)).toFixed(1)}`;
};
for (const { input, records } of bySet) {
  const step = Math.max(
    1,
    Math.floor(records.length / Number(options['--limit'] ?? records.length)),
  );
  const sample = records.filter((_, i) => i % step === 0);
  const results = await measureTeacher(
    sample,
    (project) => teachers[foldOf(project, FOLDS)],
    tools,
    { seed, ...(options['--kinds'] === undefined ? {} : { kinds: options['--kinds'].split(',') }) },
  );
  console.log(`\n${input}`);
  for (const { kind, judged, kept, reasons } of results) {
    const good = kind === 'good' ? kept : judged - kept;
    const what = kind === 'good' ? 'kept' : 'rejected';
    console.log(
      `${kind.padEnd(14)} n=${judged}  ${what} ${((100 * good) / judged).toFixed(1)}% (${interval(good, judged)})  ${JSON.stringify(reasons)}`,
    );
  }
}
