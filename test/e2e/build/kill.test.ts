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
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRandom } from '../../../src/kernel/random.ts';
import { questionKey } from '../../../src/teacher/answer-cache.ts';
import type { ChatRequest } from '../../../src/teacher/chat-model.ts';
import { records, startChatServer, type Asked } from './chat-server.ts';

/** 100 in the long form: VUL2SAFE_KILLS=100 */
const KILLS = Number(process.env.VUL2SAFE_KILLS ?? 10);
const COUNT = Math.max(60, 2 * KILLS);
const CLI = join(import.meta.dirname, '../../../dist/cli/main.js');

const server = await startChatServer();
afterAll(() => server.close());

/** What each run asked, by the path its base URL gave it; a dead run's last requests may be read after its death. */
const askedBy = (run: string): Asked[] =>
  server.asked.filter((entry) => entry.path.startsWith(`/${run}/`));

/** The question as the build's cache names it. */
const keyOf = ({ body }: Asked): string =>
  questionKey('test-model', {
    messages: body.messages as ChatRequest['messages'],
    schema: body.response_format!.json_schema!.schema,
    temperature: body.temperature!,
    maxTokens: body.max_tokens,
    vote: 0,
  });

/** The questions whose answer stands on disk. */
const answeredIn = (directory: string): Set<string> =>
  new Set(
    existsSync(join(directory, 'teacher-cache'))
      ? readdirSync(join(directory, 'teacher-cache'), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.json'))
          .map((name) => basename(name, '.json'))
      : [],
  );

/**
 * The questions whose answer a run has acted on: a record's questions come one after the other, so all but the last of each
 * record (which alone may have been cut off).
 */
function actedOn(questions: readonly Asked[]): string[] {
  const last = new Map<string, string>();
  const acted: string[] = [];
  for (const entry of questions) {
    const record = /\brun(\d+)\(/.exec(entry.body.messages[1]!.content)![1]!;
    const before = last.get(record);
    if (before !== undefined) acted.push(before);
    last.set(record, keyOf(entry));
  }
  return acted;
}

function start(
  run: string,
  directory: string,
  input: string,
): { done: Promise<number | null>; kill(): void } {
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
      server.baseUrl.replace('/v1', `/${run}/v1`),
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
    expect(await start('whole', join(folder, 'whole'), input).done).toBe(0);
    const wholeRun = askedBy('whole').length;

    const directory = join(folder, 'killed');
    const random = createRandom('kill-test');
    const killedAtMs: number[] = [];
    const answeredBefore: Set<string>[] = [new Set()];
    for (let attempt = 0; killedAtMs.length < KILLS && attempt < 3 * KILLS; attempt++) {
      const before = server.asked.length;
      const run = start(`run${killedAtMs.length}`, directory, input);
      // Killed somewhere between its start and a few dozen questions later, at no particular point of its work; a run that
      // ends before counts as none.
      const wanted = before + random.integer(Math.ceil((1.5 * wholeRun) / KILLS));
      const delayMs = random.integer(30);
      let killedAt = 0;
      const watch = setInterval(() => {
        if (server.asked.length < wanted) return;
        clearInterval(watch);
        setTimeout(() => {
          killedAt = performance.now();
          run.kill();
        }, delayMs);
      }, 1);
      const code = await run.done;
      clearInterval(watch);
      if (code !== null) break;
      killedAtMs.push(killedAt);
      answeredBefore.push(answeredIn(directory));
    }
    const killed = killedAtMs.length;
    expect(killed).toBeGreaterThanOrEqual(Math.min(KILLS, 3));
    expect(await start(`run${killed}`, directory, input).done).toBe(0);
    expect(outputs(directory)).toEqual(outputs(join(folder, 'whole')));

    const runs = answeredBefore.map((_, i) => askedBy(`run${i}`));
    expect(runs.flat().length + wholeRun).toBe(server.asked.length);
    const acted = new Set<string>();
    const open = new Map<string, number | undefined>();
    let askedAgain = 0;
    let sentBeforeKill = 0;
    let longestUnreadMs = 0;
    runs.forEach((questions, i) => {
      const keys = questions.map(keyOf);
      // No answer that stood on disk, or that an earlier run went on from, is asked for again; nor anything twice in one run.
      expect(keys.filter((key) => answeredBefore[i]!.has(key) || acted.has(key))).toEqual([]);
      expect(new Set(keys).size).toBe(keys.length);
      // Acting on an answer comes after keeping it.
      const after = i < killed ? answeredBefore[i + 1]! : answeredIn(directory);
      const gone = actedOn(questions);
      expect(gone.filter((key) => !after.has(key))).toEqual([]);
      for (const key of gone) acted.add(key);
      questions.forEach((entry, j) => {
        if (open.has(keys[j]!)) {
          askedAgain++;
          const unreadMs = open.get(keys[j]!);
          if (unreadMs !== undefined) {
            sentBeforeKill++;
            longestUnreadMs = Math.max(longestUnreadMs, unreadMs);
          }
        }
        if (after.has(keys[j]!)) open.delete(keys[j]!);
        else {
          const sent = entry.sentAtMs;
          open.set(
            keys[j]!,
            sent !== undefined && sent < killedAtMs[i]! ? killedAtMs[i]! - sent : undefined,
          );
        }
      });
    });
    // Every question of the uninterrupted run, and no other, was answered in the end.
    expect(answeredIn(directory)).toEqual(answeredIn(join(folder, 'whole')));
    if (process.env.VUL2SAFE_KILLS !== undefined)
      console.log({
        killed,
        records: COUNT,
        questions: wholeRun,
        stoodOnDiskAtKills: answeredBefore.at(-1)!.size,
        askedAgain,
        ofTheseSentBeforeTheKill: sentBeforeKill,
        longestUnreadMs: Math.round(longestUnreadMs),
      });
  },
);
