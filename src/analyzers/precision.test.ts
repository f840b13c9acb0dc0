import { describe, expect, it } from 'vitest';
import { createEmbeddedAnalyzer } from './embedded/analyzer.ts';
import { withPrecision } from './precision.ts';

// A race between check and use (low), and a copy without a bound (medium).
const CODE = `void f(const char *path, const char *text) {
  char line[8];
  if (access(path, R_OK) == 0) use(fopen(path, "r"));
  strcpy(line, text);
}`;

describe('findings by precision', () => {
  it('shows a reader what is at least as precise as asked for, and nothing else', async () => {
    const analyzer = await createEmbeddedAnalyzer(['c']);
    const rulesFrom = async (least: 'low' | 'medium' | 'high'): Promise<string[]> => {
      const analysis = await withPrecision(analyzer, least).analyze({
        file: 'f.c',
        language: 'c',
        code: CODE,
      });
      return analysis.status === 'analysed' ? analysis.findings.map((one) => one.ruleId) : [];
    };
    expect(await rulesFrom('low')).toEqual(['c/check-then-use-race', 'c/unbounded-copy']);
    expect(await rulesFrom('medium')).toEqual(['c/unbounded-copy']);
    expect(await rulesFrom('high')).toEqual([]);
  });

  it('leaves "not analysable" as it is', async () => {
    const analyzer = withPrecision(await createEmbeddedAnalyzer(['python']), 'high');
    const analysis = await analyzer.analyze({ file: 'f.py', language: 'python', code: 'def (' });
    expect(analysis.status).toBe('not-analysable');
  });
});
