/**
 * @file Shards of one build into one folder: pairs and prompts by content id, rejections as often as the shard that has
 * most of them, so that merging the same shards again, or a shard twice, changes nothing. Streams; only ids are held.
 * Order is that of the shards given. The data set is then exported anew, since its split concerns all pairs together.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { readJsonLines } from '../../data/jsonl.ts';
import { type PromptedPair, promptedPairSchema } from '../../data/prompted-pair.ts';
import { type RepairPair, decodeRepairPair } from '../../data/repair-pair.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { contentHash } from '../../kernel/content-hash.ts';
import { inputError, messageOf } from '../../kernel/errors.ts';
import type { DatasetStats } from './dataset-stats.ts';
import { type EvaluationSource, exportDataset } from './export-dataset.ts';

export interface MergeSummary {
  readonly shards: number;
  /** in = pairs + rejected. */
  readonly in: number;
  readonly pairs: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly prompts: number;
  /** Pairs that stood in more than one shard. */
  readonly repeatedPairs: number;
  /** Of these, ids whose content differed; the first shard's stays. */
  readonly conflictingPairs: number;
  readonly dataset: DatasetStats;
}

/** Throws an input error where a folder is no build folder, or a line in it cannot be read. */
export async function mergeShards(
  shards: readonly string[],
  directory: string,
  options: { readonly seed: number; readonly evaluationSets?: readonly EvaluationSource[] },
): Promise<MergeSummary> {
  for (const shard of shards) assertBuildFolder(shard, directory);
  mkdirSync(directory, { recursive: true });
  const files = {
    pairs: openAside(join(directory, 'pairs.jsonl')),
    prompts: openAside(join(directory, 'prompts.jsonl')),
    rejected: openAside(join(directory, 'rejected.jsonl')),
  };
  const contentOf = new Map<string, string>();
  const rejections = createMultiset();
  const rejected: Record<string, number> = {};
  /** Costs, funnel and the like of the shards that added something. */
  const figures: Figures = {};
  let prompts = 0;
  let repeatedPairs = 0;
  let conflictingPairs = 0;
  try {
    for (const shard of shards) {
      const taken = new Set<string>();
      for await (const { value, raw } of valuesOf(join(shard, 'pairs.jsonl'))) {
        const id = idOf(value);
        const content = contentHash(raw, 16);
        const known = contentOf.get(id);
        if (known !== undefined) {
          repeatedPairs++;
          if (known !== content) conflictingPairs++;
          continue;
        }
        contentOf.set(id, content);
        taken.add(id);
        files.pairs.write(`${raw}\n`);
      }
      for await (const { value, raw } of valuesOf(join(shard, 'prompts.jsonl'))) {
        if (!taken.has(String((value as { pairId?: unknown }).pairId))) continue;
        prompts++;
        files.prompts.write(`${raw}\n`);
      }
      rejections.nextBag();
      let added = taken.size;
      for await (const { value, raw } of valuesOf(join(shard, 'rejected.jsonl'))) {
        if (!rejections.isNew(raw)) continue;
        const reason = String((value as { reason?: unknown }).reason ?? 'unknown');
        rejected[reason] = (rejected[reason] ?? 0) + 1;
        added++;
        files.rejected.write(`${raw}\n`);
      }
      if (added > 0) addFigures(figures, readStats(shard));
    }
    for (const file of Object.values(files)) file.commit();
  } catch (thrown) {
    for (const file of Object.values(files)) file.discard();
    throw thrown;
  }
  const dataset = await exportDataset({
    pairs: () => readPairs(join(directory, 'pairs.jsonl')),
    prompts: () => readPrompts(join(directory, 'prompts.jsonl')),
    directory,
    seed: options.seed,
    ...(options.evaluationSets === undefined ? {} : { evaluationSets: options.evaluationSets }),
  });
  const pairs = contentOf.size;
  const refused = Object.values(rejected).reduce((sum, n) => sum + n, 0);
  const counts = { in: pairs + refused, pairs, rejected, prompts };
  const stats = { ...figures, ...counts, shards: shards.length };
  writeFileAtomic(join(directory, 'stats.json'), `${JSON.stringify(stats, null, 2)}\n`);
  return { shards: shards.length, ...counts, repeatedPairs, conflictingPairs, dataset };
}

type Figures = { [name: string]: unknown };

function readStats(shard: string): Figures {
  const path = join(shard, 'stats.json');
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Figures;
  } catch (thrown) {
    throw inputError(
      `${path}: not JSON: ${messageOf(thrown)}`,
      'let the build that wrote it finish first',
    );
  }
}

/** Numbers add up, member by member; of texts that differ, all are named. */
function addFigures(sum: Figures, more: Figures): void {
  for (const [name, value] of Object.entries(more)) sum[name] = added(sum[name], value);
}

function added(a: unknown, b: unknown): unknown {
  if (a === undefined) return b;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return a.map((item, i) => added(item, b[i]));
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const both: Figures = { ...(a as Figures) };
    addFigures(both, b as Figures);
    return both;
  }
  return a === b || String(a).split(', ').includes(String(b)) ? a : `${a}, ${b}`;
}

function assertBuildFolder(shard: string, directory: string): void {
  if (!existsSync(join(shard, 'pairs.jsonl')) && !existsSync(join(shard, 'rejected.jsonl')))
    throw inputError(
      `${shard}: not the output of a build: neither pairs.jsonl nor rejected.jsonl in it`,
      'name folders that `vul2safe build -o` wrote',
    );
  if (resolve(shard) === resolve(directory))
    throw inputError(`${shard} is both a shard and the output`, 'merge into another folder');
}

/** Pairs of a build folder's pairs.jsonl, in memory form. */
export async function* readPairs(path: string): AsyncGenerator<RepairPair> {
  for await (const { value } of valuesOf(path)) yield decodeRepairPair(value);
}

export async function* readPrompts(path: string): AsyncGenerator<PromptedPair> {
  for await (const { value } of valuesOf(path)) yield promptedPairSchema.parse(value);
}

async function* valuesOf(path: string): AsyncGenerator<{ value: unknown; raw: string }> {
  if (!existsSync(path)) return;
  for await (const entry of readJsonLines(path)) {
    if (!entry.ok)
      throw inputError(
        `${path}:${entry.line}: not JSON: ${entry.error}`,
        'let the build that wrote it finish first',
      );
    yield { value: entry.value, raw: entry.raw };
  }
}

const idOf = (value: unknown): string => {
  const { id } = value as { id?: unknown };
  if (typeof id !== 'string')
    throw inputError('a pair without an id', 'not a pairs.jsonl of a build');
  return id;
};

/** The union of bags: an element is as often in it as in the bag that has most of it. */
function createMultiset() {
  const most = new Map<string, number>();
  let own = new Map<string, number>();
  return {
    nextBag(): void {
      own = new Map();
    },
    /** Whether this occurrence is one more than any bag had before. */
    isNew(element: string): boolean {
      const key = contentHash(element, 20);
      const times = (own.get(key) ?? 0) + 1;
      own.set(key, times);
      if (times <= (most.get(key) ?? 0)) return false;
      most.set(key, times);
      return true;
    },
  };
}

/** A file that appears under its name when committed. */
function openAside(path: string) {
  const aside = `${path}.${process.pid}.tmp`;
  const file = openSync(aside, 'w');
  return {
    write(text: string): void {
      const bytes = Buffer.from(text, 'utf8');
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
    },
    commit(): void {
      closeSync(file);
      renameSync(aside, path);
    },
    discard(): void {
      try {
        closeSync(file);
      } catch (thrown) {
        // Closed already by a commit before the failure.
        if ((thrown as NodeJS.ErrnoException).code !== 'EBADF') throw inputError(messageOf(thrown));
      }
      rmSync(aside, { force: true });
    },
  };
}
