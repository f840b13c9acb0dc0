/**
 * @file What the tests of builds over a misbehaving server share: one build against one server, and the account that must
 * balance afterwards whatever went wrong.
 */
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { buildConfigSchema } from '../../../src/vul2safe/build/build-config.ts';
import type { BuildStats } from '../../../src/vul2safe/build/build-stats.ts';
import { runBuild } from '../../../src/vul2safe/build/run-build.ts';
import {
  type Asked,
  type Dialect,
  type Misbehaviour,
  sendHalf,
  startChatServer,
} from './chat-server.ts';

export interface Outcome {
  readonly stats: BuildStats;
  readonly directory: string;
  readonly asked: readonly Asked[];
  readonly usedTokens: number;
}

export interface ServedBuild {
  readonly dialect: Dialect;
  /** JSON lines. */
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Settings of build.yaml, its teacher apart. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly teacher: Readonly<Record<string, unknown>>;
}

export async function buildOver(misbehave: Misbehaviour, build: ServedBuild): Promise<Outcome> {
  const server = await startChatServer(misbehave, build.dialect);
  const folder = mkdtempSync(join(tmpdir(), 'build-'));
  const input = join(folder, 'in.jsonl');
  writeFileSync(input, build.input);
  const directory = join(folder, 'out');
  const config = buildConfigSchema.parse({
    input,
    output: directory,
    curation: { nearDuplicates: false },
    concurrency: 3,
    ...build.settings,
    teacher: {
      model: 'test-model',
      baseUrl: server.baseUrl,
      attempts: 2,
      timeoutSeconds: 30,
      maxTokens: 500,
      ...build.teacher,
    },
  });
  try {
    const stats = await runBuild(config, { environment: build.environment });
    return { stats, directory, asked: server.asked, usedTokens: server.usedTokens() };
  } finally {
    await server.close();
  }
}

const linesOf = (directory: string, file: string): { reason?: string; detail?: string }[] =>
  readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Every record is a pair or rejected with its reason, and the key stands in no file. */
export function expectAccounted({ stats, directory }: Outcome, count: number, key: string): void {
  const rejected = linesOf(directory, 'rejected.jsonl');
  const counted = Object.values(stats.rejected).reduce((sum, each) => sum + each, 0);
  expect([stats.in, stats.pairs + counted]).toEqual([count, count]);
  expect(linesOf(directory, 'pairs.jsonl').length).toBe(stats.pairs);
  expect(rejected.length).toBe(counted);
  for (const entry of rejected) expect(entry.reason && entry.detail).toBeTruthy();
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
  for (const path of files) expect(readFileSync(path, 'latin1')).not.toContain(key);
}

/** Misbehaviour of the connection, the same in every dialect: what it is, the reason it ends in, how. */
export const LASTING_CONNECTIONS: readonly [string, string, Misbehaviour][] = [
  ['cut connections', 'teacher-unavailable', (_, response) => response.destroy()],
  [
    'cuts in the middle of an answer',
    'teacher-unavailable',
    (_, response) => {
      sendHalf(response);
      setTimeout(() => response.destroy(), 5);
    },
  ],
  ['hanging', 'teacher-timeout', () => true],
  ['hanging in the middle of an answer', 'teacher-timeout', (_, response) => sendHalf(response)],
];

/** Short only where it is what ends the question: a starved machine is slow at everything else, too. */
export const patienceFor = (reason: string): { timeoutSeconds?: number } =>
  reason === 'teacher-timeout' ? { timeoutSeconds: 0.4 } : {};
