/** @file The reward service as a whole: what it knows (tasks, pairs, tokenizers), how it judges, and its socket. */
import { existsSync, readFileSync } from 'node:fs';
import { createEmbeddedAnalyzer } from '../../../analyzers/embedded/analyzer.ts';
import { readAllJsonLines } from '../../../data/jsonl.ts';
import type { RepairPair } from '../../../data/repair-pair.ts';
import { decodeTask, type Task } from '../../../data/task.ts';
import { inputError } from '../../../kernel/errors.ts';
import { createEnvironment, type Environment } from '../../../srcode/environment.ts';
import { loadTokenizer } from '../../../tokenizer/byte-level-tokenizer.ts';
import type { Tokenizer } from '../../../tokenizer/tokenizer.ts';
import { packageRoot } from '../../code-version.ts';
import { BASE_MODEL } from '../../training/open-model.ts';
import { readPairs } from '../../training/read-pairs.ts';
import { limitsFor, openSandboxes } from '../../training/sandboxes.ts';
import { requireTokenFor } from '../guard.ts';
import { listen, type RunningServer } from '../listen.ts';
import { createRewardApp } from './app.ts';
import { AnswerJudge, type KnownThings } from './judge-answers.ts';

export interface RewardServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly token?: string;
  /** JSONL files. */
  readonly tasks?: readonly string[];
  /** A folder made by `vul2safe build`. */
  readonly pairs?: string;
  /** NAME=FILE, or FILE for the default one. The base model's where it is there and none is given. */
  readonly tokenizers?: readonly string[];
  /** Run functional tests in the sandbox. Default true. */
  readonly execute?: boolean;
}

/** @throws missingError beyond loopback without a token; inputError naming a file that cannot be used. */
export async function startRewardServer(options: RewardServerOptions = {}): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  requireTokenFor(host, options.token);
  const known = await readKnown(options);
  const analyzer = await createEmbeddedAnalyzer();
  const sandboxes = openSandboxes();
  const judging = createEnvironment({
    sandboxFor: sandboxes.sandboxFor,
    analyze: analyzer.analyzeSync,
    limitsFor,
  });
  const environment = options.execute === false ? withoutTests(judging) : judging;
  const { version } = JSON.parse(readFileSync(`${packageRoot}/package.json`, 'utf8')) as {
    version: string;
  };
  const { app, idle } = createRewardApp(new AnswerJudge(known, environment), {
    version,
    ...(options.token ? { token: options.token } : {}),
  });
  const server = await listen(app, host, options.port ?? 0);
  return {
    url: server.url,
    close: async (graceMs) => {
      await server.close(graceMs);
      await idle();
      await sandboxes.close();
    },
  };
}

/** Function is then unknown, and form stands for it. */
const withoutTests = (environment: Environment): Environment => ({
  judge: (programs) =>
    environment.judge(
      programs.map((item) => ({ ...item, task: { ...item.task, functionalTests: [] } })),
    ),
});

async function readKnown(options: RewardServerOptions): Promise<KnownThings> {
  const tasks = new Map<string, Task>();
  for (const file of options.tasks ?? []) {
    if (!existsSync(file)) throw inputError(`no such file: ${file}`, 'give a JSONL file of tasks');
    for (const task of await readAllJsonLines(file, decodeTask)) tasks.set(task.id, task);
  }
  const pairs = options.pairs === undefined ? [] : await readPairs(options.pairs);
  const given = options.tokenizers ?? [];
  const fallback = existsSync(`${BASE_MODEL}/tokenizer.json`) ? [BASE_MODEL] : [];
  const tokenizers = new Map<string, Tokenizer>();
  for (const entry of given.length > 0 ? given : fallback) {
    const [, name, file] = /^(?:([\w.-]+)=)?(.+)$/.exec(entry) ?? [];
    tokenizers.set(name ?? 'default', loadTokenizer(file ?? entry));
  }
  return {
    tasks,
    pairs: new Map(pairs.map((pair) => [pair.id, taskOfPair(pair)])),
    tokenizers,
    patterns: pairs.map((pair) => ({
      id: pair.id,
      language: pair.function.language,
      vulnerable: pair.function.code,
      fixed: pair.fixedCode,
      confidence: pair.confidence,
    })),
  };
}

const taskOfPair = (pair: RepairPair): Task =>
  decodeTask({
    id: pair.id,
    prompt: { style: 'docstring', text: '', language: pair.function.language },
    language: pair.function.language,
    cwe: pair.function.cwe,
    reference: { vulnerable: pair.function.code, fixed: pair.fixedCode },
  });
