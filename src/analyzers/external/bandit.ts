/** @file bandit, where installed. It reads Python with its own parser; CWE ids are its own from 1.7.3 on, before that by rule number. */
import { z } from 'zod';
import type { Analyzer, Severity } from '../finding.ts';
import { cweOfBanditRule, headFor } from './bandit-rules.ts';
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
const cweOf = (rule: string, own: number | undefined): string[] => {
  const cwe = own === undefined ? cweOfBanditRule(rule) : `CWE-${own}`;
  return cwe === undefined ? [] : [cwe];
};
const severityOf = (text: string): Severity =>
  text === 'HIGH' ? 'high' : text === 'MEDIUM' ? 'medium' : 'low';

/** @param shift lines that were put in front of the source */
export function parseBanditJson(text: string, shift = 0): ToolReport[] | string {
  const { errors, results } = reportSchema.parse(JSON.parse(text));
  if (errors[0]) return `bandit: ${errors[0].reason}`;
  const inside = results.filter((one) => one.line_number > shift);
  return inside.map((one) => ({
    ruleId: one.test_id,
    cwe: cweOf(one.test_id, one.issue_cwe?.id),
    line: one.line_number - shift,
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
    report: (source) => {
      const head = headFor(source.code);
      return withTemporaryFile('source.py', head + source.code, async (file) => {
        const result = await runTool(
          'bandit',
          ['-q', '-f', 'json', '-s', 'B101,B404,B603,B607', file],
          { timeoutMs: 60_000 },
        );
        if (result.timedOut || result.stdout === '')
          return `bandit: ${result.timedOut ? 'stopped after 60 s' : result.stderr.slice(0, 200)}`;
        return parseBanditJson(result.stdout, head.split('\n').length - 1);
      });
    },
  });
}
