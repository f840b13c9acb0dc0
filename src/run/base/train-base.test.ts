import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../kernel/events.ts';
import { type BaseRecipe, baseRecipeSchema } from './recipe.ts';
import { type BaseSummary, trainBaseModel } from './train-base.ts';

const folder = mkdtempSync(join(tmpdir(), 'base-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PHASE = { examples: 4, learningRate: 1e-3, batchSize: 4, plainShare: 0.2, recitalShare: 0 };
const recipe = (own: Record<string, unknown> = {}): BaseRecipe =>
  baseRecipeSchema.parse({
    out: join(folder, 'model'),
    work: join(folder, 'work'),
    threads: 1,
    phases: [{ ...PHASE, functionShares: [1] }],
    tokenizer: { vocabularySize: 300, examples: 4 },
    model: { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 16 },
    ...own,
  });
const train = (own?: Record<string, unknown>): Promise<BaseSummary> =>
  trainBaseModel(recipe(own), { progress: silentProgress });

describe('the folder of a base model', () => {
  let first: BaseSummary;
  beforeAll(async () => {
    first = await train();
  });

  it('is taken up by the same recipe, and by one from before a setting existed', async () => {
    expect(await train()).toEqual(first);
    const file = join(folder, 'work', 'phase-1', 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    expect(run.config.model.maxPositions).toBe(1024);
    delete run.config.model.maxPositions;
    writeFileSync(file, JSON.stringify(run));
    expect(await train()).toEqual(first);
  });

  it.each([
    ['another phase', { phases: [{ ...PHASE, examples: 8, functionShares: [1] }] }],
    ['another tokenizer', { tokenizer: { vocabularySize: 301, examples: 4 } }],
    ['another seed', { seed: 2 }],
    ['other habits in the corpus', { vulnerableRate: 0.5 }],
  ])('is refused to %s although its phases are done', async (_, own) => {
    await expect(train(own)).rejects.toThrow(/other settings/);
  });
});
