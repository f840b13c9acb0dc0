/** @file An ablation as report sections and as JSON. */
import { type ReportSection, type Cell, signedText } from '../../evaluate/report.ts';
import type { ArmComparison, ArmCurve, FinishedRun } from './compare.ts';

const COLUMNS = [
  { label: 'arm' },
  { label: 'programs' },
  { label: 'functional', better: 'higher' },
  {
    label: 'insecure',
    better: 'lower',
    about: 'share of the working programs on which an attack succeeds',
  },
  {
    label: 'joint',
    better: 'higher',
    about: 'share of all programs that work and resist every attack',
  },
  {
    label: 'insecure against baseline',
    about: 'relative reduction with its 95% paired interval over tasks and seeds',
  },
  { label: 'p (Holm)', decimals: 4 },
  { label: 'joint against baseline' },
] as const;

const reductionText = (row: ArmComparison): Cell => {
  if (!row.insecure) return null;
  const { value, low, high } = row.insecure.relativeReduction;
  const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;
  return {
    text: `${percent(value)} fewer [${percent(low)}, ${percent(high)}]`,
    tone: low > 0 ? 'good' : high < 0 ? 'bad' : 'neutral',
  };
};

const differenceText = (row: ArmComparison): Cell =>
  row.joint
    ? `${signedText(row.joint.difference)} [${signedText(row.joint.low)}, ${signedText(row.joint.high)}]`
    : null;

export function comparisonSections(
  comparisons: readonly ArmComparison[],
  baseline: string,
): ReportSection[] {
  return [...new Set(comparisons.map((row) => row.set))].map((set) => ({
    kind: 'table',
    heading: `Set ${set}`,
    note: `Compared with ${baseline}, pair by pair over the same tasks and seeds.`,
    columns: COLUMNS,
    rows: comparisons
      .filter((row) => row.set === set)
      .map((row): Cell[] => [
        row.arm,
        row.rates.programs,
        row.rates.functionalRate,
        row.rates.insecureRate,
        row.rates.jointRate,
        reductionText(row),
        row.insecure?.correctedP ?? null,
        differenceText(row),
      ]),
  }));
}

export function curveSection(
  curves: readonly ArmCurve[],
  heading = 'Learning curves',
): ReportSection {
  const chart = (key: 'functionalRate' | 'insecureRate' | 'jointRate', title: string) => ({
    title,
    xLabel: 'step',
    yLabel: title,
    unit: 'share' as const,
    series: curves.map((curve) => ({
      name: curve.arm,
      points: curve.points.map((point) => ({
        x: point.step,
        y: point.mean[key],
        low: point.low[key],
        high: point.high[key],
      })),
    })),
  });
  return {
    kind: 'chart',
    heading,
    note: 'On validation tasks, judged by execution. Mean over seeds with a 95% band.',
    charts: [
      chart('insecureRate', 'insecure rate'),
      chart('functionalRate', 'functional rate'),
      chart('jointRate', 'joint rate'),
    ],
  };
}

export function budgetSection(
  runs: readonly FinishedRun[],
  curves: readonly ArmCurve[],
): ReportSection {
  return {
    kind: 'table',
    heading: 'Budget and speed of learning',
    columns: [
      { label: 'arm' },
      { label: 'seeds' },
      { label: 'sampled tokens per run' },
      { label: 'trained tokens per run' },
      { label: 'area under joint curve', better: 'higher', decimals: 3 },
      { label: 'steps to half the insecure rate, per seed' },
    ],
    rows: curves.map((curve): Cell[] => {
      const mine = runs.filter((run) => run.arm === curve.arm);
      const mean = (key: 'sampledTokens' | 'trainedTokens'): number =>
        Math.round(mine.reduce((sum, run) => sum + run[key], 0) / mine.length);
      return [
        curve.arm,
        mine.map((run) => run.seed).join(', '),
        mean('sampledTokens'),
        mean('trainedTokens'),
        curve.area,
        curve.stepsToHalf.map((steps) => (steps === null ? 'never' : steps.toFixed(0))).join(', '),
      ];
    }),
  };
}
