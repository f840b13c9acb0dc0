/**
 * @file The harness measured on the benchmarks' own answers, resuming after SIGKILL, and what wrong input gets. Data is found by
 * VUL2SAFE_DATA or ../shared/data; what is absent is skipped with a message. VUL2SAFE_FIDELITY=all runs every row.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureFidelity } from '../../src/evaluate/fidelity.ts';
import { suiteNamed } from '../../src/evaluate/suites/index.ts';
import { createSuiteTools } from '../../src/evaluate/suites/tools.ts';
import { probeBubblewrap } from '../../src/sandbox/bubblewrap/probe.ts';

const root = resolve(import.meta.dirname, '../..');
const data = process.env.VUL2SAFE_DATA ?? join(root, '../shared/data');
const probe = probeBubblewrap();
if (!probe.available) console.warn(`suite fidelity is skipped: ${probe.reason}`);
if (!existsSync(data)) console.warn(`suite fidelity is skipped: no benchmark data in ${data}`);
const possible = (folder: string): boolean => probe.available && existsSync(join(data, folder));
const everyRow = process.env.VUL2SAFE_FIDELITY === 'all';

async function fidelityOf(suite: string, folder: string, sample: number) {
  const tools = createSuiteTools();
  const all = await suiteNamed(suite).load({ dataPath: join(data, folder), seed: 1 });
  const judgeable = all.filter((problem) => !problem.unjudgeable);
  const stride = everyRow ? 1 : Math.max(1, Math.floor(judgeable.length / sample));
  try {
    return await measureFidelity(
      judgeable.filter((_, i) => i % stride === 0),
      tools,
    );
  } finally {
    await tools.close();
  }
}

describe.skipIf(!possible('humaneval'))('canonical solutions', () => {
  it.each([
    ['humaneval', 'humaneval'],
    ['humanevalpro', 'humaneval-pro'],
    ['mbpp', 'mbpp'],
  ])('of %s all pass', async (suite, folder) => {
    const { rows } = await fidelityOf(suite, folder, 30);
    expect(rows.length).toBeGreaterThan(20);
    expect(
      rows.filter((row) => !row.agrees).map((row) => `${row.id}: ${row.judgement.detail}`),
    ).toEqual([]);
  });
});

describe.skipIf(!possible('seccodeplt'))('SecCodePLT', () => {
  it('finds patched code secure and vulnerable code insecure on at least 99% of rows', async () => {
    const { rows } = await fidelityOf('seccodeplt', 'seccodeplt', 40);
    const disagreeing = rows.filter((row) => !row.agrees);
    expect(disagreeing.length / rows.length, JSON.stringify(disagreeing)).toBeLessThanOrEqual(
      everyRow ? 0.01 : 0.03,
    );
  });
});

describe.skipIf(!possible('cweval-sample'))('CWEval', () => {
  it('finds references secure and unsafe variants insecure, also where upstream’s tests do not run the program', async () => {
    const { rows, notJudged } = await fidelityOf('cweval', 'cweval-sample', 100);
    expect(rows.length + notJudged).toBe(8);
    expect(rows.filter((row) => !row.agrees)).toEqual([]);
  });
});

describe('vul2safe eval', () => {
  let folder: string;
  const cli = join(root, 'dist/cli/main.js');
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vul2safe-eval-'));
    if (!existsSync(cli)) execFileSync('npm', ['run', '--silent', 'build'], { cwd: root });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8' });

  /** Reference answers of embedded tasks as a task file and a samples file: secure and insecure by turns. */
  async function writeTasks(count: number): Promise<{ tasks: string; samples: string }> {
    const { taskSet } = await import('../../src/tasks/sets.ts');
    const { createRandom } = await import('../../src/kernel/random.ts');
    const made = taskSet('held-out-instance', 'eval-test', count, { weakSpots: 1 });
    const tasks = join(folder, `tasks-${count}.jsonl`);
    const samples = join(folder, `samples-${count}.jsonl`);
    writeFileSync(tasks, made.map(({ task }) => `${JSON.stringify(task)}\n`).join(''));
    writeFileSync(
      samples,
      made
        .map((one, i) => ({
          task_id: one.task.id,
          completion: `\`\`\`js\n${one.render(createRandom(i), [i % 2 === 0])}\n\`\`\``,
        }))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    return { tasks, samples };
  }

  it('judges function and security of the same program and prints the promised fields', async () => {
    const { tasks, samples } = await writeTasks(20);
    const done = run('eval', '--suite', 'tasks', '--data', tasks, '--samples', samples, '--json');
    expect(done.stderr).not.toContain('Error');
    const result = JSON.parse(done.stdout);
    expect(result).toMatchObject({
      suite: 'tasks',
      tasks: 20,
      samples: 20,
      notJudged: 0,
      'func@1': 1,
      'sec@1': 0.5,
      'joint@1': 0.5,
    });
    expect(result.perTask).toHaveLength(20);
    expect(result.perTask[0]).toMatchObject({ func: true, sec: true, outcome: 'secure' });
    expect(result.perTask[1]).toMatchObject({ func: true, sec: false, outcome: 'insecure' });
  });

  it('killed at any moment, goes on and ends with the same result', async () => {
    const { tasks, samples } = await writeTasks(60);
    const args = [
      'eval',
      '--suite',
      'tasks',
      '--data',
      tasks,
      '--samples',
      samples,
      '--json',
      '-o',
    ];
    const whole = run(...args, join(folder, 'whole'));
    const cut = join(folder, 'cut');
    const journal = join(cut, 'outcomes.jsonl');
    for (const lines of [8, 30]) {
      const child = spawn(process.execPath, [cli, ...args, cut], { cwd: root, stdio: 'ignore' });
      const ended = new Promise((done) => child.on('exit', done));
      while (child.exitCode === null) {
        const written = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length : 0;
        if (written > lines) break;
        await new Promise((next) => setTimeout(next, 5));
      }
      child.kill('SIGKILL');
      await ended;
    }
    const resumed = run(...args, cut);
    expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(whole.stdout));
    const page = join(folder, 'both.html');
    const report = run('report', join(folder, 'whole'), cut, '--html', page, '--json');
    expect(report.status).toBe(0);
    expect(
      JSON.parse(report.stdout).comparisons.every(
        (c: { paired: { difference: number } }) => c.paired.difference === 0,
      ),
    ).toBe(true);
    expect(readFileSync(page, 'utf8')).toContain('Compared with the first run');
  });

  it.each([
    [['--suite', 'nonsense', '--samples', 'x'], 2, 'no suite "nonsense"'],
    [['--suite', 'humaneval', '--samples', 'x'], 2, 'needs --data'],
    [['--suite', 'humaneval', '--data', '/nowhere', '--samples', 'x'], 2, 'no such file'],
    [['--suite', 'embedded'], 2, 'either --samples FILE or --model'],
    [['--suite', 'embedded', '--model', 'http://127.0.0.1:9/v1'], 3, 'no answer'],
    [['--suite', 'embedded', '--samples', '/nowhere.jsonl'], 2, 'no such file'],
  ])('answers %j with status %i and a reason', (args, status, reason) => {
    const done = run('eval', ...args);
    expect(done.status).toBe(status);
    expect(done.stderr).toContain(reason);
  });

  it('refuses a file of another format, naming what it found', () => {
    const other = join(folder, 'other.jsonl');
    writeFileSync(other, '{"instruction": "x", "output": "y"}\n');
    const done = run('eval', '--suite', 'mbpp', '--data', other, '--samples', other);
    expect(done.status).toBe(2);
    expect(done.stderr).toContain('it has instruction, output');
  });
});
