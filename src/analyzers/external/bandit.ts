/** @file bandit, where installed. It reads Python with its own parser and gives CWE ids and ranges. */
import { z } from 'zod';
import type { Analyzer, Severity } from '../finding.ts';
import { probeVersion, runTool, withTemporaryFile } from './process.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

const reportSchema = z.object({
  errors: z.array(z.object({ reason: z.string() })),
  results: z.array(
    z.object({
      test_id: z.string(),
      test_name: z.string(),
      issue_text: z.string(),
      issue_severity: z.string(),
      issue_confidence: z.string(),
      issue_cwe: z.object({ id: z.number() }).partial().optional(),
      line_number: z.number(),
      col_offset: z.number().optional(),
    }),
  ),
});
const severityOf = (text: string): Severity =>
  text === 'HIGH' ? 'high' : text === 'MEDIUM' ? 'medium' : 'low';

export function parseBanditJson(text: string): ToolReport[] | string {
  const { errors, results } = reportSchema.parse(JSON.parse(text));
  if (errors[0]) return `bandit: ${errors[0].reason}`;
  return results.map((one) => ({
    ruleId: one.test_id,
    cwe: one.issue_cwe?.id === undefined ? [] : [`CWE-${one.issue_cwe.id}`],
    line: one.line_number,
    ...(one.col_offset === undefined ? {} : { column: one.col_offset + 1 }),
    severity: severityOf(one.issue_severity),
    confidence:
      one.issue_confidence === 'HIGH' ? 0.9 : one.issue_confidence === 'MEDIUM' ? 0.6 : 0.3,
    message: one.issue_text,
  }));
}

export async function createBandit(): Promise<Analyzer | undefined> {
  const version = await probeVersion('bandit');
  if (!version) return undefined;
  return createToolAnalyzer({
    name: 'bandit',
    version,
    languages: ['python'],
    report: (source) =>
      withTemporaryFile('source.py', source.code, async (file) => {
        const result = await runTool(
          'bandit',
          ['-q', '-f', 'json', '-s', 'B101,B404,B603,B607', file],
          { timeoutMs: 60_000 },
        );
        if (result.timedOut || result.stdout === '')
          return `bandit: ${result.timedOut ? 'stopped after 60 s' : result.stderr.slice(0, 200)}`;
        return parseBanditJson(result.stdout);
      }),
  });
}
