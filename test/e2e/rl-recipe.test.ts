/** @file recipes/rl-loop.ts does what it says: one step over two tasks with the shipped model, and its other judge. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSecure, rlLoop, type StepFigures } from '../../recipes/rl-loop.ts';
import { createEmbeddedEngine } from '../../src/engine/embedded/create.ts';
import { BASE_MODEL } from '../../src/run/training/open-model.ts';
import { taskSet } from '../../src/tasks/sets.ts';
import { loadTokenizer } from '../../src/tokenizer/byte-level-tokenizer.ts';

const hasModel = existsSync(join(BASE_MODEL, 'model.safetensors'));
if (!hasModel) console.warn('models/base is not here: the recipe is not run');

const tasks = taskSet('train', 2, 40)
  .map(({ task }) => task)
  .filter((task) => task.language === 'javascript' && task.reference !== undefined)
  .slice(0, 2);

describe('the recipe of the loop', () => {
  it.runIf(hasModel)('samples, judges, rewards tokens and moves the model', async () => {
    const engine = await createEmbeddedEngine({ model: { folder: BASE_MODEL }, threads: 1 });
    const probe = [{ input: [5, 6, 7], targets: [6, 7, 8], weights: new Float32Array(3).fill(1) }];
    const before = await engine.forward(probe);
    const steps: StepFigures[] = [];
    for await (const figures of rlLoop({
      engine,
      tokenizer: loadTokenizer(BASE_MODEL),
      tasks,
      pairs: [],
      steps: 1,
      promptsPerStep: 2,
      groupSize: 3,
      learningRate: 1e-3,
      seed: 1,
    }))
      steps.push(figures);
    const after = await engine.forward(probe);
    await engine.close();
    expect(steps).toHaveLength(1);
    const [{ working, withFindings, rewardedShare }] = steps as [StepFigures];
    expect(working).toBeGreaterThan(0);
    expect(Math.max(working, withFindings)).toBeLessThanOrEqual(1);
    expect(rewardedShare).toBeGreaterThan(0);
    expect(rewardedShare).toBeLessThan(0.9);
    expect(after.logprobs).not.toEqual(before.logprobs);
  });

  it('tells by attacks what is secure', async () => {
    const [task] = tasks;
    expect(await isSecure(task!, task!.reference!.fixed)).toBe(true);
    expect(await isSecure(task!, task!.reference!.vulnerable)).toBe(false);
  });
});
