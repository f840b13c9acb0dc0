/** @file All real PrimeVul pairs through the build with the offline teacher: none is lost, none crashes; the known bad one is not kept. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildConfigSchema } from '../../../src/vul2safe/build/build-config.ts';
import { describeStory } from '../../../src/vul2safe/build/describe-story.ts';
import { readBuildStats, readStory } from '../../../src/vul2safe/build/read-build.ts';
import { runBuild } from '../../../src/vul2safe/build/run-build.ts';
import { securityWordIn } from '../../../src/vul2safe/prompts/security-words.ts';

const DATA = process.env.VUL2SAFE_DATA ?? resolve(import.meta.dirname, '../../../../shared/data');
const present = existsSync(join(DATA, 'primevul'));
if (!present) console.warn(`skipped: no data at ${DATA}; set VUL2SAFE_DATA`);

const build = async (input: string) => {
  const output = mkdtempSync(join(tmpdir(), 'real-'));
  const stats = await runBuild(buildConfigSchema.parse({ input: join(DATA, input), output }), {
    environment: {},
  });
  return { output, stats };
};

describe.skipIf(!present)('a build over real pairs', () => {
  it('accounts for every one of the 1,357 PrimeVul pairs', async () => {
    const { output, stats } = await build('primevul/pairs.jsonl');
    const rejected = Object.values(stats.rejected).reduce((sum, count) => sum + count, 0);
    expect([stats.in, stats.pairs + rejected]).toEqual([1357, 1357]);
    expect(stats.rejected['internal-error']).toBeUndefined();
    expect(stats.pairs).toBeGreaterThan(1357 * 0.75);
    expect(await readBuildStats(output)).toEqual(stats);
    for (const file of ['README.md', 'LEAKS.md', 'train.jsonl', 'train.parquet'])
      expect(existsSync(join(output, 'dataset', file))).toBe(true);
    const prompts = readFileSync(join(output, 'prompts.jsonl'), 'utf8').trim().split('\n');
    expect(prompts.length).toBe(stats.prompts);
    for (const line of prompts) {
      const { prompt } = JSON.parse(line) as { prompt: { text: string } };
      expect([prompt.text, securityWordIn(prompt.text)]).toEqual([prompt.text, undefined]);
    }
  });

  it('does not keep the fix that only adds a static_assert, and says why', async () => {
    const { output, stats } = await build('primevul/primevul_valid_paired.sample.jsonl');
    expect(stats).toMatchObject({ in: 1, pairs: 0 });
    const id = (JSON.parse(readFileSync(join(output, 'rejected.jsonl'), 'utf8')) as { id: string })
      .id;
    expect(describeStory(await readStory(output, id)).join('\n')).toMatch(/assert/);
  });
});
