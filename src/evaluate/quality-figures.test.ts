import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgedSampleSchema, type JudgedSample, type EvaluationRun } from './judged-sample.ts';
import { figuresTable } from './evaluation-report.ts';
import { qualityFigures } from './quality-figures.ts';
import { qualityTable } from './quality-report.ts';
import { tableToCsv, tableToText } from './report.ts';
import { compareQuality } from './run-comparison.ts';
import { compareEstimates, estimateOf, poissonInterval } from './statistics/estimate.ts';

/** Twenty lines of code with this many lint findings; null = no linter was there. */
const sampleOf = (task: string, lintFindings: number | null): JudgedSample =>
  judgedSampleSchema.parse({
    task_id: task,
    sample: 0,
    language: 'python',
    cwe: [],
    kind: 'code',
    func: true,
    sec: null,
    outcome: 'works',
    detail: '',
    program: 'x = 1',
    findings: null,
    quality: { lines: 20, characters: 5, complexity: 2, duplication: 0, parses: true },
    lint:
      lintFindings === null
        ? { status: 'not-measured', reason: 'no linter covers it' }
        : {
            status: 'measured',
            tool: 'ruff 1',
            findings: Array.from({ length: lintFindings }, () => ({
              rule: 'F841',
              line: 1,
              message: 'unused',
            })),
          },
    alarms: [],
  });
const runOf = (name: string, samples: readonly JudgedSample[]): EvaluationRun => ({
  name,
  samples,
  prompts: new Map(),
  header: {
    kind: 'evaluation',
    suite: 'mbpp',
    source: 'x',
    seed: 1,
    samplesPerTask: 1,
    tasks: samples.length,
    judges: 'j',
    cannot: 'c',
    analyzers: 'vul2safe',
    fingerprint: '',
  },
});

describe('lint findings', () => {
  it('are counted per thousand lines over the programs that could be linted', () => {
    const samples = [sampleOf('a', 2), sampleOf('b', 0), sampleOf('c', null)];
    const { estimates, lint } = qualityFigures(samples, 1);
    expect(estimates.lint).toMatchObject({ value: 50, over: 0.04, tasks: 2 });
    expect(lint).toEqual({
      tools: ['ruff 1'],
      programs: 2,
      byRule: { F841: 2 },
      notMeasured: { 'no linter covers it': 1 },
    });
  });

  it('are not measured, which is not zero, where no linter was there', () => {
    const run = runOf('r', [sampleOf('a', null)]);
    expect(qualityFigures(run.samples, 1).estimates.lint).toBeNull();
    const text = tableToText(qualityTable([run]));
    expect(text).toMatch(/lint findings \/kLoC ↓\s+not measured/);
    expect(text).toContain('Lint was not measured on 1 program: no linter covers it.');
    const [head, row] = tableToCsv(figuresTable([run])).split('\n');
    expect(row!.split(',')[head!.split(',').indexOf('lint findings /kLoC')]).toBe('');
  });

  it('stand in the CSV with their interval and how many lines they rest on', () => {
    const csv = tableToCsv(figuresTable([runOf('r', [sampleOf('a', 2), sampleOf('b', 0)])]));
    const [head, row] = csv.split('\n').map((line) => line.split(','));
    const at = head!.indexOf('lint findings /kLoC');
    expect(head!.slice(at + 1, at + 4).map((name) => name.split('/kLoC ')[1])).toEqual([
      'low',
      'high',
      'thousand lines',
    ]);
    const [value, low, high, over] = row!.slice(at, at + 4).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    expect([value, over]).toEqual([50, 0.04]);
    expect(low).toBeLessThan(50);
    expect(high).toBeGreaterThan(50);
  });

  it('of two runs are compared on their common tasks', () => {
    const names = Array.from({ length: 30 }, (_, i) => `t${i}`);
    const clean = runOf(
      'clean',
      names.map((name) => sampleOf(name, 0)),
    );
    const dirty = runOf('dirty', [
      ...names.slice(1).map((name) => sampleOf(name, 1)),
      sampleOf('other', 9),
    ]);
    const lint = compareQuality([clean, dirty], 1).find(({ measure }) => measure === 'lint')!;
    expect(lint.compared.tasks).toBe(29);
    expect(lint.compared.difference).toBeCloseTo(50);
    expect(lint.compared.low).toBeCloseTo(50);
    expect(lint.adjusted).toBeLessThan(0.01);
    for (const { compared } of compareQuality([clean, clean], 1))
      expect(compared).toMatchObject({ difference: 0, pValue: 1 });
  });
});

describe('an estimate', () => {
  it('holds its value within its interval, whatever was counted', () => {
    const shares = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 3 }),
      fc.record({ sum: fc.nat(9), over: fc.double({ min: 0.001, max: 1, noNaN: true }) }),
      { minKeys: 1, maxKeys: 8 },
    );
    fc.assert(
      fc.property(shares, (byTask) => {
        const estimate = estimateOf(new Map(Object.entries(byTask)), 'thousand lines', 1)!;
        expect(estimate.low).toBeLessThanOrEqual(estimate.value + 1e-9);
        expect(estimate.high).toBeGreaterThanOrEqual(estimate.value - 1e-9);
        expect(estimate.high).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('of counts follows the exact Poisson interval closely, from zero on', () => {
    // Garwood's exact limits: 0 -> 0 to 3.689, 1 -> 0.0253 to 5.572, 10 -> 4.795 to 18.39.
    for (const [count, low, high] of [
      [0, 0, 3.689],
      [1, 0.0253, 5.572],
      [10, 4.795, 18.39],
    ] as const) {
      const [own, top] = poissonInterval(count);
      expect(Math.abs(own - low)).toBeLessThan(0.02);
      expect(Math.abs(top - high)).toBeLessThan(0.06);
    }
  });

  it('is absent where nothing was measured, and so is a difference', () => {
    expect(estimateOf(new Map(), 'programs', 1)).toBeNull();
    expect(compareEstimates(new Map([['a', { sum: 1, over: 1 }]]), new Map(), 1)).toBeNull();
  });
});
