/**
 * @file The Vul2Safe pipeline: records in, PrimeVul+ out. Import, curate, reflect, prompt, commit, export; concurrent, with
 * output in the order of the input; resumable after a kill at any moment and then equal, byte for byte, to a run without.
 * Every input row ends as a pair or as a rejection with its reason.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { Vul2SafeError } from '../../kernel/errors.ts';
import { silentProgress, type Progress } from '../../kernel/events.ts';
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import { inShard, type Shard } from '../export/shard.ts';
import type { ImportEntry } from '../import/importer.ts';
import type { ReflectionTools } from '../reflect/reflection-tools.ts';
import { claimDirectory } from './build-identity.ts';
import { DEFAULT_BUILD, type BuildOptions } from './build-options.ts';
import { createStatsCounter, type BuildStats } from './build-stats.ts';
import { curateEntries, type CuratedEntry } from './curate-entries.ts';
import { exportBuild } from './export-build.ts';
import { mapOrdered } from './map-ordered.ts';
import { openBuildOutput } from './output.ts';
import { processEntry } from './process-entry.ts';

export interface BuildRequest {
  /** Either records in memory or entries of an import; both are read once, in order. */
  readonly records?: Iterable<VulnerableFunction> | AsyncIterable<VulnerableFunction>;
  readonly entries?: AsyncIterable<ImportEntry>;
  readonly teacher: Teacher;
  readonly tools: ReflectionTools;
  /** The folder that gets pairs.jsonl, rejected.jsonl, prompts.jsonl, dataset/ and stats.json. */
  readonly directory: string;
  readonly options?: Partial<BuildOptions>;
  /** Names the input in the folder's identity, so that another input is not resumed into it. */
  readonly inputIdentity?: unknown;
  /** Number of records, where it is known; for the progress bar only. */
  readonly total?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Throws `interrupted` when the signal fires; the folder then holds everything committed so far. */
export async function buildDataset(request: BuildRequest): Promise<BuildStats> {
  const { teacher, tools, directory, signal } = request;
  const options: BuildOptions = { ...DEFAULT_BUILD, ...request.options };
  claimDirectory(directory, teacher.name, options, request.inputIdentity);
  const counter = createStatsCounter(teacher.name);
  const output = await openBuildOutput(directory, (entry) => counter.add(entry));
  const stage = (request.progress ?? silentProgress).stage(
    'vul2safe',
    request.total ?? Number.POSITIVE_INFINITY,
    'records',
  );
  stage.advance(output.committed);
  try {
    const skip = output.committed;
    const todo = dropFirst(
      inThisShard(curateEntries(entriesOf(request), options.curation), options.shard),
      skip,
    );
    const work = (entry: CuratedEntry) => processEntry(entry, { teacher, tools, options, signal });
    for await (const record of mapOrdered(todo, options.concurrency, work)) {
      if (signal?.aborted) break;
      output.commit(record);
      counter.add(record.summary);
      stage.advance(1, `${counter.pairs} pairs of ${counter.records}`);
    }
  } finally {
    output.close();
  }
  if (signal?.aborted)
    throw new Vul2SafeError('interrupted', `stopped after ${output.committed} records`, {
      hint: 'run the same command again to go on',
    });
  const stats = counter.stats();
  if (
    options.exportDataset &&
    (skippedNothing(directory) || !existsSync(join(directory, 'dataset')))
  )
    await exportBuild(directory, options);
  writeFileAtomic(join(directory, 'stats.json'), `${JSON.stringify(stats, null, 2)}\n`);
  stage.finish(`${stats.pairs} pairs, ${stats.prompts} prompts`);
  return stats;
}

/** No stats yet: this run finishes the build, so the data set is written anew whatever stands there. */
const skippedNothing = (directory: string): boolean => !existsSync(join(directory, 'stats.json'));

async function* entriesOf(request: BuildRequest): AsyncGenerator<ImportEntry> {
  if (request.entries !== undefined) yield* request.entries;
  let line = 0;
  for await (const record of request.records ?? [])
    yield { ok: true, file: 'records', line: ++line, record };
}

async function* inThisShard(
  entries: AsyncIterable<CuratedEntry>,
  shard: Shard | undefined,
): AsyncGenerator<CuratedEntry> {
  for await (const entry of entries)
    if (shard === undefined || inShard(entry.id, shard.index, shard.count)) yield entry;
}

async function* dropFirst<T>(source: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let seen = 0;
  for await (const item of source) if (++seen > count) yield item;
}
