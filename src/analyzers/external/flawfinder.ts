/** @file flawfinder, run as its own process (GPL): looks for risky function names, knows no flow, so its alarms are many. */
import type { Analyzer, Severity } from '../finding.ts';
import { probeVersion, runTool, withTemporaryFile } from './process.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

/** Columns of `flawfinder --csv`. */
export function parseFlawfinderCsv(csv: string): ToolReport[] {
  const [head = [], ...rows] = parseCsv(csv);
  const at = (row: readonly string[], name: string): string => row[head.indexOf(name)] ?? '';
  return rows
    .filter((row) => at(row, 'Line') !== '')
    .map((row) => {
      const level = Number(at(row, 'Level'));
      const severity: Severity = level >= 4 ? 'high' : level >= 3 ? 'medium' : 'low';
      return {
        ruleId: `${at(row, 'Category')}/${at(row, 'Name')}`,
        cwe: [...at(row, 'CWEs').matchAll(/CWE-\d+/g)].map(([id]) => id),
        line: Number(at(row, 'Line')),
        column: Number(at(row, 'Column')) || 1,
        severity,
        confidence: level / 10 + 0.1,
        message: at(row, 'Warning'),
      };
    });
}

function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g,
  )) {
    rows.at(-1)!.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

export async function createFlawfinder(minimumLevel = 1): Promise<Analyzer | undefined> {
  const version = await probeVersion('flawfinder');
  if (!version) return undefined;
  return createToolAnalyzer({
    name: 'flawfinder',
    version,
    languages: ['c', 'cpp'],
    report: (source) =>
      withTemporaryFile('source.c', source.code, async (file) => {
        const result = await runTool(
          'flawfinder',
          ['--csv', '--quiet', `--minlevel=${minimumLevel}`, file],
          { timeoutMs: 30_000 },
        );
        if (result.status !== 0)
          return `flawfinder: ${result.timedOut ? 'stopped after 30 s' : result.stderr.slice(0, 200)}`;
        return parseFlawfinderCsv(result.stdout);
      }),
  });
}
