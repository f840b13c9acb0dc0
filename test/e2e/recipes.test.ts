/**
 * @file The YAML recipes run: of each, the baseline, the last arm and every preference arm go through training, judging and export at
 * the smallest size, from a data set made here. What they measure at their real size stands in docs/RESULTS.md.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/kernel/events.ts';
import { ablateConfigSchema } from '../../src/run/ablate/config.ts';
import { type AblationRun, planRuns } from '../../src/run/ablate/plan.ts';
import { resolveConfig } from '../../src/run/config.ts';
import { buildDemoData } from '../../src/run/demo/build-data.ts';
import { BASE_MODEL } from '../../src/run/training/open-model.ts';
import { runPreference } from '../../src/run/training/run-lpo.ts';
import { runReinforcement } from '../../src/run/training/run-rl.ts';

const recipes = resolve(import.meta.dirname, '../../recipes');
const hasModel = existsSync(join(BASE_MODEL, 'model.safetensors'));
if (!hasModel) console.warn('models/base is not here: the recipes are not run');
const io = { progress: silentProgress };
const small = { split: 'validation' as const, seed: 1, count: 2 };

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vul2safe-recipes-'));
  await buildDemoData(
    { seed: 1, coveredShare: 0.2, recordsPerFamily: 1 },
    join(folder, 'data'),
    io,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The arm as the recipe has it, but for how much of everything. */
async function runSmall(run: AblationRun, out: string): Promise<void> {
  const shared = {
    out,
    threads: 1,
    model: BASE_MODEL,
    pairs: join(folder, 'data'),
    evaluation: { ...run.config.evaluation, everySteps: 0 },
    final: run.config.final.map((set) => ({ ...set, tasks: small })),
    ...(run.config.drift
      ? { drift: { ...run.config.drift, samplesPerTask: 1, tasks: { ...small, count: 1 } } }
      : {}),
  };
  if (run.kind === 'lpo') {
    const lpo = { ...run.config.lpo, budgetTokens: 400 };
    await runPreference({ ...run.config, ...shared, lpo, maxTokens: 40 }, io);
    return;
  }
  const rl = {
    ...run.config.rl,
    ...{ steps: 1, promptsPerStep: 2, groupSize: 2, maxTokens: 40, minibatches: 1 },
  };
  await runReinforcement(
    { ...run.config, ...shared, rl, tasks: { ...run.config.tasks, count: 4 } },
    io,
  );
}

describe.runIf(hasModel)('the recipe', () => {
  it.each(readdirSync(recipes).filter((name) => name.endsWith('.yaml')))(
    '%s trains, judges and exports its arms',
    async (name) => {
      const recipe = resolveConfig(ablateConfigSchema, { file: join(recipes, name) });
      const runs = planRuns(recipe).filter((run) => run.seed === recipe.seeds[0]);
      const chosen = runs.filter(
        (run, i) => run.arm === recipe.baseline || i === runs.length - 1 || run.kind === 'lpo',
      );
      for (const run of chosen) {
        const out = join(folder, name, run.arm);
        await runSmall(run, out);
        const judged = readFileSync(join(out, 'judged.jsonl'), 'utf8').trim().split('\n');
        expect(judged.length, run.arm).toBeGreaterThanOrEqual(2 * recipe.final.length);
        expect(existsSync(join(out, 'model/model.safetensors')), run.arm).toBe(true);
        // A second start finds the run finished and trains nothing.
        const before = readFileSync(join(out, 'events.jsonl'), 'utf8');
        await runSmall(run, out);
        expect(readFileSync(join(out, 'events.jsonl'), 'utf8')).toBe(before);
      }
    },
  );
});
