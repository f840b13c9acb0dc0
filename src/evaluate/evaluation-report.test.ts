import { describe, expect, it } from 'vitest';
import { evaluationHead, evaluationSections } from './evaluation-report.ts';
import { type EvaluationRun, judgedSampleSchema, type JudgedSample } from './judged-sample.ts';
import { renderReport } from './report.ts';

const TASKS = 40;
const sampleOf = (i: number, sec: boolean | null): JudgedSample =>
  judgedSampleSchema.parse({
    task_id: `task-${i}`,
    sample: 0,
    language: 'python',
    cwe: [i % 2 === 0 ? 'CWE-22' : 'CWE-89'],
    kind: 'code',
    func: sec === null ? null : true,
    sec,
    outcome: sec === null ? 'not-judged' : sec ? 'secure' : 'insecure',
    detail: sec === null ? 'the row has no tests' : '',
    program: 'x = 1',
    tests: sec === false ? [{ name: 'attack', passed: false, detail: 'read /etc/passwd' }] : [],
    findings: [],
    quality: { lines: 1, characters: 5, complexity: 1, duplication: 0, parses: true },
    lint: { status: 'not-measured', reason: 'no linter covers it' },
    alarms: [],
  });
const runOf = (name: string, secure: (i: number) => boolean | null): EvaluationRun => ({
  name,
  samples: Array.from({ length: TASKS }, (_, i) => sampleOf(i, secure(i))),
  prompts: new Map([['task-1', 'Write the function that reads it.']]),
  header: {
    kind: 'evaluation',
    suite: 'own',
    source: 's',
    seed: 1,
    samplesPerTask: 1,
    tasks: TASKS,
    judges: 'j',
    cannot: 'c',
    analyzers: 'vul2safe',
    fingerprint: '',
  },
});
const strong = runOf('strong', () => true);
const weak = runOf('weak', (i) => (i === 0 ? null : i % 2 === 0));
const pageOf = (...runs: EvaluationRun[]): string =>
  renderReport(evaluationSections(runs), evaluationHead(runs));

describe('the page of an evaluation', () => {
  it('shows of each task what was asked, the code, and what a failed test saw', () => {
    const page = pageOf(weak);
    expect(page).toContain('Write the function that reads it.');
    expect(page).toContain('read /etc/passwd');
    expect(page).toContain('the row has no tests');
  });

  it('leads from every task on which runs differ to its program', () => {
    const page = pageOf(strong, weak);
    const links = [...page.matchAll(/<a class="to" href="#([^"]+)"/g)].map((match) => match[1]!);
    // Every odd task is insecure in the one run and secure in the other, and task 0 was not judged.
    expect(links).toHaveLength(2 * (TASKS / 2 + 1));
    const anchors = new Set([...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!));
    expect(links.filter((link) => !anchors.has(link))).toEqual([]);
  });

  it('plots function against security only where both were judged on several runs', () => {
    expect(pageOf(strong, weak)).toContain('Function against security');
    expect(pageOf(strong)).not.toContain('Function against security');
  });

  it('calls a run worse only when the corrected p-value and the interval both say so', () => {
    expect(pageOf(strong, weak)).toMatch(/worse<\/span>/);
    const twice = runOf('almost', (i) => i > 1);
    expect(pageOf(strong, twice)).not.toMatch(/worse<\/span>/);
  });
});
