// `npm run build && node bench/serve-rewards.mjs [requests]`: latency and throughput of the reward service at batch 64, one client on
// loopback, with and without running the tasks' tests. Prints one JSON line per mode.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRewardServer } from '../dist/run/serve/rewards/start.js';
import { taskSet } from '../dist/tasks/sets.js';

const BATCH = 64;
const requests = Number(process.argv[2] ?? 30);
const scratch = mkdtempSync(join(tmpdir(), 'bench-rewards-'));
const tasks = taskSet('train', 3, BATCH).map(({ task }) => task);
const file = join(scratch, 'tasks.jsonl');
writeFileSync(file, tasks.map((task) => `${JSON.stringify(task)}\n`).join(''));
const items = tasks.map((task, i) => ({
  task_id: task.id,
  completion: i % 2 === 0 ? task.reference.fixed : task.reference.vulnerable,
}));

for (const execute of [false, true]) {
  const server = await startRewardServer({ tasks: [file], execute });
  const times = [];
  for (let i = 0; i < requests + 3; i++) {
    const started = performance.now();
    const answer = await fetch(`${server.url}/v1/rewards`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    });
    const { results } = await answer.json();
    if (answer.status !== 200 || results.length !== BATCH)
      throw new Error(`status ${answer.status}`);
    if (i >= 3) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const total = times.reduce((a, b) => a + b, 0);
  const p50Ms = times[Math.floor(times.length / 2)];
  const line = {
    testsRun: execute,
    batch: BATCH,
    requests,
    p50Ms: Math.round(p50Ms),
    requestsPerSecond: Number(((1000 * requests) / total).toFixed(2)),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await server.close(1000);
}
rmSync(scratch, { recursive: true, force: true });
process.exit(0);
