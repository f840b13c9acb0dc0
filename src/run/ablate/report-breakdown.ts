/** @file The breakdown of an ablation as report sections: one table per number of weak spots, one by CWE. */
import type { Cell, ReportSection } from '../../evaluate/report.ts';
import type { Breakdown } from './breakdown.ts';
import { COMPARISON_COLUMNS, comparisonCells } from './report.ts';

export function breakdownSections({ byWeakSpots, byCwe }: Breakdown): ReportSection[] {
  const several = byWeakSpots.length > 1;
  return [
    ...(several
      ? byWeakSpots.flatMap(({ weakSpots, rows }) =>
          [...new Set(rows.map((row) => row.set))].map(
            (set): ReportSection => ({
              kind: 'table',
              heading: `Set ${set}, ${weakSpots} weak spot${weakSpots === 1 ? '' : 's'}`,
              columns: COMPARISON_COLUMNS,
              rows: rows.filter((row) => row.set === set).map(comparisonCells),
            }),
          ),
        )
      : []),
    ...[...new Set(byCwe.map((row) => row.set))].map((set): ReportSection => {
      const rows = byCwe.filter((row) => row.set === set);
      const arms = [...new Set(rows.flatMap((row) => Object.keys(row.insecure)))];
      return {
        kind: 'table',
        heading: `Set ${set}, insecure weak spots by weakness`,
        note: 'Share of the weak spots of working programs on which an attack succeeds.',
        columns: [
          { label: 'weakness' },
          ...arms.map((arm) => ({ label: arm, better: 'lower' as const })),
        ],
        rows: rows.map((row): Cell[] => [row.cwe, ...arms.map((arm) => row.insecure[arm] ?? null)]),
      };
    }),
  ];
}
