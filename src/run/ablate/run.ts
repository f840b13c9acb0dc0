/** @file `vul2safe ablate`: all arms x seeds, in processes side by side, resumable; then one comparison, as JSON and as HTML. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport } from '../../evaluate/report.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { codeVersion } from '../code-version.ts';
import { forkRuns, type RunIo } from '../training/fork-run.ts';
import { collectRun } from './collect.ts';
import { armCurves, compareArms } from './compare.ts';
import type { AblateConfig } from './config.ts';
import { planRuns } from './plan.ts';
import { budgetSection, comparisonSections, curveSection } from './report.ts';

const BOOTSTRAP_SEED = 20;

export async function runAblation(config: AblateConfig, io: RunIo) {
  const runs = planRuns(config);
  mkdirSync(config.out, { recursive: true });
  // Seeds outside, arms inside: when time runs out, all arms have the same seeds behind them.
  const ordered = [...runs].sort(
    (a, b) => config.seeds.indexOf(a.seed) - config.seeds.indexOf(b.seed),
  );
  await forkRuns(
    ordered.map((run) => ({ kind: 'rl', config: run.config })),
    config.parallel,
    io,
  );
  const finished = runs.map(collectRun);
  const comparisons = compareArms(finished, config.baseline, BOOTSTRAP_SEED);
  const curves = armCurves(finished, BOOTSTRAP_SEED);
  const result = { seeds: config.seeds, baseline: config.baseline, comparisons, curves };
  writeFileAtomic(join(config.out, 'ablation.json'), `${JSON.stringify(result, null, 2)}\n`);
  const html = renderReport(
    [
      ...comparisonSections(comparisons, config.baseline),
      curveSection(curves),
      budgetSection(finished, curves),
    ],
    {
      title: 'Ablation',
      lead: `Every arm has the same budget and starts from the same model; programs are judged by execution. Baseline: ${config.baseline}.`,
      facts: [
        { label: 'arms', value: config.arms.map((arm) => arm.name).join(', ') },
        { label: 'seeds', value: config.seeds.join(', ') },
        { label: 'version', value: codeVersion() },
      ],
    },
  );
  writeFileAtomic(join(config.out, 'report.html'), html);
  return result;
}
