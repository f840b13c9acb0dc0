/** @file Adapters: what tools write is read as recorded from them; the tools themselves run where this machine has them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type AvailableAnalyzer, ANALYZER_NAMES, availableAnalyzers } from '../available.ts';
import { anySameCweFamily } from '../cwe.ts';
import type { Analysis } from '../finding.ts';
import { parseBanditJson } from './bandit.ts';
import { parseCppcheckXml } from './cppcheck.ts';
import { parseFlawfinderCsv } from './flawfinder.ts';
import { parseGccJson } from './gcc.ts';

describe('what the tools write', () => {
  it('cppcheck: an error with CWE and place; a syntax error makes the text not analysable', () => {
    const xml = `<results version="2"><errors><error id="doubleFree" severity="error" msg="Memory pointed to by &apos;p&apos; is freed twice." cwe="415"><location file="t.c" line="3" column="73"/><location file="t.c" line="3" column="65"/></error></errors></results>`;
    expect(parseCppcheckXml(xml)).toEqual([
      {
        ruleId: 'doubleFree',
        cwe: ['CWE-415'],
        line: 3,
        column: 73,
        severity: 'high',
        confidence: 0.85,
        message: "Memory pointed to by 'p' is freed twice.",
      },
    ]);
    expect(parseCppcheckXml('<error id="syntaxError" severity="error" msg="syntax error"/>')).toBe(
      'cppcheck: syntax error',
    );
  });

  it('flawfinder: quoted CSV fields, several CWE ids', () => {
    const csv =
      'File,Line,Column,DefaultLevel,Level,Category,Name,Warning,Suggestion,Note,CWEs,Context,Fingerprint,ToolVersion,RuleId,HelpUri\r\nt.c,3,24,4,4,buffer,strcpy,"Does not check, ""banned""",Use snprintf,,"CWE-120, CWE-119","strcpy(b,s);",ab,2.0.19,FF1001,x\r\n';
    expect(parseFlawfinderCsv(csv)).toEqual([
      {
        ruleId: 'buffer/strcpy',
        cwe: ['CWE-120', 'CWE-119'],
        line: 3,
        column: 24,
        severity: 'high',
        confidence: 0.5,
        message: 'Does not check, "banned"',
      },
    ]);
  });

  it('gcc: the prelude is subtracted, errors make the text not analysable', () => {
    const json = (kind: string): string =>
      JSON.stringify([
        {
          kind,
          message: 'm',
          option: '-Wanalyzer-double-free',
          metadata: { cwe: 415 },
          locations: [{ caret: { file: 't.c', line: 12, 'byte-column': 4 } }],
        },
      ]);
    expect(parseGccJson(json('warning'), 10)).toMatchObject([
      { cwe: ['CWE-415'], line: 2, column: 4 },
    ]);
    expect(parseGccJson(json('error'), 10)).toBe('gcc: does not compile: m');
  });

  it('bandit: CWE, severity and column', () => {
    const json = JSON.stringify({
      errors: [],
      results: [
        {
          test_id: 'B602',
          test_name: 'x',
          issue_text: 'shell',
          issue_severity: 'HIGH',
          issue_confidence: 'HIGH',
          issue_cwe: { id: 78 },
          line_number: 4,
          col_offset: 4,
        },
      ],
    });
    expect(parseBanditJson(json)).toMatchObject([
      { ruleId: 'B602', cwe: ['CWE-78'], line: 4, column: 5, severity: 'high' },
    ]);
  });
});

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
      code: 'import pickle\n\n\ndef f(data):\n    return pickle.loads(data)\n',
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
