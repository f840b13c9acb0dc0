/** @file The report of one or several evaluations: figures, comparison, breakdown by CWE and language, and every program with its verdict. */
import {
  breakdownTable,
  cweChart,
  differingTasks,
  MEASURE_NAMES,
  notJudgedTable,
  outcomesTable,
} from './breakdown.ts';
import type { EvaluationRun } from './judged-sample.ts';
import { figuresOf, figuresOfRun, type Measure } from './metrics.ts';
import { programsOf } from './program-views.ts';
import {
  COMPARISON_COLUMNS,
  lintRulesTable,
  qualityColumns,
  qualityComparisonTable,
  qualityTable,
} from './quality-report.ts';
import { percent } from './report/format.ts';
import type {
  IntervalsSection,
  ReportHead,
  ReportSection,
  ScatterSection,
  TableSection,
} from './report/sections.ts';
import { compareRuns } from './run-comparison.ts';
import type { RateInterval } from './statistics/rate.ts';

/** One row per run: the rates, and what they rest on. */
export function ratesTable(
  runs: readonly EvaluationRun[],
  ks: readonly number[] = [1],
): TableSection {
  const figures = runs.map((run) =>
    ks.length === 1 && ks[0] === 1
      ? figuresOfRun(run)
      : figuresOf(run.samples, ks, run.header.seed),
  );
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

export function comparisonTable(runs: readonly EvaluationRun[]): TableSection | null {
  const comparisons = compareRuns(runs, runs[0]?.header.seed ?? 0);
  if (comparisons.length === 0) return null;
  const points = (share: number): string =>
    `${share >= 0 ? '+' : '−'}${(Math.abs(share) * 100).toFixed(1)}`;
  return {
    kind: 'table',
    heading: 'Compared with the first run',
    note: 'Differences in percentage points over common tasks, paired bootstrap over tasks. p: McNemar’s exact test where a task has one answer, else the paired bootstrap; corrected by Holm over this table. Better or worse only where the corrected p is below 0.05 and the interval excludes zero.',
    columns: [...COMPARISON_COLUMNS, { label: 'verdict' }],
    rows: comparisons.map(({ first, measure, paired, pValue, adjusted }) => [
      first,
      MEASURE_NAMES[measure],
      points(paired.difference),
      `${points(paired.low)} to ${points(paired.high)}`,
      paired.tasks,
      pText(pValue),
      pText(adjusted),
      adjusted < 0.05 && paired.low > 0
        ? { text: 'better', tone: 'good' as const }
        : adjusted < 0.05 && paired.high < 0
          ? { text: 'worse', tone: 'bad' as const }
          : { text: 'no difference shown', tone: 'neutral' as const },
    ]),
  };
}

const pText = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toFixed(4));

const present = <T>(...sections: readonly (T | null)[]): T[] =>
  sections.filter((section) => section !== null);

export function evaluationSections(runs: readonly EvaluationRun[]): ReportSection[] {
  return [
    ...present<ReportSection>(ratesChart(runs), functionAgainstSecurity(runs)),
    ratesTable(runs),
    ...present(comparisonTable(runs)),
    outcomesTable(runs),
    ...present<ReportSection>(
      notJudgedTable(runs),
      cweChart(runs),
      breakdownTable(runs, 'By CWE', (sample) => sample.cwe),
      breakdownTable(runs, 'By language', (sample) => [sample.language]),
    ),
    qualityTable(runs),
    ...present(qualityComparisonTable(runs), lintRulesTable(runs)),
    {
      kind: 'text',
      heading: 'What this rests on',
      paragraphs: [...new Map(runs.map((run) => [run.header.suite, run.header])).values()].map(
        (header) =>
          `**${header.suite}** judges ${header.judges}. It cannot judge ${header.cannot}.`,
      ),
    },
    ...present(differingTasks(runs)),
    ...runs.map(programsOf),
  ];
}

const rateAt1 = (run: EvaluationRun, measure: Measure): RateInterval | null =>
  figuresOfRun(run).rates[`${measure}@1`] ?? null;

function ratesChart(runs: readonly EvaluationRun[]): IntervalsSection | null {
  const groups = (['func', 'sec', 'joint'] as const)
    .map((measure) => ({
      label: MEASURE_NAMES[measure],
      better: 'higher' as const,
      rates: runs.flatMap((run) => {
        const rate = rateAt1(run, measure);
        return rate ? [{ name: run.name, rate }] : [];
      }),
    }))
    .filter((group) => group.rates.length > 0);
  return groups.length > 0 ? { kind: 'intervals', heading: 'Works, and is secure', groups } : null;
}

/** Several runs of which both rates are known: is security bought with function? */
function functionAgainstSecurity(runs: readonly EvaluationRun[]): ScatterSection | null {
  const points = runs.flatMap((run) => {
    const [x, y] = [rateAt1(run, 'func'), rateAt1(run, 'sec')];
    return x && y ? [{ name: run.name, x, y }] : [];
  });
  return points.length < 2
    ? null
    : {
        kind: 'scatter',
        heading: 'Function against security',
        note: 'One point per run with both 95% intervals; up and to the right is better.',
        xLabel: MEASURE_NAMES.func,
        yLabel: MEASURE_NAMES.sec,
        points,
      };
}

export function evaluationHead(runs: readonly EvaluationRun[]): ReportHead {
  const suites = [...new Set(runs.map((run) => run.header.suite))].join(', ');
  const only = runs.length === 1 ? figuresOfRun(runs[0]!) : null;
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
