/** Every embedded rule against text that only looks like its remedy: the fixed twin of its own fixture, in comments above each finding and in a string. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createEmbeddedAnalyzer,
  type EmbeddedAnalyzer,
} from '../../analyzers/embedded/analyzer.ts';
import { EMBEDDED_RULES } from '../../analyzers/embedded/rules.ts';
import type { Finding } from '../../analyzers/finding.ts';
import { secureIdiomsIn } from '../../analyzers/secure-idioms.ts';

const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/analyzers/', import.meta.url));
const LANGUAGES = {
  javascript: {
    extension: 'js',
    comment: (text: string) => `/* ${text.replaceAll('*/', '')} */`,
    constant: (text: string) => `const noteOfMine = ${JSON.stringify(text)};`,
  },
  python: {
    extension: 'py',
    comment: (text: string) => `# ${text}`,
    constant: (text: string) => `note_of_mine = ${JSON.stringify(text)}`,
  },
  c: {
    extension: 'c',
    comment: (text: string) => `/* ${text.replaceAll('*/', '')} */`,
    constant: (text: string) => `static const char note_of_mine[] = ${JSON.stringify(text)};`,
  },
} as const;

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer();
});

describe.each(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[])('%s', (language) => {
  const { extension, comment, constant } = LANGUAGES[language];
  const found = (code: string, id: string): Finding[] => {
    const analysis = analyzer.analyzeSync({ file: 'a', language, code });
    if (analysis.status !== 'analysed') throw new Error(analysis.reason);
    return analysis.findings.filter(({ ruleId }) => ruleId === id);
  };
  const ids = EMBEDDED_RULES.map(({ id }) => id).filter((id) => id.startsWith(`${language}/`));

  it.each(ids)('%s is not silenced by its remedy in comments and strings', (id) => {
    const read = (side: string): string =>
      readFileSync(join(FIXTURES, id, `${side}.${extension}`), 'utf8');
    const vulnerable = read('vulnerable');
    const remedy = read('fixed').replace(/\s+/g, ' ');
    const before = found(vulnerable, id);
    expect(before.length).toBeGreaterThan(0);
    const lines = vulnerable.split('\n');
    for (const line of [...new Set(before.map(({ startLine }) => startLine))].sort((a, b) => b - a))
      lines.splice(line - 1, 0, comment(remedy));
    const decorated = `${lines.join('\n')}\n${constant(remedy)}\n`;
    expect(found(decorated, id).length).toBe(before.length);
    const idioms = (code: string): string[] =>
      secureIdiomsIn({ file: 'a', language, code }).map(({ rule }) => rule);
    expect(idioms(decorated)).toEqual(idioms(vulnerable));
  });
});
