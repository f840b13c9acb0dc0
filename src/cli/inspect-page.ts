/** @file A build folder as one HTML page: funnel, reasons, weaknesses, confidence, cost, and stories of pairs to judge by eye. */
import { cweName } from '../analyzers/cwe.ts';
import { pairStory, renderReport, type PairStory, type ReportSection } from '../evaluate/report.ts';
import { createOffsetMap, rangeToUtf16 } from '../data/offsets.ts';
import type { Span } from '../data/repair-pair.ts';
import { FUNNEL, type BuildStats } from '../vul2safe/build/build-stats.ts';
import type { Story } from '../vul2safe/build/read-build.ts';

export function renderInspectPage(
  directory: string,
  stats: BuildStats,
  stories: readonly Story[],
): string {
  const table = (
    heading: string,
    label: string,
    counts: readonly (readonly [string, number])[],
  ): ReportSection[] =>
    counts.length === 0
      ? []
      : [
          {
            kind: 'table',
            heading,
            columns: [{ label }, { label: 'records', decimals: 0 }],
            rows: counts,
          },
        ];
  const byCount = (counts: Readonly<Record<string, number>>): [string, number][] =>
    Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const { cost } = stats;
  const sections: ReportSection[] = [
    {
      kind: 'headlines',
      figures: [
        { label: 'records in', value: String(stats.in) },
        { label: 'pairs', value: String(stats.pairs), tone: 'good' },
        { label: 'prompts', value: String(stats.prompts) },
        {
          label: 'cost',
          value: `${cost.costUsd.toFixed(2)} USD`,
          note: `${cost.inputTokens + cost.outputTokens} tokens`,
        },
      ],
    },
    ...table(
      'Funnel',
      'came at least to',
      FUNNEL.map((stage) => [stage, stats.funnel[stage]] as const),
    ),
    ...table('Why records were rejected', 'reason', byCount(stats.rejected)),
    ...table('Prompts dropped', 'check', byCount(stats.promptsDropped)),
    ...table(
      'Weaknesses of the pairs',
      'weakness',
      byCount(stats.cwe).map(([id, n]) => [`${id} ${cweName(id)}`, n] as const),
    ),
    ...table(
      'Confidence of what was judged',
      'from',
      stats.confidence.map((n, i) => [(i / 10).toFixed(1), n] as const),
    ),
    ...(stories.length === 0
      ? []
      : [{ kind: 'pairs' as const, heading: 'Stories', pairs: stories.flatMap(storyView) }]),
  ];
  return renderReport(sections, {
    title: 'Build of PrimeVul+',
    lead: `What became of ${stats.in} vulnerability records, and why.`,
    facts: [
      { label: 'folder', value: directory },
      { label: 'teacher', value: stats.teacher },
    ],
  });
}

/** Kept or rejected; a record that never had a candidate has nothing to show side by side. */
function storyView(story: Story): PairStory[] {
  const { function: record, reason } = story;
  const fixedCode = story.fixedCode ?? record?.upstreamFix;
  if (record === undefined || fixedCode === undefined) return [];
  const spans = {
    vulnerable: inMemory(record.code, story.spans?.vulnerable ?? []),
    secure: inMemory(fixedCode, story.spans?.secure ?? []),
  };
  const shown = pairStory({
    id: story.id,
    function: { ...record, id: record.id ?? story.id },
    fixedCode,
    spans,
    origin: story.origin === 'teacher' || story.origin === 'rule' ? story.origin : 'upstream',
    teacher: story.teacher ?? '',
    reflection: story.reflection,
    gates: story.gates,
    confidence: story.confidence ?? 0,
  });
  const badges =
    reason === undefined
      ? shown.badges
      : [{ text: `rejected: ${reason}`, tone: 'bad' as const }, ...shown.badges];
  return [{ ...shown, title: story.id, badges, prompts: story.prompts }];
}

function inMemory(code: string, spans: readonly Span[]): Span[] {
  const map = createOffsetMap(code);
  return spans.map((span) => rangeToUtf16(span, map));
}
