/** @file `serve rewards`: the same numbers as in process, bad requests with reasons, floods and giants survived. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../src/data/task.ts';
import { startRewardServer } from '../../src/run/serve/rewards/start.ts';
import type { RewardAnswer } from '../../src/run/serve/rewards/wire.ts';
import type { RunningServer } from '../../src/run/serve/listen.ts';
import { rewardProgram } from '../../src/srcode/reward/reward-program.ts';
import { taskSet } from '../../src/tasks/sets.ts';
import { loadTokenizer } from '../../src/tokenizer/byte-level-tokenizer.ts';
import { type ChildServer, startChildServer } from './serve/child-server.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'hf-parity', 'llama-tiny');
const tokenizer = loadTokenizer(folder);
let scratch: string;
let tasks: Task[];
let server: RunningServer;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'serve-rewards-'));
  tasks = taskSet('train', 3, 12).map(({ task }) => task);
  const file = join(scratch, 'tasks.jsonl');
  writeFileSync(file, tasks.map((task) => `${JSON.stringify(task)}\n`).join(''));
  server = await startRewardServer({ tasks: [file], tokenizers: [folder], execute: false });
});
afterAll(async () => {
  await server.close(1000);
  rmSync(scratch, { recursive: true, force: true });
});

async function post(body: unknown, path = '/v1/rewards') {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const withReference = (): Task[] => tasks.filter((task) => task.reference !== undefined);

describe('rewards over HTTP', () => {
  it('are those of the same program in process, for text and for tokens', async () => {
    const chosen = withReference();
    expect(chosen.length).toBeGreaterThan(3);
    const cases = chosen.flatMap((task) =>
      [task.reference!.vulnerable, task.reference!.fixed].map((completion) => ({
        task,
        completion,
      })),
    );
    const { status, body } = await post({
      items: cases.map(({ task, completion }) => ({ task_id: task.id, completion })),
    });
    expect(status).toBe(200);
    const results = body.results as RewardAnswer[];
    let touched = 0;
    for (const [index, { task, completion }] of cases.entries()) {
      const expected = await rewardProgram(task, completion, { tokenizer, run: false });
      const found = results[index]!;
      expect(found.token_rewards).toEqual(Array.from(expected.rewarded.tokens.rewards));
      expect(found.scalar).toBe(expected.rewarded.instance.value);
      expect(found.tokens).toHaveLength(found.token_rewards.length);
      expect(found.training_rewards.at(-1)).toBe(found.scalar);
      touched += found.spans.length;
      const ids = tokenizer.encode(completion).ids;
      const byIds = (await post({ task_id: task.id, token_ids: ids }))
        .body as unknown as RewardAnswer;
      expect(byIds.token_rewards).toHaveLength(ids.length);
      expect(byIds.token_rewards.slice(0, -1)).toEqual(
        found.token_rewards.slice(0, ids.length - 1),
      );
    }
    expect(touched).toBeGreaterThan(0);
  });

  it('come in the shape OpenRLHF asks for', async () => {
    const task = withReference()[0]!;
    const { status, body } = await post(
      {
        query: [`${task.prompt.text}${task.reference!.fixed}`, `${task.prompt.text}nonsense(`],
        prompts: [task.prompt.text, task.prompt.text],
        labels: [task.id, task.id],
      },
      '/get_reward',
    );
    expect(status).toBe(200);
    const [fixed, nonsense] = body.rewards as number[];
    expect(fixed).toBeGreaterThan(nonsense!);
  });

  it('are refused with a status and the reason', async () => {
    const language = 'javascript';
    const refusals: [unknown, number, RegExp][] = [
      ['{', 400, /not JSON/],
      [{}, 422, /completion or token_ids/],
      [{ completion: 'x' }, 422, /task_id/],
      [{ completion: 'x', task_id: 'none' }, 404, /no task "none"/],
      [{ completion: 'x', pair_id: 'none' }, 404, /no pair "none"/],
      [{ completion: 'x', language, tokenizer: 'none' }, 404, /no tokenizer "none"/],
      [{ token_ids: [99_999], language }, 422, /token 99999/],
      [{ completion: 'x', language: 'klingon' }, 422, /language/],
      [{ items: [] }, 422, /items/],
      [{ items: [{ completion: 'x', language }, { completion: 1 }] }, 422, /items\[1\]|items.*1/],
    ];
    for (const [body, status, reason] of refusals) {
      const answer = await post(body);
      expect([body, answer.status]).toEqual([body, status]);
      expect(String(answer.body.detail)).toMatch(reason);
    }
    expect((await post({ completion: 'x'.repeat(400_001), language })).status).toBe(413);
  });

  it('come with health, metrics and an OpenAPI description of every route', async () => {
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ status: 'ok' });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/vul2safe_requests_total\{route="\/v1\/rewards",status="200"\} \d+/);
    const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, unknown>;
    };
    expect(Object.keys(description.paths)).toEqual([
      '/v1/rewards',
      '/get_reward',
      '/health',
      '/metrics',
    ]);
    expect(JSON.stringify(description.paths)).toContain('token_ids');
  });
});

/** One request over a socket of its own; the status, or what went wrong. */
function lonePost(url: string, body: string): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(`${url}/v1/rewards`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    sent.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

describe('under load', () => {
  let child: ChildServer;
  beforeAll(async () => {
    child = await startChildServer(['rewards', '--no-run', '--tokenizer', folder]);
  });
  afterAll(async () => {
    child.process.kill('SIGKILL');
  });
  const health = async () => (await fetch(`${child.url}/health`)).status;

  it('answers 4xx to completions of 10 and of 100 MB, and lives on', async () => {
    const language = 'javascript';
    for (const megabytes of [10, 100]) {
      const body = JSON.stringify({ completion: 'a'.repeat(megabytes * 1_000_000), language });
      const outcome = await lonePost(child.url, body);
      // A body that is not even read may meet a closed socket while it is being sent.
      expect(['EPIPE', 'ECONNRESET', 413]).toContain(outcome);
      expect(await health()).toBe(200);
    }
  });

  it('refuses a body of unknown length once it has grown too long', async () => {
    const piece = new TextEncoder().encode('a'.repeat(1_000_000));
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < 40) controller.enqueue(piece);
        else controller.close();
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    };
    const outcome = await fetch(`${child.url}/v1/rewards`, init).then(
      ({ status }) => status,
      () => 'closed',
    );
    expect(['closed', 413]).toContain(outcome);
    expect(await health()).toBe(200);
  });

  it('takes 10,000 requests at once: each is answered or told to come back', async () => {
    const limit = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) || 1024;
    const count = Math.min(10_000, limit - 500);
    const body = JSON.stringify({
      completion:
        'const cp = require("child_process");\nmodule.exports = (x) => cp.exec("ls " + x);\n',
      language: 'javascript',
    });
    const outcomes = await Promise.all(
      Array.from({ length: count }, () => lonePost(child.url, body)),
    );
    const tally: Record<string, number> = {};
    for (const outcome of outcomes) tally[outcome] = (tally[outcome] ?? 0) + 1;
    // 408: a machine too busy to read a request in the server's 30 s says so; it too may be sent again.
    const answers = ['200', '408', '429'];
    expect(Object.keys(tally).filter((key) => !answers.includes(key))).toEqual([]);
    expect(tally['200']).toBeGreaterThan(0);
    expect(await health()).toBe(200);
  });

  it('ends gracefully: what it has accepted it answers', async () => {
    const body = JSON.stringify({ completion: 'module.exports = 1;', language: 'javascript' });
    const underWay = Promise.all(Array.from({ length: 50 }, () => lonePost(child.url, body)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = child.end('SIGTERM');
    expect(await ended).toBe(0);
    const outcomes = await underWay;
    expect(outcomes.filter((outcome) => outcome === 500)).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 200).length).toBeGreaterThan(0);
  });
});
