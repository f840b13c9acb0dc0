/**
 * @file PrimeVul+ as files: DIR/dataset/{train,validation,test}.{jsonl,parquet}, README.md (the card), LEAKS.md and
 * stats.json. Pairs are read twice, once to split and once to write, and never held; the folder appears whole or not at
 * all, and the same input and seed give the same bytes.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonLine } from '../../data/jsonl.ts';
import { readJsonLines } from '../../data/jsonl.ts';
import { writeParquetRows } from '../../data/parquet.ts';
import type { PromptedPair } from '../../data/prompted-pair.ts';
import type { RepairPair } from '../../data/repair-pair.ts';
import { writeFolderAtomic } from '../../kernel/atomic-file.ts';
import {
  type CodeItem,
  type EvaluationSet,
  type LeakReport,
  findLeaks,
} from '../leaks/find-leaks.ts';
import { readCodeItems } from '../leaks/read-code-items.ts';
import { renderLeaks } from '../leaks/report.ts';
import { renderCard } from './card.ts';
import { DATASET_COLUMNS, rowsOf } from './dataset-row.ts';
import { type DatasetStats, type Tally, count, createStatsCounter } from './dataset-stats.ts';
import { createPromptReservoir, promptDiversity } from './prompt-diversity.ts';
import { type Reopenable, joinPrompts, openSource } from './prompted-pairs.ts';
import { SPLITS, type Split, type SplitItem, splitByComponents, splitItemOf } from './split.ts';

/** An evaluation set by its file or folder, or by its items. */
export type EvaluationSource = EvaluationSet | { readonly name: string; readonly path: string };

export interface ExportOptions {
  /** Lists, or functions that open the streams anew; streams must come in the same order. */
  readonly pairs: Reopenable<RepairPair>;
  readonly prompts: Reopenable<PromptedPair>;
  /** The folder `dataset/` is put into. */
  readonly directory: string;
  readonly evaluationSets?: readonly EvaluationSource[];
  readonly seed: number;
}

export async function exportDataset(options: ExportOptions): Promise<DatasetStats> {
  const { pairs, prompts, seed } = options;
  const items: SplitItem[] = [];
  for await (const pair of openSource(pairs)) items.push(splitItemOf(pair));
  const { splitOf, components, largestComponent } = splitByComponents(items, seed);
  const leaks = await leaksOfTrain(pairs, splitOf, options.evaluationSets ?? []);
  const removed = new Set(leaks.leaks.map((leak) => leak.trainId));
  const bySet: Tally = {};
  for (const leak of leaks.leaks) count(bySet, leak.evaluation);

  const counter = createStatsCounter();
  const reservoir = createPromptReservoir(seed);
  let stats: DatasetStats | undefined;
  await writeFolderAtomic(join(options.directory, 'dataset'), async (folder) => {
    const files = Object.fromEntries(
      SPLITS.map((split) => [split, openSync(join(folder, `${split}.jsonl`), 'w')]),
    ) as Record<Split, number>;
    try {
      for await (const joined of joinPrompts(pairs, prompts)) {
        const split = splitOf.get(joined.pair.id)!;
        if (removed.has(joined.pair.id)) continue;
        counter.add(joined, split);
        for (const prompted of joined.prompts) reservoir.add(prompted.prompt.text);
        const lines = rowsOf(joined.pair, joined.prompts).map(toJsonLine).join('');
        if (lines !== '') writeWhole(files[split], lines);
      }
    } finally {
      for (const split of SPLITS) closeSync(files[split]);
    }
    for (const split of SPLITS)
      await writeParquetRows(
        join(folder, `${split}.parquet`),
        DATASET_COLUMNS,
        jsonRows(join(folder, `${split}.jsonl`)),
      );
    stats = {
      seed,
      ...counter.counts(),
      removedFromTrain: { pairs: removed.size, bySet },
      components,
      largestComponent,
      diversity: promptDiversity(reservoir.kept, reservoir.seen),
    };
    writeFileSync(join(folder, 'README.md'), renderCard(stats));
    writeFileSync(
      join(folder, 'LEAKS.md'),
      renderLeaks(leaks, { removed: removalText(removed.size) }),
    );
    writeFileSync(join(folder, 'stats.json'), `${JSON.stringify(stats, null, 2)}\n`);
  });
  return stats!;
}

const removalText = (pairs: number): string =>
  `All ${pairs} matching pairs, with every prompt of theirs, were removed from train. Validation and test were left as they are.`;

/** Train against the named evaluation sets and against the set's own validation and test. */
function leaksOfTrain(
  pairs: Reopenable<RepairPair>,
  splitOf: ReadonlyMap<string, Split>,
  named: readonly EvaluationSource[],
): Promise<LeakReport> {
  const itemsOf = (split: Split) => pairItems(pairs, (pair) => splitOf.get(pair.id) === split);
  const sets: EvaluationSet[] = named.map((set) =>
    'items' in set ? set : { name: set.name, items: readCodeItems(set.path) },
  );
  return findLeaks(itemsOf('train'), [
    ...sets,
    { name: 'own validation split', items: itemsOf('validation') },
    { name: 'own test split', items: itemsOf('test') },
  ]);
}

async function* pairItems(
  pairs: Reopenable<RepairPair>,
  wanted: (pair: RepairPair) => boolean,
): AsyncGenerator<CodeItem> {
  for await (const pair of openSource(pairs)) {
    if (!wanted(pair)) continue;
    const { language, code } = pair.function;
    yield { id: pair.id, side: 'vulnerable', language, code };
    yield { id: pair.id, side: 'fixed', language, code: pair.fixedCode };
  }
}

function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
}

async function* jsonRows(path: string): AsyncGenerator<Record<string, unknown>> {
  for await (const entry of readJsonLines(path))
    if (entry.ok) yield entry.value as Record<string, unknown>;
}
