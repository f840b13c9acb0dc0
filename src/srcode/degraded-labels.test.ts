import { beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedAnalyzer, type EmbeddedAnalyzer } from '../analyzers/embedded/analyzer.ts';
import { createRandom } from '../kernel/random.ts';
import { taskSet } from '../tasks/sets.ts';
import { degradeLabels, type LabelErrors } from './degraded-labels.ts';

const NONE: LabelErrors = { seed: 1, flippedPrograms: 0, swappedPairs: 0, missingRules: [] };
let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer(['javascript']);
});

const sources = taskSet('train', 'degraded', 80, { weakSpots: 1 }).map((instance, index) => ({
  file: 'a.js',
  language: 'javascript' as const,
  code: instance.render(createRandom('degraded', index), [index % 2 === 0]),
}));
const findingsUnder = (errors: LabelErrors) => {
  const labels = degradeLabels(errors);
  return sources.map((source) => {
    const analysis = labels.analysis(source, analyzer.analyzeSync(source));
    return analysis.status === 'analysed' ? analysis.findings : [];
  });
};

describe('degraded labels', () => {
  it('change nothing where there is no error', () => {
    expect(findingsUnder(NONE)).toEqual(
      sources.map((source) => {
        const analysis = analyzer.analyzeSync(source);
        return analysis.status === 'analysed' ? analysis.findings : [];
      }),
    );
  });

  it('flip about the share asked for, the same programs every time, findings into none and none into one', () => {
    const clean = findingsUnder(NONE);
    const noisy = findingsUnder({ ...NONE, flippedPrograms: 0.3 });
    const flipped = clean.map((list, i) => list.length > 0 !== noisy[i]!.length > 0);
    const share = flipped.filter(Boolean).length / sources.length;
    expect(share).toBeGreaterThan(0.18);
    expect(share).toBeLessThan(0.42);
    expect(findingsUnder({ ...NONE, flippedPrograms: 0.3 })).toEqual(noisy);
    expect(findingsUnder({ ...NONE, flippedPrograms: 0.3, seed: 2 })).not.toEqual(noisy);
    for (const [i, [finding]] of noisy.entries())
      if (flipped[i] && finding)
        expect(sources[i]!.code.slice(finding.start, finding.end)).toMatch(/^\S.*\w/);
  });

  it('know nothing of a missing weakness, as a finding or as an idiom', () => {
    const sql = findingsUnder(NONE)
      .flat()
      .filter(({ cwe }) => cwe.includes('CWE-89'));
    expect(sql.length).toBeGreaterThan(0);
    const labels = degradeLabels({ ...NONE, missingRules: ['CWE-89'] });
    expect(
      findingsUnder({ ...NONE, missingRules: ['CWE-89'] })
        .flat()
        .some(({ cwe }) => cwe.includes('CWE-89')),
    ).toBe(false);
    expect(
      sources.flatMap((source) => labels.idioms(source)).some(({ cwe }) => cwe.includes('CWE-89')),
    ).toBe(false);
    expect(() => degradeLabels({ ...NONE, missingRules: ['javascript/nothing'] })).toThrow(
      'there is no rule',
    );
  });

  it('swap the sides of a share of the pairs', () => {
    const pairs = sources.map((_, i) => ({
      id: `${i}`,
      language: 'javascript' as const,
      vulnerable: 'v',
      fixed: 'f',
    }));
    const swapped = degradeLabels({ ...NONE, swappedPairs: 0.25 })
      .pairs(pairs)
      .filter(({ fixed }) => fixed === 'v');
    expect(swapped.length / pairs.length).toBeGreaterThan(0.1);
    expect(swapped.length / pairs.length).toBeLessThan(0.4);
  });
});
