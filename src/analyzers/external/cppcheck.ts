/** @file cppcheck, run as its own process (GPL). Gives CWE ids itself; reports points. Style and portability advice is left out. */
import type { Analyzer, Severity } from '../finding.ts';
import { probeVersion, runTool, withTemporaryFile } from './process.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

const SEVERITY: Readonly<Record<string, Severity>> = { error: 'high', warning: 'medium' };
const decode = (text: string): string =>
  text.replace(
    /&(apos|quot|lt|gt|amp);/g,
    (_, name: string) => ({ apos: "'", quot: '"', lt: '<', gt: '>', amp: '&' })[name] ?? '',
  );

export function parseCppcheckXml(xml: string): ToolReport[] | string {
  const reports: ToolReport[] = [];
  for (const [, head = '', body = ''] of xml.matchAll(
    /<error ([^>]*?)(?:\/>|>([\s\S]*?)<\/error>)/g,
  )) {
    const attribute = (name: string, text = head): string | undefined => {
      const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1];
      return value === undefined ? undefined : decode(value);
    };
    const id = attribute('id') ?? 'unknown';
    if (id === 'syntaxError' || id === 'internalAstError' || id === 'cppcheckError')
      return `cppcheck: ${attribute('msg') ?? id}`;
    const severity = SEVERITY[attribute('severity') ?? ''];
    const location = /<location [^>]*>/.exec(body)?.[0];
    const cwe = attribute('cwe');
    if (!severity || !location || !cwe) continue;
    reports.push({
      ruleId: id,
      cwe: [`CWE-${cwe}`],
      line: Number(attribute('line', location)),
      column: Math.max(1, Number(attribute('column', location) ?? 1)),
      severity,
      confidence: attribute('inconclusive') === 'true' ? 0.5 : 0.85,
      message: attribute('msg') ?? id,
    });
  }
  return reports;
}

export async function createCppcheck(): Promise<Analyzer | undefined> {
  const version = await probeVersion('cppcheck');
  if (!version) return undefined;
  return createToolAnalyzer({
    name: 'cppcheck',
    version,
    languages: ['c', 'cpp'],
    report: (source) =>
      withTemporaryFile(
        source.language === 'c' ? 'source.c' : 'source.cpp',
        source.code,
        async (file, folder) => {
          const result = await runTool(
            'cppcheck',
            [
              '--enable=warning',
              '--xml',
              '--xml-version=2',
              '--quiet',
              '--max-configs=2',
              `--language=${source.language === 'c' ? 'c' : 'c++'}`,
              file,
            ],
            { timeoutMs: 30_000, cwd: folder },
          );
          if (result.timedOut) return 'cppcheck: stopped after 30 s';
          return parseCppcheckXml(result.stderr);
        },
      ),
  });
}
