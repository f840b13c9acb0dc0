/** @file A build from its configuration: makes the teacher, opens the input, runs the pipeline. What the command line calls. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Progress } from '../../kernel/events.ts';
import { usageError } from '../../kernel/errors.ts';
import { createChatTeacher, DEFAULT_CHAT_TEACHER } from '../../teacher/chat-teacher.ts';
import { createChatModel } from '../../teacher/create-chat-model.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import { parseShard } from '../export/shard.ts';
import { importRecords } from '../import/import-records.ts';
import type { BuildConfig } from './build-config.ts';
import { buildDataset } from './build-dataset.ts';
import type { BuildStats } from './build-stats.ts';
import { createBuildKit, type BuildKit } from './offline-kit.ts';

export interface RunBuildContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export async function runBuild(config: BuildConfig, context: RunBuildContext): Promise<BuildStats> {
  const kit = await createBuildKit();
  const teacher = await createTeacher(config, kit, context.environment);
  const { reflection, prompts, curation, evaluationSets, concurrency, seed } = config;
  const shard = config.shard === undefined ? undefined : parseShard(config.shard);
  return buildDataset({
    entries: importRecords(config.format, config.input, {
      strict: config.strict,
      ...(config.limit === undefined ? {} : { limit: config.limit }),
    }),
    teacher,
    tools: kit.tools,
    directory: config.output,
    options: {
      reflection,
      prompts,
      curation: defined(curation),
      evaluationSets,
      concurrency,
      seed,
      exportDataset: shard === undefined,
      ...(shard === undefined ? {} : { shard }),
    },
    inputIdentity: {
      files: config.input.map((path) => ({ name: basename(path), bytes: sizeOf(path) })),
      format: config.format,
      ...(config.limit === undefined ? {} : { limit: config.limit }),
      model: config.teacher.model,
    },
    ...(context.progress === undefined ? {} : { progress: context.progress }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}

async function createTeacher(
  config: BuildConfig,
  kit: BuildKit,
  environment: RunBuildContext['environment'],
): Promise<Teacher> {
  const { kind, maxTokens, cache, ...settings } = config.teacher;
  if (kind === 'offline') return kit.offlineTeacher;
  if (settings.model === '')
    throw usageError(
      `--teacher ${kind} needs a model`,
      'give --model NAME, or teacher.model in build.yaml',
    );
  const cacheDirectory = cache ?? join(config.output, 'teacher-cache');
  const model = await createChatModel({ ...settings, kind, cacheDirectory }, environment);
  return createChatTeacher(model, {
    ...DEFAULT_CHAT_TEACHER,
    modelName: settings.model,
    maxTokens,
  });
}

const sizeOf = (path: string): number =>
  existsSync(path) && statSync(path).isFile() ? statSync(path).size : 0;

/** Without the members that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
