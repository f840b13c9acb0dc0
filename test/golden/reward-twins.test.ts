/**
 * Every vulnerable twin must score below its secure twin: on all scenario families, by the rules alone, and on the real pairs of
 * the SVEN data set, by the patterns of the pair itself. Ties count as failures. Rates are printed per language.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEmbeddedAnalyzer } from '../../src/analyzers/embedded/analyzer.ts';
import { detectLanguage } from '../../src/code/languages.ts';
import { taskSchema, type Task } from '../../src/data/task.ts';
import { createRandom } from '../../src/kernel/random.ts';
import { asRollout } from '../../src/srcode/reward/as-rollout.ts';
import { createRewarder, type RewardedProgram } from '../../src/srcode/reward/rewarder.ts';
import { taskSet } from '../../src/tasks/sets.ts';

const root = new URL('../..', import.meta.url).pathname;
const folder = join(process.env.VUL2SAFE_DATA ?? resolve(root, '../shared/data'), 'sven');

/** What the token part of the signal amounts to, beside function. */
const score = ({ instance, tokens }: RewardedProgram): number =>
  (instance.functional ?? instance.format) +
  tokens.rewards.reduce((sum, amount) => sum + amount, 0);

describe('twins of scenario families', () => {
  it.each(['train', 'held-out-family'] as const)(
    'are told apart by the rules alone: %s',
    async (split) => {
      const analyzer = await createEmbeddedAnalyzer(['javascript']);
      const rewarder = createRewarder({ channels: { pair: 0 } });
      const tasks = taskSet(split, 'twins', 60, { weakSpots: 1 });
      const missed: string[] = [];
      for (const [index, instance] of tasks.entries()) {
        const { task } = instance;
        const batch = [false, true].map((secure) => {
          const code = instance.render(createRandom('twin', index), [secure]);
          return {
            task,
            rollout: asRollout(task, code),
            execution: { status: 'ran', tests: [{ status: 'passed' }] } as const,
            analysis: analyzer.analyzeSync({ file: 'twin.js', language: task.language, code }),
          };
        });
        const [vulnerable, secure] = await rewarder.rewardPrograms(batch);
        if (!(score(vulnerable!) < score(secure!))) missed.push(task.families.join('+'));
      }
      expect(missed.length / tasks.length, missed.join(', ')).toBeLessThanOrEqual(0.01);
    },
  );
});

interface Row {
  func_src_before: string;
  func_src_after: string;
  file_name: string;
}

describe.skipIf(!existsSync(folder))('twins of the SVEN data set', () => {
  it('are told apart by the patterns of their pair', async () => {
    const counts = new Map<string, { pairs: number; apart: number }>();
    const rows = ['train', 'val'].flatMap((split) =>
      readdirSync(join(folder, split)).flatMap((file) =>
        readFileSync(join(folder, split, file), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Row),
      ),
    );
    for (const [
      index,
      { func_src_before: vulnerable, func_src_after: fixed, file_name: file },
    ] of rows.entries()) {
      const language = detectLanguage(vulnerable, file);
      const task: Task = taskSchema.parse({
        id: `sven-${index}`,
        prompt: { style: 'completion', text: '', language },
        language,
        cwe: [],
        reference: { vulnerable, fixed },
      });
      const rewarder = createRewarder({
        pairs: [{ id: task.id, language, vulnerable, fixed }],
        channels: { rules: 0 },
      });
      const [before, after] = await rewarder.rewardPrograms(
        [vulnerable, fixed].map((code) => ({
          task,
          rollout: asRollout(task, code),
          execution: null,
          analysis: { status: 'not-analysable', reason: 'patterns only' } as const,
        })),
      );
      const count = counts.get(language) ?? { pairs: 0, apart: 0 };
      counts.set(language, count);
      count.pairs++;
      if (score(before!) < score(after!)) count.apart++;
    }
    let apart = 0;
    for (const [language, count] of counts) {
      apart += count.apart;
      console.log(`SVEN twins told apart, ${language}: ${count.apart} of ${count.pairs}`);
    }
    expect(apart / rows.length).toBeGreaterThanOrEqual(0.95);
  });
});
