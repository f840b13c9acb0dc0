/** @file Every analyzer this machine has: finds its sample, marks the right text, and says when it cannot read. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ANALYZER_NAMES,
  type AvailableAnalyzer,
  availableAnalyzers,
} from '../../src/analyzers/available.ts';
import { anySameCweFamily } from '../../src/analyzers/cwe.ts';
import type { Analysis } from '../../src/analyzers/finding.ts';

describe('the tools of this machine', () => {
  let available: AvailableAnalyzer[] = [];
  beforeAll(async () => {
    available = await availableAnalyzers();
  });

  it('are listed with a version, or with how to install them', () => {
    expect(available.map((one) => one.name)).toEqual(ANALYZER_NAMES);
    for (const { analyzer, missing } of available)
      expect(analyzer?.version ?? missing).toMatch(/\S/);
  });

  const samples: Record<
    string,
    { language: 'c' | 'python'; code: string; cwe: string; marked: string; broken: string }
  > = {
    cppcheck: {
      language: 'c',
      code: 'void f(char *p) {\n  free(p);\n  free(p);\n}\n',
      cwe: 'CWE-415',
      marked: 'free(p)',
      broken: 'void f( {',
    },
    flawfinder: {
      language: 'c',
      code: 'void f(char *s) {\n  char b[4];\n  strcpy(b, s);\n}\n',
      cwe: 'CWE-120',
      marked: 'strcpy(b, s)',
      broken: '',
    },
    gcc: {
      language: 'c',
      code: 'void f(char *p) {\n  free(p);\n  free(p);\n}\n',
      cwe: 'CWE-415',
      marked: 'free(p)',
      broken: 'void f( {',
    },
    clang: {
      language: 'c',
      code: 'void f(char *p) {\n  free(p);\n  free(p);\n}\n',
      cwe: 'CWE-415',
      marked: 'free(p)',
      broken: 'void f( {',
    },
    ruff: {
      language: 'python',
      code: 'def f(data):\n    return pickle.loads(data)\n',
      cwe: 'CWE-502',
      marked: 'pickle.loads(data)',
      broken: 'def f(:\n',
    },
    bandit: {
      language: 'python',
      // A statement of its own: before 1.7 bandit gives lines without columns.
      code: 'import pickle\n\n\ndef f(data):\n    pickle.loads(data)\n',
      cwe: 'CWE-502',
      marked: 'pickle.loads(data)',
      broken: 'def f(:\n',
    },
  };
  it.each(Object.keys(samples))(
    '%s finds its sample and says when it cannot read',
    async (name) => {
      const { language, code, cwe, marked, broken } = samples[name]!;
      const analyzer = available.find((one) => one.name === name)?.analyzer;
      if (!analyzer) {
        expect(available.find((one) => one.name === name)?.missing).toMatch(/install/);
        return;
      }
      const analysis: Analysis = await analyzer.analyze({ file: 'x', language, code });
      expect(analysis.status).toBe('analysed');
      if (analysis.status !== 'analysed') return;
      const hits = analysis.findings.filter((finding) => anySameCweFamily(finding.cwe, [cwe]));
      expect(hits.map((finding) => code.slice(finding.start, finding.end))).toContain(marked);
      if (broken !== '')
        expect((await analyzer.analyze({ file: 'x', language, code: broken })).status).toBe(
          'not-analysable',
        );
    },
  );
});
