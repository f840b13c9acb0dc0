/** @file What adapters share: a reported point or range becomes a Finding, and a tool becomes an Analyzer. */
import type { Language } from '../../data/vulnerable-function.ts';
import type { Analysis, Analyzer, Finding, Severity, SourceText } from '../finding.ts';
import { createLineIndex } from '../positions.ts';
import { createWidener } from './widen.ts';

/** As tools report: 1-based; columns count UTF-16 units unless the adapter converted them; no end means a point. */
export interface ToolReport {
  readonly ruleId: string;
  readonly cwe: readonly string[];
  readonly line: number;
  readonly column?: number | undefined;
  readonly endLine?: number | undefined;
  readonly endColumn?: number | undefined;
  readonly severity: Severity;
  readonly confidence: number;
  readonly message: string;
}

export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly languages: readonly Language[];
  /** Reports, or the reason why the text cannot be analysed. */
  report(source: SourceText): Promise<readonly ToolReport[] | string>;
}

export function createToolAnalyzer(tool: Tool): Analyzer {
  return {
    name: tool.name,
    version: tool.version,
    languages: tool.languages,
    async analyze(source): Promise<Analysis> {
      if (!tool.languages.includes(source.language))
        return {
          status: 'not-analysable',
          reason: `${tool.name} does not read ${source.language}`,
        };
      const reports = await tool.report(source);
      if (typeof reports === 'string') return { status: 'not-analysable', reason: reports };
      return { status: 'analysed', findings: await locate(tool, source, reports) };
    },
  };
}

async function locate(
  tool: Tool,
  source: SourceText,
  reports: readonly ToolReport[],
): Promise<Finding[]> {
  if (reports.length === 0) return [];
  const lines = createLineIndex(source.code);
  const widen = await createWidener(source);
  return reports.map((report) => {
    const firstText = source.code.slice(lines.offsetOf(report.line)).search(/\S/);
    const from =
      report.column === undefined
        ? lines.offsetOf(report.line) + Math.max(0, firstText)
        : lines.offsetOf(report.line, report.column);
    const to =
      report.endLine === undefined ? from : lines.offsetOf(report.endLine, report.endColumn ?? 1);
    const range = to > from ? { start: from, end: to } : widen(from);
    const start = lines(range.start);
    const end = lines(range.end);
    return {
      tool: tool.name,
      toolVersion: tool.version,
      ruleId: report.ruleId,
      cwe: report.cwe,
      file: source.file,
      ...range,
      startLine: start.line,
      startColumn: start.column,
      endLine: end.line,
      endColumn: end.column,
      severity: report.severity,
      confidence: report.confidence,
      message: report.message,
    };
  });
}
