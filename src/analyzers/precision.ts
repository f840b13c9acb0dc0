/**
 * @file Findings by the precision of their rule. People and benchmarks are shown high and medium; rewards and gates ask the
 * analyzer itself and get everything, since a weak sign is still a sign there (docs/decisions/0005-precision.md).
 */
import type { Analysis, Analyzer, Finding, Precision } from './finding.ts';

export const PRECISIONS: readonly Precision[] = ['low', 'medium', 'high'];
export const SHOWN_PRECISION: Precision = 'medium';

const rank = (precision: Precision = 'medium'): number => PRECISIONS.indexOf(precision);

export const precise = (findings: readonly Finding[], least: Precision): Finding[] =>
  findings.filter((finding) => rank(finding.precision) >= rank(least));

/** The same analyzer, silent about what its rules are less precise in. */
export const withPrecision = (analyzer: Analyzer, least: Precision): Analyzer => ({
  ...analyzer,
  async analyze(source): Promise<Analysis> {
    const analysis = await analyzer.analyze(source);
    return analysis.status === 'analysed'
      ? { ...analysis, findings: precise(analysis.findings, least) }
      : analysis;
  },
});
