import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { JudgedProgram } from '../../evaluate/arm-rates.ts';
import { resolveConfig } from '../config.ts';
import { breakDown } from './breakdown.ts';
import type { FinishedRun } from './compare.ts';
import { ablateConfigSchema } from './config.ts';
import { planRuns, withBudget } from './plan.ts';
import { breakdownSections } from './report-breakdown.ts';
import { driftSections } from './report.ts';

const RECIPES = fileURLToPath(new URL('../../../recipes/', import.meta.url));
const config = (arms: object[], baseline = 'instance') =>
  ablateConfigSchema.parse({
    out: 'runs/x',
    seeds: [1, 2],
    baseline,
    shared: { pairs: 'p', rl: { maxTokens: 99 } },
    arms,
    final: [{ name: 'f', tasks: {} }],
  });

describe('the plan of an ablation', () => {
  it('gives a preference arm what it shares with the others, and the tokens the baseline spent', () => {
    const runs = planRuns(config([{ name: 'instance' }, { name: 'lpo', kind: 'lpo' }]));
    const lpo = runs.find((run) => run.kind === 'lpo')!;
    expect(lpo.config).toMatchObject({ pairs: 'p', maxTokens: 99, seed: 1, threads: 1 });
    expect(withBudget(lpo, 1234).config.lpo.budgetTokens).toBe(1234);
  });
  it('leaves an arm the budget it names', () => {
    const runs = planRuns(
      config([{ name: 'instance' }, { name: 'lpo', kind: 'lpo', set: { 'lpo.epochs': 3 } }]),
    );
    const lpo = runs.find((run) => run.kind === 'lpo')!;
    expect(withBudget(lpo, 1234).config.lpo).toMatchObject({ epochs: 3 });
    expect(withBudget(lpo, 1234).config.lpo.budgetTokens).toBeUndefined();
  });
  it('refuses unequal budgets, and a baseline that samples nothing', () => {
    expect(() =>
      planRuns(config([{ name: 'instance' }, { name: 'b', set: { 'rl.steps': 3 } }])),
    ).toThrow('different budgets');
    expect(() => planRuns(config([{ name: 'lpo', kind: 'lpo' }], 'lpo'))).toThrow('of kind "lpo"');
  });
  it.each(readdirSync(RECIPES).filter((name) => name.endsWith('.yaml')))(
    'is sound for recipes/%s',
    (name) => {
      const recipe = resolveConfig(ablateConfigSchema, { file: join(RECIPES, name) });
      expect(planRuns(recipe).length).toBe(recipe.arms.length * recipe.seeds.length);
    },
  );
});

describe('the breakdown', () => {
  const program = (task: string, spots: readonly boolean[]): JudgedProgram => ({
    taskId: task,
    families: ['sql-find-row', 'shell-one'].slice(0, spots.length),
    cwe: ['CWE-89', 'CWE-78'],
    weakSpots: spots.length,
    split: 'train',
    sample: 0,
    program: '',
    functional: true,
    secure: spots.every(Boolean),
    spots,
    outcome: '',
    detail: '',
  });
  const run = (arm: string, programs: JudgedProgram[]): FinishedRun => ({
    arm,
    seed: 1,
    judged: new Map([['f', programs]]),
    curve: [],
    sampledTokens: 0,
    trainedTokens: 0,
    drift: {
      programs: 1,
      neutral: { tokens: 10, kl: 0.25, entropyBefore: 1, entropyAfter: 0.5 },
      security: { tokens: 2, kl: 1, entropyBefore: null, entropyAfter: null },
    },
  });
  const runs = [
    run('instance', [program('a', [true]), program('b', [false]), program('c', [false, true])]),
    run('token', [program('a', [true]), program('b', [true]), program('c', [true, false])]),
  ];
  const { byWeakSpots, byCwe } = breakDown(runs, 'instance', 1);

  it('compares the arms for every number of weak spots', () => {
    expect(byWeakSpots.map(({ weakSpots }) => weakSpots)).toEqual([1, 2]);
    const rates = byWeakSpots.map(({ rows }) => rows.map((row) => row.rates.insecureRate.value));
    expect(rates).toEqual([
      [0.5, 0],
      [1, 1],
    ]);
  });
  it('counts weak spots, not programs, by weakness', () => {
    const shares = byCwe.map(({ cwe, insecure }) => [
      cwe,
      insecure.instance!.value,
      insecure.token!.value,
    ]);
    expect(shares).toEqual([
      ['CWE-78', 0, 1],
      ['CWE-89', 2 / 3, 0],
    ]);
    expect(breakdownSections({ byWeakSpots, byCwe }).length).toBe(3);
  });
  it('shows drift where it was measured', () => {
    const [section] = driftSections(runs, 1);
    expect(section?.kind === 'table' && section.rows[0]).toEqual([
      'instance',
      1,
      '0.2500',
      '1.0000',
      '-0.5000',
      null,
    ]);
  });
});
