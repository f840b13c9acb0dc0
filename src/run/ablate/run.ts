/** @file `vul2safe ablate`: all arms x seeds, in processes side by side, resumable; then one comparison, as JSON and as HTML. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport } from '../../evaluate/report.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { codeVersion } from '../code-version.ts';
import { forkRuns, type RunIo } from '../training/fork-run.ts';
import { breakDown } from './breakdown.ts';
import { collectRun, readCurves } from './collect.ts';
import { armCurves, compareArms } from './compare.ts';
import type { AblateConfig } from './config.ts';
import { type AblationRun, planRuns, withBudget } from './plan.ts';
import { breakdownSections } from './report-breakdown.ts';
import { budgetSection, comparisonSections, curveSection, driftSections } from './report.ts';

const BOOTSTRAP_SEED = 20;

export async function runAblation(config: AblateConfig, io: RunIo) {
  const planned = planRuns(config);
  mkdirSync(config.out, { recursive: true });
  // Seeds outside, arms inside: when time runs out, all arms have the same seeds behind them.
  const fork = (runs: readonly AblationRun[]) =>
    forkRuns(
      [...runs]
        .sort((a, b) => config.seeds.indexOf(a.seed) - config.seeds.indexOf(b.seed))
        .map(({ kind, config: run }) => ({ kind, config: run })),
      config.parallel,
      io,
    );
  await fork(planned.filter(({ kind }) => kind === 'rl'));
  // What the baseline spent is known now.
  const runs = planned.map((run) => {
    if (run.kind === 'rl') return run;
    const measure = planned.find(({ arm, seed }) => arm === config.baseline && seed === run.seed)!;
    return withBudget(run, readCurves(measure.config.out).trainedTokens);
  });
  await fork(runs.filter(({ kind }) => kind === 'lpo'));
  const finished = runs.map(collectRun);
  const comparisons = compareArms(finished, config.baseline, BOOTSTRAP_SEED);
  const curves = armCurves(finished, BOOTSTRAP_SEED);
  const breakdown = breakDown(finished, config.baseline, BOOTSTRAP_SEED);
  const drift = finished.flatMap((run) =>
    run.drift ? [{ arm: run.arm, seed: run.seed, ...run.drift }] : [],
  );
  const result = {
    seeds: config.seeds,
    baseline: config.baseline,
    comparisons,
    breakdown,
    curves,
    ...(drift.length > 0 ? { drift } : {}),
  };
  writeFileAtomic(join(config.out, 'ablation.json'), `${JSON.stringify(result, null, 2)}\n`);
  const html = renderReport(
    [
      ...comparisonSections(comparisons, config.baseline),
      ...breakdownSections(breakdown),
      curveSection(curves),
      ...driftSections(finished, BOOTSTRAP_SEED),
      budgetSection(finished, curves),
    ],
    {
      title: 'Ablation',
      lead: `Programs are judged by execution. Arms of kind rl sample and train on equally many programs; arms of kind lpo sample nothing and train on pairs, as many tokens as the baseline unless they say otherwise. Baseline: ${config.baseline}.`,
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
