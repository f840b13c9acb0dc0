/** @file Every embedded rule against its own fixtures: each function of vulnerable.* is found, fixed.* is silent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionsIn } from '../../code/functions.ts';
import { withSyntax } from '../../code/syntax-tree.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { Analysis, Finding } from '../finding.ts';
import { createEmbeddedAnalyzer, type EmbeddedAnalyzer } from './analyzer.ts';
import { EMBEDDED_RULES } from './rules.ts';

const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/analyzers/', import.meta.url));
const EXTENSION: Record<string, string> = { javascript: 'js', python: 'py', c: 'c' };

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer();
});

const findingsOf = (analysis: Analysis): readonly Finding[] => {
  if (analysis.status !== 'analysed') throw new Error(analysis.reason);
  return analysis.findings;
};
const shown = (findings: readonly Finding[], code: string): string[] =>
  findings.map((f) => `${f.startLine}: ${f.ruleId}: ${code.slice(f.start, f.end).slice(0, 80)}`);

describe.each(Object.keys(EXTENSION))('embedded %s rules', (language) => {
  const rules = EMBEDDED_RULES.filter((rule) => rule.id.startsWith(`${language}/`));

  it('all have fixtures, and all fixtures have a rule', () => {
    const folders = readdirSync(join(FIXTURES, language)).map((name) => `${language}/${name}`);
    expect(folders.sort()).toEqual(rules.map((rule) => rule.id).sort());
  });

  it.each(rules.map((rule) => rule.id))('%s finds every vulnerable function', (id) => {
    const file = join(FIXTURES, id, `vulnerable.${EXTENSION[language]}`);
    const code = readFileSync(file, 'utf8');
    const found = findingsOf(
      analyzer.analyzeSync({ file, language: language as Language, code }),
    ).filter((f) => f.ruleId === id);
    const functions = withSyntax(language as Language, code, functionsIn).filter(
      (fn) => fn.depth === 0,
    );
    expect(functions.length).toBeGreaterThan(0);
    const missed = functions.filter(
      (fn) => !found.some((f) => f.start >= fn.start && f.end <= fn.end),
    );
    expect(missed.map((fn) => fn.name)).toEqual([]);
  });

  it.each(rules.map((rule) => rule.id))('no rule finds anything in the fixed twin of %s', (id) => {
    const file = join(FIXTURES, id, `fixed.${EXTENSION[language]}`);
    expect(existsSync(file)).toBe(true);
    const code = readFileSync(file, 'utf8');
    expect(
      shown(findingsOf(analyzer.analyzeSync({ file, language: language as Language, code })), code),
    ).toEqual([]);
  });
});
