import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRandom } from '../../../src/kernel/random.ts';
import { records, startChatServer, type Asked } from './chat-server.ts';

/** 100 in the long form: VUL2SAFE_KILLS=100 */
const KILLS = Number(process.env.VUL2SAFE_KILLS ?? 10);
const COUNT = Math.max(60, 2 * KILLS);
const CLI = join(import.meta.dirname, '../../../dist/cli/main.js');

const asked: Asked[] = [];
const server = await startChatServer((entry) => {
  asked.push(entry);
  return false;
});
afterAll(() => server.close());

function start(directory: string, input: string): { done: Promise<number | null>; kill(): void } {
  const options = [
    '--set',
    'curation.nearDuplicates=false',
    '--set',
    'reflection.votes=1',
    '--set',
    'concurrency=3',
  ];
  const child = spawn(
    process.execPath,
    [
      CLI,
      'build',
      '-i',
      input,
      '-o',
      directory,
      '--teacher',
      'openai-compatible',
      '--model',
      'test-model',
      '--base-url',
      server.baseUrl,
      ...options,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, OPENAI_API_KEY: 'sk-test-0123456789' },
    },
  );
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const done = new Promise<number | null>((resolve) =>
    child.on('exit', (code) => {
      if (code !== 0 && code !== null) console.error(errors);
      resolve(code);
    }),
  );
  return { done, kill: () => child.kill('SIGKILL') };
}

const outputs = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter(
        (name) => !name.startsWith('teacher-cache') && statSync(join(directory, name)).isFile(),
      )
      .sort()
      .map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  );

it.skipIf(!existsSync(CLI))(
  `ends byte for byte the same after ${KILLS} SIGKILLs, and asks no answered question twice`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kill-'));
    const input = join(folder, 'in.jsonl');
    writeFileSync(input, records(COUNT));
    expect(await start(join(folder, 'whole'), input).done).toBe(0);
    const wholeRun = asked.length;

    const random = createRandom('kill-test');
    let killed = 0;
    for (let attempt = 0; killed < KILLS && attempt < 3 * KILLS; attempt++) {
      const before = asked.length;
      const run = start(join(folder, 'killed'), input);
      // Killed somewhere between its start and a few dozen questions later, at no particular point of its work; a run that
      // ends before counts as none.
      const wanted = before + random.integer(Math.ceil((1.5 * wholeRun) / KILLS));
      const delayMs = random.integer(30);
      const watch = setInterval(() => {
        if (asked.length < wanted) return;
        clearInterval(watch);
        setTimeout(run.kill, delayMs);
      }, 1);
      const code = await run.done;
      clearInterval(watch);
      if (code === null) killed++;
      else break;
    }
    expect(killed).toBeGreaterThanOrEqual(Math.min(KILLS, 3));
    expect(await start(join(folder, 'killed'), input).done).toBe(0);
    expect(outputs(join(folder, 'killed'))).toEqual(outputs(join(folder, 'whole')));

    // The second folder's questions: at most those in flight at a kill (their answers never arrived) come again.
    const questions = asked.slice(wholeRun).map((entry) => entry.key);
    const repeated = questions.length - new Set(questions).size;
    expect(repeated).toBeLessThanOrEqual(killed * 3);
    if (process.env.VUL2SAFE_KILLS !== undefined)
      console.log({ killed, records: COUNT, questions: wholeRun, askedAgain: repeated });
  },
);
