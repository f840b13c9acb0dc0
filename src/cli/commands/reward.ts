/** @file `vul2safe reward`: the reward of one program, token by token, with the reason for each; as text, JSON or a page. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { inputError, messageOf } from '../../kernel/errors.ts';
import { decodeTask, type Task } from '../../data/task.ts';
import { sentenceOf, signed } from '../../srcode/reward/explain.ts';
import { rewardPage } from '../../srcode/reward/html.ts';
import { rewardProgram } from '../../srcode/reward/reward-program.ts';
import { rewardRecord } from '../../srcode/reward/record.ts';
import { loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import { createIo, type CommandIo } from '../io.ts';

interface Options {
  task: string;
  code: string;
  tokenizer?: string;
  html?: string;
  run: boolean;
  json?: boolean;
}

const BASE_MODEL = fileURLToPath(new URL('../../../models/base', import.meta.url));

export function registerReward(program: Command): void {
  program
    .command('reward')
    .description('the token reward of one program, explained')
    .requiredOption('--task <file>', 'one Task record (JSON)')
    .requiredOption('--code <file>', 'the answer: a program, or text with a fenced block')
    .option('--tokenizer <file>', 'a tokenizer.json; the base model’s, or lexemes, when left out')
    .option('--html <out>', 'also draw it as a page')
    .option('--no-run', 'do not run the task’s tests')
    .option('--json', 'machine-readable, offsets in code points')
    .action(runReward);
}

async function runReward(options: Options): Promise<void> {
  const io = createIo(options);
  const task = readTask(options.task);
  const answer = readText(options.code);
  const tokenizer = chooseTokenizer(options, io);
  const { rollout, rewarded } = await rewardProgram(task, answer, {
    run: options.run,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
  const { instance, tokens } = rewarded;
  io.json(rewardRecord(rollout, rewarded));
  io.say(`instance reward ${instance.value.toFixed(2)}: ${instance.why}`);
  const total = tokens.rewards.reduce((sum, amount) => sum + amount, 0);
  io.say(`token rewards: sum ${signed(total)} over ${tokens.rewards.length} tokens`);
  for (const item of tokens.attributions)
    io.say(
      `  ${sentenceOf(item)}\n      ${JSON.stringify(rollout.text.slice(item.start, item.end))}`,
    );
  for (const [token, { start, end }] of rollout.tokenRanges.entries())
    if (tokens.rewards[token] !== 0)
      io.say(
        `  ${signed(tokens.rewards[token]!)}  ${JSON.stringify(rollout.text.slice(start, end))}`,
      );
  if (options.html !== undefined) {
    writeFileAtomic(options.html, rewardPage(task, rollout, rewarded));
    io.say(`drawn in ${options.html}`);
  }
}

function chooseTokenizer(options: Options, io: CommandIo) {
  const path =
    options.tokenizer ?? (existsSync(`${BASE_MODEL}/tokenizer.json`) ? BASE_MODEL : undefined);
  io.say(
    path === undefined
      ? 'tokens: lexemes (no --tokenizer, and no base model here)'
      : `tokens: of ${path}`,
  );
  return path === undefined ? undefined : loadTokenizer(path);
}

function readText(path: string): string {
  if (!existsSync(path)) throw inputError(`no such file: ${path}`, 'check the path');
  return readFileSync(path, 'utf8');
}

function readTask(path: string): Task {
  try {
    return decodeTask(JSON.parse(readText(path)));
  } catch (thrown) {
    throw inputError(
      `${path}: not a task: ${messageOf(thrown)}`,
      'expected one Task record as JSON',
    );
  }
}
