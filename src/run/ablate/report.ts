/** @file An ablation as report sections and as JSON. */
import { type ReportSection, type Cell, signedText } from '../../evaluate/report.ts';
import { meanWithInterval } from '../../evaluate/statistics.ts';
import type { TokenDrift } from '../training/measure-drift.ts';
import type { ArmComparison, ArmCurve, FinishedRun } from './compare.ts';

export const COMPARISON_COLUMNS = [
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
    columns: COMPARISON_COLUMNS,
    rows: comparisons.filter((row) => row.set === set).map(comparisonCells),
  }));
}

export const comparisonCells = (row: ArmComparison): Cell[] => [
  row.arm,
  row.rates.programs,
  row.rates.functionalRate,
  row.rates.insecureRate,
  row.rates.jointRate,
  reductionText(row),
  row.insecure?.correctedP ?? null,
  differenceText(row),
];

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

/** Empty where no run measured it. */
export function driftSections(runs: readonly FinishedRun[], seed: number): ReportSection[] {
  const measured = runs.filter((run) => run.drift !== undefined);
  if (measured.length === 0) return [];
  const over = (arm: string, pick: (run: FinishedRun) => number | null): Cell => {
    const values = measured
      .filter((run) => run.arm === arm)
      .flatMap((run) => {
        const value = pick(run);
        return value === null ? [] : [[String(run.seed), value] as const];
      });
    if (values.length === 0) return null;
    const mean = meanWithInterval(new Map(values), seed);
    return values.length > 1
      ? `${mean.value.toFixed(4)} [${mean.low.toFixed(4)}, ${mean.high.toFixed(4)}]`
      : mean.value.toFixed(4);
  };
  const entropyChange = ({ entropyBefore, entropyAfter }: TokenDrift): number | null =>
    entropyBefore === null || entropyAfter === null ? null : entropyAfter - entropyBefore;
  return [
    {
      kind: 'table',
      heading: 'Collateral drift',
      note: 'On programs the starting model writes for held-out tasks, in nats per token: KL from the starting to the trained model, and change of entropy. Neutral tokens decide nothing about security; less is better there. Mean over seeds with a 95% interval.',
      columns: [
        { label: 'arm' },
        { label: 'seeds' },
        { label: 'KL, neutral tokens' },
        { label: 'KL, security tokens' },
        { label: 'entropy change, neutral' },
        { label: 'entropy change, security' },
      ],
      rows: [...new Set(measured.map((run) => run.arm))].map((arm): Cell[] => [
        arm,
        measured.filter((run) => run.arm === arm).length,
        over(arm, (run) => run.drift!.neutral.kl),
        over(arm, (run) => run.drift!.security.kl),
        over(arm, (run) => entropyChange(run.drift!.neutral)),
        over(arm, (run) => entropyChange(run.drift!.security)),
      ]),
    },
  ];
}
