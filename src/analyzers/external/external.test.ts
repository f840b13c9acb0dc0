/** @file Adapters: what tools write is read as recorded from them. The tools themselves run in test/contract/analyzers.test.ts. */
import { describe, expect, it } from 'vitest';
import { parseBanditJson } from './bandit.ts';
import { parseCppcheckXml } from './cppcheck.ts';
import { createEslint, reportsOfEslint } from './eslint.ts';
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
    // Before 1.7.3 bandit named no CWE; and lines put in front are not the source's.
    expect(parseBanditJson(json.replace('"issue_cwe":{"id":78},', ''), 2)).toMatchObject([
      { cwe: ['CWE-78'], line: 2 },
    ]);
    expect(parseBanditJson(json, 4)).toEqual([]);
  });

  it('eslint: known rules with their CWE, lines of the prelude subtracted, a fatal message is not analysable', () => {
    const message = {
      ruleId: 'security/detect-child-process',
      severity: 2,
      message: 'Found child_process.exec() with non Literal first argument',
      line: 4,
      column: 3,
      endLine: 4,
      endColumn: 20,
    };
    expect(reportsOfEslint([message, { ...message, ruleId: 'semi' }], 1)).toEqual([
      {
        ruleId: 'security/detect-child-process',
        cwe: ['CWE-78'],
        line: 3,
        column: 3,
        endLine: 3,
        endColumn: 20,
        severity: 'high',
        confidence: 0.5,
        message: 'Found child_process.exec() with non Literal first argument',
      },
    ]);
    expect(reportsOfEslint([{ ...message, line: 1 }], 1)).toEqual([]);
    expect(reportsOfEslint([{ ruleId: null, fatal: true, message: 'Parsing error' }], 0)).toBe(
      'eslint: Parsing error',
    );
  });

  it('eslint: absent where the project has none', async () => {
    const before = process.env.VUL2SAFE_ESLINT_PROJECT;
    process.env.VUL2SAFE_ESLINT_PROJECT = '/';
    try {
      expect(await createEslint()).toBeUndefined();
    } finally {
      if (before === undefined) delete process.env.VUL2SAFE_ESLINT_PROJECT;
      else process.env.VUL2SAFE_ESLINT_PROJECT = before;
    }
  });
});
