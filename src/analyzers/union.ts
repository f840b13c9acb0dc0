/** @file Several analyzers as one: their findings together; analysable where at least one of them could read the text. */
import type { Language } from '../data/vulnerable-function.ts';
import type { Analysis, Analyzer } from './finding.ts';

/** null where none of them covers the language. */
export function unionOf(analyzers: readonly Analyzer[], language: Language): Analyzer | null {
  const fitting = analyzers.filter((analyzer) => analyzer.languages.includes(language));
  if (fitting.length <= 1) return fitting[0] ?? null;
  return {
    name: fitting.map(({ name }) => name).join('+'),
    version: fitting.map(({ version }) => version).join('+'),
    languages: [language],
    async analyze(source): Promise<Analysis> {
      const all = await Promise.all(fitting.map((analyzer) => analyzer.analyze(source)));
      const read = all.filter((analysis) => analysis.status === 'analysed');
      if (read.length === 0) return all[0]!;
      return {
        status: 'analysed',
        findings: read
          .flatMap(({ findings }) => findings)
          .sort((a, b) => a.start - b.start || a.end - b.end),
      };
    },
  };
}
