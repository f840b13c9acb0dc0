/**
 * @file The engine contract over HTTP: the embedded engine behind `serve tinker`, trained whole and by LoRA, and the same
 * server dressed as one that takes means. VUL2SAFE_TINKER_URL points the suite at any other server in their place.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { connectTinkerEngine } from '../../../src/engine/tinker/connect.ts';
import type { RunningServer } from '../../../src/run/serve/listen.ts';
import { startTinkerServer } from '../../../src/run/serve/tinker/start.ts';
import { describeEngineContract } from './engine-contract.ts';

const fixture = (name: string): string =>
  join(import.meta.dirname, '..', '..', 'fixtures', 'hf-parity', name);

const elsewhere = process.env.VUL2SAFE_TINKER_URL;

if (elsewhere) {
  describeEngineContract(`tinker at ${elsewhere}`, {
    create: () => connectTinkerEngine({ url: elsewhere, lora: { rank: 8 } }),
    localState: true,
    // Other servers compute in half precision, or pad differently.
    tolerance: 2e-2,
  });
} else {
  let state: string;
  const servers: RunningServer[] = [];
  beforeAll(async () => {
    state = mkdtempSync(join(tmpdir(), 'tinker-contract-'));
    for (const [model, full] of [
      ['llama-tiny', true],
      ['qwen2-tiny', false],
    ] as const)
      servers.push(
        await startTinkerServer({
          model: fixture(model),
          full,
          threads: 1,
          state: join(state, model),
          pollMs: 2000,
        }),
      );
  });
  afterAll(async () => {
    for (const server of servers) await server.close(1000);
    rmSync(state, { recursive: true, force: true });
  });

  describeEngineContract('embedded behind serve tinker, whole model', {
    create: () => connectTinkerEngine({ url: servers[0]!.url }),
    localState: true,
    tolerance: 1e-5,
    tokenizer: fixture('llama-tiny'),
  });
  describeEngineContract('embedded behind serve tinker, LoRA', {
    create: () => connectTinkerEngine({ url: servers[1]!.url, lora: { rank: 4, alpha: 64 } }),
    localState: true,
    tolerance: 1e-5,
    tokenizer: fixture('qwen2-tiny'),
  });
}
