/** @file Quality on the page, in the terminal and as CSV columns: one line per measure, one column per run; what was not measured says so. */
import type { EvaluationRun } from './judged-sample.ts';
import { countOf } from './report/format.ts';
import { type EvaluationFigures, figuresOfRun } from './metrics.ts';
import { QUALITY_MEASURES, type QualityMeasure } from './quality-figures.ts';
import type { Cell, Column, TableSection } from './report/sections.ts';
import { compareQuality } from './run-comparison.ts';

const QUALITY_NAMES: Readonly<Record<QualityMeasure, string>> = {
  lint: 'lint findings /kLoC',
  high: 'high findings /kLoC',
  medium: 'medium findings /kLoC',
  low: 'low findings /kLoC',
  lines: 'lines of a program',
  complexity: 'complexity of a program',
  duplication: 'duplicated share of lines',
};

interface Line extends Column {
  readonly cell: (figures: EvaluationFigures) => Cell;
}

const LINES: readonly Line[] = [
  { label: 'empty', better: 'lower', cell: (f) => f.emptyRate },
  { label: 'refused', better: 'lower', cell: (f) => f.refusalRate },
  { label: 'unparsable', better: 'lower', cell: (f) => f.unparsableRate },
  { label: 'analysed programs', cell: (f) => f.analysed },
  { label: 'linted programs', cell: (f) => f.quality.lint.programs },
  ...QUALITY_MEASURES.map((measure) => ({
    label: QUALITY_NAMES[measure],
    ...(measure === 'lines' ? {} : { better: 'lower' as const }),
    cell: (f: EvaluationFigures) => f.quality.estimates[measure],
  })),
  {
    label: 'alarms',
    better: 'lower',
    cell: (f) => Object.values(f.alarms).reduce((a, b) => a + b, 0),
  },
];

/** Of every table that compares runs with the first. */
export const COMPARISON_COLUMNS = [
  { label: 'run' },
  { label: 'measure' },
  { label: 'difference' },
  { label: '95% interval' },
  { label: 'tasks' },
  { label: 'p' },
  { label: 'p, corrected' },
] as const;

export function qualityTable(runs: readonly EvaluationRun[]): TableSection {
  const figures = runs.map(figuresOfRun);
  return {
    kind: 'table',
    heading: 'Quality of the code',
    note: [
      'Findings per thousand lines (kLoC) and means of a program, with 95% interval over tasks; only answers that are code.',
      ...lintNotes(figures),
      'Alarms mark programs worth a look: they end the process, look into the harness, swallow every error, or claim to be secure.',
    ].join(' '),
    columns: [{ label: 'measure' }, ...runs.map((run) => ({ label: run.name }))],
    rows: LINES.map((line) => [
      `${line.label}${line.better === 'lower' ? ' ↓' : ''}`,
      ...figures.map((one) => line.cell(one) ?? 'not measured'),
    ]),
  };
}

/** Which tool counted, and why where none did. */
function lintNotes(figures: readonly EvaluationFigures[]): string[] {
  const tools = [...new Set(figures.flatMap((one) => one.quality.lint.tools))];
  const reasons = new Map<string, number>();
  for (const one of figures)
    for (const [reason, count] of Object.entries(one.quality.lint.notMeasured))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  return [
    ...(tools.length > 0 ? [`Lint by ${tools.join(', ')}.`] : []),
    ...[...reasons].map(
      ([reason, count]) => `Lint was not measured on ${countOf(count, 'program')}: ${reason}.`,
    ),
  ];
}

/** For CSV: the same figures, one column per measure. */
export function qualityColumns(runs: readonly EvaluationRun[]): {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly Cell[])[];
} {
  return {
    columns: LINES.map(({ label }) => ({ label })),
    cells: runs.map(figuresOfRun).map((figures) => LINES.map((line) => line.cell(figures))),
  };
}

const SHOWN_RULES = 12;

/** The most frequent lint rules with what they say, so that a reader can judge the count. null without any. */
export function lintRulesTable(runs: readonly EvaluationRun[]): TableSection | null {
  const counts = runs.map((run) => new Map(Object.entries(figuresOfRun(run).quality.lint.byRule)));
  const messages = new Map<string, string>();
  for (const { samples } of runs)
    for (const { lint } of samples)
      if (lint.status === 'measured')
        for (const { rule, message } of lint.findings)
          if (!messages.has(rule)) messages.set(rule, message);
  if (messages.size === 0) return null;
  const total = (rule: string): number =>
    counts.reduce((sum, byRule) => sum + (byRule.get(rule) ?? 0), 0);
  const rules = [...messages.keys()].sort((a, b) => total(b) - total(a) || (a < b ? -1 : 1));
  return {
    kind: 'table',
    heading: 'Lint findings by rule',
    ...(rules.length > SHOWN_RULES
      ? {
          note: `The ${SHOWN_RULES} most frequent of ${rules.length} rules; all are in outcomes.jsonl.`,
        }
      : {}),
    columns: [
      { label: 'rule' },
      { label: 'for example' },
      ...runs.map((run) => ({ label: run.name })),
    ],
    rows: rules
      .slice(0, SHOWN_RULES)
      .map((rule) => [
        rule,
        messages.get(rule)!.replaceAll('`', "'"),
        ...counts.map((byRule) => byRule.get(rule) ?? 0),
      ]),
  };
}

/** Every run against the first; null for a single run. */
export function qualityComparisonTable(runs: readonly EvaluationRun[]): TableSection | null {
  const comparisons = compareQuality(runs, runs[0]?.header.seed ?? 0);
  if (comparisons.length === 0) return null;
  const signed = (value: number, measure: QualityMeasure): string =>
    `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(measure === 'duplication' ? 3 : 2)}`;
  return {
    kind: 'table',
    heading: 'Quality compared with the first run',
    note: 'Differences over common tasks, paired bootstrap over tasks; p of the same bootstrap, corrected by Holm over this table.',
    columns: COMPARISON_COLUMNS,
    rows: comparisons.map(({ first, measure, compared, adjusted }) => [
      first,
      QUALITY_NAMES[measure],
      signed(compared.difference, measure),
      `${signed(compared.low, measure)} to ${signed(compared.high, measure)}`,
      compared.tasks,
      compared.pValue.toFixed(4),
      adjusted.toFixed(4),
    ]),
  };
}
