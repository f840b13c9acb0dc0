import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySameCweFamily, cweFamily, cweName, isKnownCwe, sameCweFamily } from './cwe.ts';
import { EMBEDDED_RULES } from './embedded/rules.ts';

describe('the CWE table', () => {
  it('names every weakness the embedded rules report', () => {
    const unnamed = EMBEDDED_RULES.flatMap((rule) => rule.cwe).filter(
      (cwe) => !isKnownCwe(cwe) && cwe !== 'CWE-489',
    );
    expect(unnamed).toEqual([]);
    expect(cweName('CWE-89')).toBe('SQL injection');
  });

  it('covers at least twenty weaknesses with embedded rules, in each language more than ten', () => {
    const covered = (language: string): number =>
      new Set(
        EMBEDDED_RULES.filter((rule) => rule.id.startsWith(language)).flatMap((rule) => rule.cwe),
      ).size;
    expect(covered('')).toBeGreaterThanOrEqual(40);
    for (const language of ['javascript', 'python', 'c/'])
      expect(covered(language)).toBeGreaterThanOrEqual(20);
  });

  it('puts the ids different tools give one mistake into one family', () => {
    for (const [a, b] of [
      ['CWE-121', 'CWE-787'],
      ['CWE-120', 'CWE-788'],
      ['CWE-476', 'CWE-690'],
      ['CWE-327', 'CWE-328'],
      ['CWE-798', 'CWE-259'],
      ['CWE-94', 'CWE-95'],
    ] as const)
      expect(sameCweFamily(a, b), `${a} ${b}`).toBe(true);
    expect(sameCweFamily('CWE-89', 'CWE-79')).toBe(false);
    expect(anySameCweFamily(['CWE-20', 'CWE-78'], ['CWE-77'])).toBe(true);
    expect(cweFamily('CWE-787')).toBe(cweFamily('CWE-121'));
  });

  it('relates ids symmetrically, and each to itself, whatever the spelling', () => {
    const id = fc.integer({ min: 1, max: 1400 });
    fc.assert(
      fc.property(
        id,
        id,
        (a, b) =>
          sameCweFamily(`CWE-${a}`, `cwe-${b}`) === sameCweFamily(`${b}`, `CWE-0${a}`) &&
          sameCweFamily(`${a}`, `CWE-${a}`),
      ),
    );
  });
});
