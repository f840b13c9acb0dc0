/**
 * @file ruff's S rules (bandit's, rewritten), in process through WebAssembly: always there. Bare functions get an import
 * prelude, since the rules want to see where a name comes from. S101, S404, S603, S607 are left out: they fire on fixed code.
 */
import { z } from 'zod';
import type { Analyzer, Severity } from '../finding.ts';
import { cweOfBanditRule, headFor } from './bandit-rules.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

const HIGH = /^S(102|301|302|307|50[16]|60[1258]|609|61[01])$/;
const LOW = /^S(10[4-8]|11[0-3]|311|4\d\d)$/;
const severityOf = (code: string): Severity =>
  HIGH.test(code) ? 'high' : LOW.test(code) ? 'low' : 'medium';

const diagnosticsSchema = z.array(
  z.object({
    code: z.string().nullable(),
    message: z.string(),
    start_location: z.object({ row: z.number(), column: z.number() }),
    end_location: z.object({ row: z.number(), column: z.number() }),
  }),
);

export async function createRuff(): Promise<Analyzer | undefined> {
  const ruff = await import('@astral-sh/ruff-wasm-nodejs').catch(() => undefined);
  if (!ruff) return undefined;
  const workspace = new ruff.Workspace(
    { lint: { select: ['S'], ignore: ['S101', 'S404', 'S603', 'S607'] } },
    ruff.PositionEncoding.Utf16,
  );
  return createToolAnalyzer({
    name: 'ruff',
    version: ruff.Workspace.version(),
    languages: ['python'],
    report: (source) => {
      const head = headFor(source.code);
      const shift = head.split('\n').length - 1;
      const diagnostics = diagnosticsSchema.parse(workspace.check(head + source.code));
      const broken = diagnostics.find((one) => one.code === null || one.code === 'invalid-syntax');
      if (broken) return Promise.resolve(`ruff: ${broken.message}`);
      return Promise.resolve(
        diagnostics.flatMap((one): ToolReport[] => {
          const code = one.code ?? '';
          const cwe = cweOfBanditRule(code);
          if (!cwe || one.start_location.row <= shift) return [];
          return [
            {
              ruleId: code,
              cwe: [cwe],
              line: one.start_location.row - shift,
              column: one.start_location.column,
              endLine: one.end_location.row - shift,
              endColumn: one.end_location.column,
              severity: severityOf(code),
              confidence: 0.6,
              message: one.message,
            },
          ];
        }),
      );
    },
  });
}
