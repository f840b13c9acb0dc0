/** @file Counts over the exported rows, gathered as they are written; the card and stats.json are made from them. */
import type { RepairPair } from '../../data/repair-pair.ts';
import type { PairWithPrompts } from './prompted-pairs.ts';
import type { PromptDiversity } from './prompt-diversity.ts';
import { SPLITS, type Split } from './split.ts';

export type Tally = Record<string, number>;

export interface DatasetStats {
  readonly seed: number;
  readonly pairs: number;
  readonly rows: number;
  readonly splits: Readonly<Record<Split, { readonly pairs: number; readonly rows: number }>>;
  /** Pairs whose split was train and that stand in no file, because an evaluation set or an own split holds a copy. */
  readonly removedFromTrain: { readonly pairs: number; readonly bySet: Readonly<Tally> };
  readonly pairsWithoutPrompt: number;
  readonly components: number;
  readonly largestComponent: number;
  readonly languages: Readonly<Tally>;
  readonly cwe: Readonly<Tally>;
  readonly origins: Readonly<Tally>;
  readonly teachers: Readonly<Tally>;
  readonly datasets: Readonly<Tally>;
  readonly licenses: Readonly<Tally>;
  readonly projects: number;
  readonly styles: Readonly<Tally>;
  /** [10] Pairs with confidence in [i/10, (i+1)/10); 1 counts in the last. */
  readonly confidenceHistogram: readonly number[];
  readonly diversity: PromptDiversity;
}

type Counted = Omit<
  DatasetStats,
  'seed' | 'removedFromTrain' | 'components' | 'largestComponent' | 'diversity'
>;

/** Adds up what is written; `counts` is meant to be read at the end. */
export function createStatsCounter() {
  const splits = Object.fromEntries(
    SPLITS.map((split) => [split, { pairs: 0, rows: 0 }]),
  ) as Record<Split, { pairs: number; rows: number }>;
  const tallies = {
    languages: {},
    cwe: {},
    origins: {},
    teachers: {},
    datasets: {},
    licenses: {},
    styles: {},
  } as Record<
    'languages' | 'cwe' | 'origins' | 'teachers' | 'datasets' | 'licenses' | 'styles',
    Tally
  >;
  const projects = new Set<string>();
  const confidenceHistogram = new Array<number>(10).fill(0);
  let pairsWithoutPrompt = 0;
  const tallyPair = (pair: RepairPair): void => {
    const { language, cwe, source } = pair.function;
    count(tallies.languages, language);
    for (const one of cwe.length > 0 ? cwe : ['none given']) count(tallies.cwe, one);
    count(tallies.origins, pair.origin);
    count(tallies.teachers, pair.teacher);
    count(tallies.datasets, source?.dataset ?? 'not given');
    count(tallies.licenses, source?.license ?? 'not given');
    if (source?.project) projects.add(source.project);
    const bin = Math.min(9, Math.floor(pair.confidence * 10));
    confidenceHistogram[bin] = confidenceHistogram[bin]! + 1;
  };
  return {
    add({ pair, prompts }: PairWithPrompts, split: Split): void {
      if (prompts.length === 0) {
        pairsWithoutPrompt++;
        return;
      }
      splits[split].pairs++;
      splits[split].rows += prompts.length;
      tallyPair(pair);
      for (const { prompt } of prompts) count(tallies.styles, prompt.style);
    },
    counts: (): Counted => ({
      pairs: SPLITS.reduce((sum, split) => sum + splits[split].pairs, 0),
      rows: SPLITS.reduce((sum, split) => sum + splits[split].rows, 0),
      splits,
      pairsWithoutPrompt,
      projects: projects.size,
      confidenceHistogram,
      languages: sorted(tallies.languages),
      cwe: sorted(tallies.cwe),
      origins: sorted(tallies.origins),
      teachers: sorted(tallies.teachers),
      datasets: sorted(tallies.datasets),
      licenses: sorted(tallies.licenses),
      styles: sorted(tallies.styles),
    }),
  };
}

export const count = (tally: Tally, name: string): void => {
  tally[name] = (tally[name] ?? 0) + 1;
};

/** Largest first, ties by name. */
export const sorted = (tally: Tally): Tally =>
  Object.fromEntries(Object.entries(tally).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
