/** @file A build in words for a terminal: the funnel with bars, reasons, CWEs, confidence, cost. */
import { cweName } from '../../analyzers/cwe.ts';
import { FUNNEL, type BuildStats } from './build-stats.ts';

const BAR = 32;
const MOST_ROWS = 15;

const bar = (count: number, whole: number): string =>
  '#'.repeat(whole > 0 ? Math.round((BAR * count) / whole) : 0).padEnd(BAR, '.');

export function describeBuild(stats: BuildStats): string[] {
  const widest = Math.max(1, ...stats.confidence);
  const rows = (counts: Readonly<Record<string, number>>, name = (key: string): string => key) =>
    Object.entries(counts)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, MOST_ROWS)
      .map(([key, count]) => `  ${String(count).padStart(7)}  ${name(key)}`);
  return [
    `teacher: ${stats.teacher}`,
    '',
    'funnel',
    ...FUNNEL.map((stage) => {
      const count = stats.funnel[stage];
      return `  ${stage.padEnd(10)}${String(count).padStart(8)}  ${bar(count, stats.in)}`;
    }),
    '',
    `pairs ${stats.pairs}, prompts ${stats.prompts}`,
    ...section('rejected', rows(stats.rejected)),
    ...section('prompts dropped by check', rows(stats.promptsDropped)),
    ...section(
      'weaknesses of the pairs',
      rows(stats.cwe, (cwe) => `${cwe} ${cweName(cwe)}`),
    ),
    ...section(
      'confidence of what was judged',
      stats.confidence.flatMap((count, i) =>
        count === 0
          ? []
          : [
              `  ${(i / 10).toFixed(1)}-${((i + 1) / 10).toFixed(1)} ${String(count).padStart(7)}  ${bar(count, widest)}`,
            ],
      ),
    ),
    '',
    `cost: ${stats.cost.inputTokens} + ${stats.cost.outputTokens} tokens, ${stats.cost.costUsd.toFixed(4)} USD`,
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** What a build says when it ends. */
export function summariseBuild(stats: BuildStats, directory: string): string[] {
  const reasons = Object.entries(stats.rejected).sort((a, b) => b[1] - a[1]);
  return [
    `${stats.in} records: ${stats.pairs} pairs, ${stats.prompts} prompts -> ${directory}`,
    ...reasons.map(([reason, count]) => `rejected ${count}: ${reason}`),
    `the story of any of them: vul2safe inspect ${directory} --id ID`,
  ];
}
