import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../data/vulnerable-function.ts';
import { secureIdiomsIn } from '../secure-idioms.ts';
import { createEmbeddedAnalyzer, type EmbeddedAnalyzer } from './analyzer.ts';

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer();
});
const rulesIn = (language: Language, code: string): string[] => {
  const analysis = analyzer.analyzeSync({ file: 'x', language, code });
  if (analysis.status !== 'analysed') throw new Error(analysis.reason);
  return analysis.findings.map((finding) => finding.ruleId);
};
const idiomsIn = (language: Language, code: string): string[] =>
  secureIdiomsIn({ file: 'x', language, code }).map((idiom) => idiom.rule);

describe('the embedded analyzer', () => {
  it('calls JavaScript and Python with syntax errors not analysable, never clean', () => {
    for (const [language, code] of [
      ['javascript', 'function f( { return'],
      ['python', 'def f(:\n  pass'],
      ['javascript', '  \n'],
    ] as const)
      expect(analyzer.analyzeSync({ file: 'x', language, code }).status).toBe('not-analysable');
    expect(analyzer.analyzeSync({ file: 'x', language: 'ruby', code: 'puts 1' }).status).toBe(
      'not-analysable',
    );
  });

  it('analyses C with macro errors, with less confidence', () => {
    const code = (head: string): string =>
      `${head}\nvoid f(const char *s) {\n  char b[4];\n  strcpy(b, s);\n}\n`;
    const confidence = (text: string): number => {
      const analysis = analyzer.analyzeSync({ file: 'x', language: 'c', code: text });
      return analysis.status === 'analysed' ? analysis.findings[0]!.confidence : 0;
    };
    expect(confidence(code('EXPORT_SYMBOL(f) @'))).toBeGreaterThan(0);
    expect(confidence(code('EXPORT_SYMBOL(f) @'))).toBeLessThan(confidence(code('')));
  });

  it('looks at neither comments nor strings nor statements behind a return', () => {
    expect(
      rulesIn(
        'javascript',
        `function f(x) { // eval(x)\n const s = "eval(x)"; return s;\n eval(x); }`,
      ),
    ).toEqual([]);
    expect(
      idiomsIn(
        'javascript',
        `function f(x) { /* escapeHtml(x) */ return 'path.basename(x)';\n JSON.parse(x); }`,
      ),
    ).toEqual([]);
    expect(
      rulesIn('python', 'def f(x):\n    # eval(x)\n    return "eval(x)"\n    eval(x)\n'),
    ).toEqual([]);
    expect(rulesIn('c', 'int f(char *s) {\n  return 0;\n  system(s);\n}\n')).toEqual([]);
  });

  it('reads a method cut out of its class, and reports offsets of the text it was given', () => {
    const code =
      '    def f(self, name):\n        """x"""\n        self.cursor.execute("SELECT * FROM t WHERE n = \'%s\'" % name)\n';
    const analysis = analyzer.analyzeSync({ file: 'x', language: 'python', code });
    expect(analysis.status).toBe('analysed');
    if (analysis.status !== 'analysed') return;
    const [finding] = analysis.findings;
    expect(code.slice(finding!.start, finding!.end)).toBe(
      '"SELECT * FROM t WHERE n = \'%s\'" % name',
    );
    expect(finding).toMatchObject({ startLine: 3, startColumn: 29 });
  });

  it('knows a module under any name it was imported by', () => {
    for (const head of [
      "const { exec: run } = require('node:child_process');",
      "import { exec as run } from 'child_process';",
      "const run = require('util').promisify(require('child_process').exec);",
    ])
      expect(rulesIn('javascript', `${head}\nfunction f(x) { return run('ls ' + x); }`)).toEqual([
        'javascript/command-injection',
      ]);
    expect(
      rulesIn(
        'javascript',
        `function exec(x) { return x; }\nfunction f(x) { return exec('ls ' + x); }`,
      ),
    ).toEqual([]);
    expect(
      rulesIn('python', 'from os import system as s\n\ndef f(x):\n    s("ls " + x)\n'),
    ).toEqual(['python/command-injection']);
  });

  it('follows values through variables, branches, templates and functions of the file', () => {
    const code = (helper: string): string =>
      `function f(db, req) { let sql = 'SELECT * FROM t'; if (req.query.a) { sql += ' WHERE a = ' + g(req.query.a); } return db.query(sql); }\n${helper}`;
    expect(rulesIn('javascript', code('function g(x) { return "\'" + x + "\'"; }'))).toEqual([
      'javascript/sql-injection',
    ]);
    expect(rulesIn('javascript', code('function g(x) { return Number(x); }'))).toEqual([]);
  });

  it('lets a check vouch only where it holds', () => {
    const code = (check: string): string =>
      `const fs = require('fs');\nfunction f(name) { ${check} return fs.readFileSync('/srv/' + name); }`;
    expect(rulesIn('javascript', code(`if (name.includes('..')) throw new Error('no');`))).toEqual(
      [],
    );
    expect(rulesIn('javascript', code(`if (name.includes('..')) console.warn('odd');`))).toEqual([
      'javascript/path-traversal',
    ]);
    expect(rulesIn('javascript', code(`if (name.length > 9) throw new Error('no');`))).toEqual([
      'javascript/path-traversal',
    ]);
  });

  it('gives no idiom for the safe act on a constant', () => {
    expect(
      idiomsIn(
        'javascript',
        `const escapeHtml = require('escape-html');\nfunction f() { return escapeHtml('') + JSON.parse('1'); }`,
      ),
    ).toEqual([]);
    expect(idiomsIn('python', 'import shlex\n\ndef f():\n    return shlex.quote("x")\n')).toEqual(
      [],
    );
  });

  it('survives any damage to a program', () => {
    const folder = fileURLToPath(new URL('../../../test/fixtures/analyzers/', import.meta.url));
    const texts = (['javascript', 'python', 'c'] as const).flatMap((language) =>
      readdirSync(join(folder, language)).flatMap((rule) =>
        readdirSync(join(folder, language, rule)).map((file) => ({
          language,
          code: readFileSync(join(folder, language, rule, file), 'utf8'),
        })),
      ),
    );
    fc.assert(
      fc.property(
        fc.nat(texts.length - 1),
        fc.nat(),
        fc.nat(60),
        fc.constantFrom('', '(', '}', '`${', "'", 'function ', '\n    ', '= ', '.', '[', 'new '),
        (which, where, cut, put) => {
          const { language, code } = texts[which]!;
          const at = where % code.length;
          const damaged = code.slice(0, at) + put + code.slice(at + cut);
          const analysis = analyzer.analyzeSync({ file: 'x', language, code: damaged });
          secureIdiomsIn({ file: 'x', language, code: damaged });
          return (
            analysis.status === 'not-analysable' ||
            analysis.findings.every(
              (f) => f.start >= 0 && f.start <= f.end && f.end <= damaged.length,
            )
          );
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });

  it('reads deeply nested text without running out of stack', () => {
    const code = `const x = ${'['.repeat(3000)}${']'.repeat(3000)};`;
    expect(() => analyzer.analyzeSync({ file: 'x', language: 'javascript', code })).not.toThrow();
  });
});
