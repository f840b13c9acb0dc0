/**
 * @file Quality beyond "works" and "secure", of the answers that are code: lint findings and security findings per thousand lines,
 * length, branching, repetition. What no tool measured is null with the reason, never zero.
 */
import type { Severity } from '../analyzers/finding.ts';
import type { JudgedSample } from './judged-sample.ts';
import { type Estimate, estimateOf, type Share, type SharesByTask } from './statistics/estimate.ts';

export const QUALITY_MEASURES = [
  'lint',
  'high',
  'medium',
  'low',
  'lines',
  'complexity',
  'duplication',
] as const;
/** lint and the three severities: findings per thousand lines; the others: mean of a program. */
export type QualityMeasure = (typeof QUALITY_MEASURES)[number];

const isSeverity = (measure: QualityMeasure): measure is Severity =>
  measure === 'high' || measure === 'medium' || measure === 'low';

/** null: not measured on this program. */
function shareOf(measure: QualityMeasure, sample: JudgedSample): Share | null {
  if (sample.kind !== 'code') return null;
  const { quality, lint, findings } = sample;
  if (measure === 'lint')
    return lint.status === 'measured'
      ? { sum: lint.findings.length, over: quality.lines / 1000 }
      : null;
  if (isSeverity(measure))
    return findings === null
      ? null
      : {
          sum: findings.filter(({ severity }) => severity === measure).length,
          over: quality.lines / 1000,
        };
  return { sum: quality[measure], over: 1 };
}

/** Task id -> sums over the samples of the task on which the measure was taken. */
export function qualityShares(
  samples: readonly JudgedSample[],
  measure: QualityMeasure,
): SharesByTask {
  const byTask = new Map<string, Share>();
  for (const sample of samples) {
    const share = shareOf(measure, sample);
    if (share === null) continue;
    const before = byTask.get(sample.task_id) ?? { sum: 0, over: 0 };
    byTask.set(sample.task_id, { sum: before.sum + share.sum, over: before.over + share.over });
  }
  return byTask;
}

export interface QualityFigures {
  /** null: not measured on any program. */
  readonly estimates: Readonly<Record<QualityMeasure, Estimate | null>>;
  readonly lint: {
    readonly tools: readonly string[];
    readonly programs: number;
    /** Findings by rule, most frequent first. */
    readonly byRule: Readonly<Record<string, number>>;
    /** Reason -> programs on which lint was not measured. */
    readonly notMeasured: Readonly<Record<string, number>>;
  };
}

export function qualityFigures(samples: readonly JudgedSample[], seed: number): QualityFigures {
  const unitOf = (measure: QualityMeasure): Estimate['unit'] =>
    measure === 'lint' || isSeverity(measure) ? 'thousand lines' : 'programs';
  const code = samples.filter((sample) => sample.kind === 'code');
  const lints = code.map(({ lint }) => lint);
  const measured = lints.filter((lint) => lint.status === 'measured');
  return {
    estimates: Object.fromEntries(
      QUALITY_MEASURES.map((measure) => [
        measure,
        estimateOf(qualityShares(samples, measure), unitOf(measure), seed),
      ]),
    ) as Record<QualityMeasure, Estimate | null>,
    lint: {
      tools: [...new Set(measured.map(({ tool }) => tool))],
      programs: measured.length,
      byRule: byFrequency(measured.flatMap(({ findings }) => findings.map(({ rule }) => rule))),
      notMeasured: byFrequency(
        lints.flatMap((lint) => (lint.status === 'not-measured' ? [lint.reason] : [])),
      ),
    },
  };
}

function byFrequency(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}
