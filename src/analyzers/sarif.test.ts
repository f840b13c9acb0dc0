import { beforeAll, describe, expect, it } from 'vitest';
import { Vul2SafeError } from '../kernel/errors.ts';
import { createEmbeddedAnalyzer, type EmbeddedAnalyzer } from './embedded/analyzer.ts';
import type { Finding } from './finding.ts';
import { resultsOfSarif, toSarif } from './sarif.ts';

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer(['javascript']);
});
const findings = (): readonly Finding[] => {
  const analysis = analyzer.analyzeSync({
    file: 'src/a b.js',
    language: 'javascript',
    code: 'function f(x) {\n  eval(x);\n  document.write(x);\n}\n',
  });
  return analysis.status === 'analysed' ? analysis.findings : [];
};

describe('SARIF', () => {
  it('comes back as it went out: file, place, rule, CWE, severity', () => {
    const out = findings();
    expect(out.length).toBe(2);
    const back = resultsOfSarif(JSON.stringify(toSarif(out)));
    expect(
      back.map(({ file, line, column, endLine, endColumn, ruleId, cwe, severity, message }) => ({
        file,
        line,
        column,
        endLine,
        endColumn,
        ruleId,
        cwe,
        severity,
        message,
      })),
    ).toEqual(
      out.map((f) => ({
        file: f.file,
        line: f.startLine,
        column: f.startColumn,
        endLine: f.endLine,
        endColumn: f.endColumn,
        ruleId: f.ruleId,
        cwe: f.cwe,
        severity: f.severity,
        message: f.message,
      })),
    );
  });

  it('tells of files nobody could read, even when there is no finding', () => {
    const text = JSON.stringify(
      toSarif([], [{ file: 'x.js', tool: 'vul2safe', reason: '1 syntax error' }]),
    );
    expect(text).toContain('not analysable: 1 syntax error');
    expect(resultsOfSarif(text)).toEqual([]);
  });

  it('reads CWE ids wherever tools put them', () => {
    const log = (rule: object): string =>
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            tool: { driver: { name: 't', rules: [{ id: 'r', ...rule }] } },
            results: [
              {
                ruleId: 'r',
                message: { text: 'm' },
                locations: [
                  {
                    physicalLocation: {
                      artifactLocation: { uri: 'a.c' },
                      region: { startLine: 3 },
                    },
                  },
                ],
              },
            ],
          },
        ],
      });
    expect(resultsOfSarif(log({ properties: { tags: ['external/cwe/cwe-079'] } }))[0]?.cwe).toEqual(
      ['CWE-79'],
    );
    expect(
      resultsOfSarif(log({ helpUri: 'https://cwe.mitre.org/data/definitions/119.html' }))[0]?.cwe,
    ).toEqual(['CWE-119']);
    expect(
      resultsOfSarif(log({ relationships: [{ target: { id: 'CWE-120' } }] }))[0],
    ).toMatchObject({ cwe: ['CWE-120'], file: 'a.c', line: 3 });
  });

  it('refuses text that is not SARIF, saying what was expected', () => {
    for (const text of ['', '{}', '[1]', '{"version":"1.0.0","runs":[]}'])
      expect(() => resultsOfSarif(text)).toThrow(Vul2SafeError);
  });
});
