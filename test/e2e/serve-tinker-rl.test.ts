/**
 * @file The `rl` stage itself, once with the embedded engine and once with `engine: tinker` against `serve tinker` over
 * the same model, same seed: the same programs are sampled and rewarded, and the learning curves agree within float noise.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/kernel/events.ts';
import type { RunningServer } from '../../src/run/serve/listen.ts';
import { startTinkerServer } from '../../src/run/serve/tinker/start.ts';
import { rlRunSchema } from '../../src/run/training-config.ts';
import { BASE_MODEL } from '../../src/run/training/open-model.ts';
import { runReinforcement } from '../../src/run/training/run-rl.ts';

const hasModel = existsSync(join(BASE_MODEL, 'model.safetensors'));
if (!hasModel) console.warn('models/base is not here: rl over HTTP is not compared');

describe.runIf(hasModel)('rl with engine: tinker', () => {
  let scratch: string;
  let server: RunningServer;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'serve-tinker-rl-'));
    const state = join(scratch, 'state');
    server = await startTinkerServer({ model: BASE_MODEL, full: true, threads: 1, state });
  });
  afterAll(async () => {
    await server.close(1000);
    rmSync(scratch, { recursive: true, force: true });
  });

  async function curve(engine: Record<string, unknown>, name: string) {
    const out = join(scratch, name);
    const config = rlRunSchema.parse({
      ...engine,
      model: BASE_MODEL,
      threads: 1,
      out,
      tasks: { count: 16, weakSpots: 1 },
      rl: { steps: 2, promptsPerStep: 3, groupSize: 4, maxTokens: 224, checkpointEverySteps: 1 },
    });
    await runReinforcement(config, { progress: silentProgress });
    expect(existsSync(join(out, 'model', 'model.safetensors'))).toBe(true);
    return readFileSync(join(out, 'events.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, number | string>)
      .filter(({ event }) => event === 'step-finished');
  }

  it('draws the curve of the embedded engine', async () => {
    const here = await curve({ engine: 'embedded' }, 'here');
    const there = await curve({ engine: 'tinker', url: server.url }, 'there');
    expect(there).toHaveLength(2);
    expect(here.some(({ updates }) => Number(updates) > 0)).toBe(true);
    here.forEach((step, index) => {
      for (const name of ['sampledTokens', 'meanInstanceReward', 'functionalRate', 'findingRate'])
        expect([name, there[index]![name]]).toEqual([name, step[name]]);
      for (const name of ['meanTokenReward', 'loss', 'gradientNorm'])
        expect(Number(there[index]![name])).toBeCloseTo(Number(step[name]), 3);
    });
  });
});
