/** @file The report of one or several evaluations: figures, comparison, breakdown by CWE and language, and every program with its verdict. */
import type { EvaluationRun, JudgedSample } from './judged-sample.ts';
import { figuresOf, outcomesOf } from './metrics.ts';
import { programsOf } from './program-views.ts';
import {
  lintRulesTable,
  qualityColumns,
  qualityComparisonTable,
  qualityTable,
} from './quality-report.ts';
import type { ReportHead, ReportSection, TableSection } from './report/sections.ts';
import { compareRuns } from './run-comparison.ts';
import { isRate, percent } from './report/format.ts';
import { rateWithInterval, type RateInterval } from './statistics/rate.ts';

const NAMES = { func: 'works', sec: 'secure', joint: 'works and secure' } as const;

/** One row per run: the rates, and what they rest on. */
export function ratesTable(
  runs: readonly EvaluationRun[],
  ks: readonly number[] = [1],
): TableSection {
  const figures = runs.map((run) => figuresOf(run.samples, ks, run.header.seed));
  const rateNames = ks.flatMap((k) => [`func@${k}`, `sec@${k}`, `joint@${k}`]);
  return {
    kind: 'table',
    heading: 'Rates',
    note: 'Share of programs with 95% interval, bootstrapped over tasks. A dash: the suite does not judge it.',
    columns: [
      { label: 'run' },
      { label: 'suite' },
      { label: 'tasks' },
      { label: 'programs' },
      ...rateNames.map((label) => ({ label, better: 'higher' as const })),
      { label: 'not judged' },
    ],
    rows: runs.map((run, i) => [
      run.name,
      run.header.suite,
      figures[i]!.tasks,
      figures[i]!.samples,
      ...rateNames.map((name) => figures[i]!.rates[name] ?? null),
      figures[i]!.notJudged,
    ]),
  };
}

/** Rates and quality in one wide table, for CSV. */
export function figuresTable(
  runs: readonly EvaluationRun[],
  ks: readonly number[] = [1],
): TableSection {
  const rates = ratesTable(runs, ks);
  const quality = qualityColumns(runs);
  return {
    ...rates,
    columns: [...rates.columns, ...quality.columns],
    rows: rates.rows.map((row, i) => [...row, ...quality.cells[i]!]),
  };
}

function breakdown(
  runs: readonly EvaluationRun[],
  heading: string,
  keysOf: (sample: JudgedSample) => readonly string[],
): TableSection | null {
  const keys = [...new Set(runs.flatMap((run) => run.samples.flatMap(keysOf)))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  if (keys.length < 2) return null;
  const rate = (
    samples: readonly JudgedSample[],
    measure: 'func' | 'sec' | 'joint',
    seed: number,
  ): RateInterval | null => {
    const outcomes = outcomesOf(samples, measure);
    return outcomes.size === 0 ? null : rateWithInterval(outcomes, seed);
  };
  return {
    kind: 'table',
    heading,
    columns: [
      { label: heading.replace(/^By /, '') },
      ...runs.flatMap((run) =>
        (['func', 'sec'] as const).map((measure) => ({
          label: runs.length > 1 ? `${run.name}: ${NAMES[measure]}` : NAMES[measure],
          better: 'higher' as const,
        })),
      ),
    ],
    rows: keys.map((key) => [
      key,
      ...runs.flatMap((run) => {
        const own = run.samples.filter((sample) => keysOf(sample).includes(key));
        return [rate(own, 'func', run.header.seed), rate(own, 'sec', run.header.seed)];
      }),
    ]),
  };
}

export function comparisonTable(runs: readonly EvaluationRun[]): TableSection | null {
  const comparisons = compareRuns(runs, runs[0]?.header.seed ?? 0);
  if (comparisons.length === 0) return null;
  const points = (share: number): string =>
    `${share >= 0 ? '+' : '−'}${(Math.abs(share) * 100).toFixed(1)}`;
  return {
    kind: 'table',
    heading: 'Compared with the first run',
    note: 'Differences in percentage points over common tasks, paired bootstrap; p by McNemar’s exact test on first samples, corrected by Holm over this table.',
    columns: [
      { label: 'run' },
      { label: 'measure' },
      { label: 'difference' },
      { label: '95% interval' },
      { label: 'tasks' },
      { label: 'p, corrected' },
      { label: 'verdict' },
    ],
    rows: comparisons.map(({ first, measure, paired, adjusted }) => [
      first,
      NAMES[measure],
      points(paired.difference),
      `${points(paired.low)} to ${points(paired.high)}`,
      paired.tasks,
      adjusted < 0.0001 ? '< 0.0001' : adjusted.toFixed(4),
      paired.low > 0
        ? { text: 'better', tone: 'good' as const }
        : paired.high < 0
          ? { text: 'worse', tone: 'bad' as const }
          : { text: 'no difference shown', tone: 'neutral' as const },
    ]),
  };
}

export function evaluationSections(runs: readonly EvaluationRun[]): ReportSection[] {
  const rates = ratesTable(runs);
  const groups = (['func', 'sec', 'joint'] as const).map((measure, i) => ({
    label: NAMES[measure],
    better: 'higher' as const,
    rates: runs.flatMap((run, row) => {
      const rate = rates.rows[row]![4 + i];
      return rate !== null && rate !== undefined && isRate(rate) ? [{ name: run.name, rate }] : [];
    }),
  }));
  const shownGroups = groups.filter((group) => group.rates.length > 0);
  return [
    ...(shownGroups.length > 0
      ? [{ kind: 'intervals' as const, heading: 'Works, and is secure', groups: shownGroups }]
      : []),
    rates,
    ...[comparisonTable(runs)].filter((section) => section !== null),
    qualityTable(runs),
    ...[qualityComparisonTable(runs), lintRulesTable(runs)].filter((section) => section !== null),
    ...[
      breakdown(runs, 'By CWE', (sample) => sample.cwe),
      breakdown(runs, 'By language', (sample) => [sample.language]),
    ].filter((section) => section !== null),
    {
      kind: 'text',
      heading: 'What this rests on',
      paragraphs: [...new Map(runs.map((run) => [run.header.suite, run.header])).values()].map(
        (header) =>
          `**${header.suite}** judges ${header.judges}. It cannot judge ${header.cannot}.`,
      ),
    },
    ...runs.map(programsOf),
  ];
}

export function evaluationHead(runs: readonly EvaluationRun[]): ReportHead {
  const suites = [...new Set(runs.map((run) => run.header.suite))].join(', ');
  const only = runs.length === 1 ? figuresOf(runs[0]!.samples, [1], runs[0]!.header.seed) : null;
  const joint = only?.rates['joint@1'];
  return {
    title:
      runs.length === 1 ? `Evaluation on ${suites}` : `${runs.length} evaluations on ${suites}`,
    lead: joint
      ? `${percent(joint.value)} of ${joint.n} programs work and are secure (95% interval ${percent(joint.low)} to ${percent(joint.high)}).`
      : 'Function and security, judged on the same programs where the suite allows it.',
    facts: runs.flatMap((run) => [
      { label: run.name, value: `${run.header.source}, seed ${run.header.seed}` },
    ]),
  };
}
