/** @file What `scan --sarif` writes, against the published SARIF 2.1.0 schema (OASIS, rtm.5; descriptions taken out). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEmbeddedAnalyzer } from '../../src/analyzers/embedded/analyzer.ts';
import { toSarif } from '../../src/analyzers/sarif.ts';
import { faultsOf, type Schema } from './sarif-schema.ts';

const schema = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../fixtures/sarif/sarif-2.1.0-rtm.5.json'), 'utf8'),
) as Schema;

const log = async (): Promise<Record<string, unknown>> => {
  const analyzer = await createEmbeddedAnalyzer(['javascript']);
  const analysis = analyzer.analyzeSync({
    file: 'src/a b.js',
    language: 'javascript',
    code: 'function f(x) {\n  eval(x);\n  document.write(x);\n}\n',
  });
  if (analysis.status !== 'analysed') throw new Error(analysis.reason);
  expect(analysis.findings.length).toBeGreaterThan(1);
  const whole = toSarif(analysis.findings, [
    { file: 'x y.js', tool: 'vul2safe', reason: '1 syntax error' },
  ]);
  return JSON.parse(JSON.stringify(whole)) as Record<string, unknown>;
};

describe('SARIF output', () => {
  it('fits the schema, with findings, with unread files, and with nothing at all', async () => {
    expect(faultsOf(await log(), schema)).toEqual([]);
    expect(faultsOf(JSON.parse(JSON.stringify(toSarif([]))), schema)).toEqual([]);
  });

  it('would not fit with a missing part, a wrong type or an unknown property', async () => {
    const good = JSON.stringify(await log());
    const broken = [
      good.replace('"version":"2.1.0"', '"version":"2.0.0"'),
      good.replace(/"startLine":\d+/, '"startLine":0'),
      good.replace('"level":"error"', '"level":"fatal"'),
      good.replace('"columnKind"', '"columnSort"'),
      good.replace(/"message":\{"text":[^}]*\}/, '"message":7'),
    ];
    for (const text of broken) {
      expect(text).not.toBe(good);
      expect(faultsOf(JSON.parse(text), schema)).not.toEqual([]);
    }
  });
});
