/** @file The figures of a build, counted record by record so that a resumed build counts the same. Becomes `stats.json`. */
import type { JournalEntry } from './journal-entry.ts';

export const FUNNEL = [
  'in',
  'curated',
  'detected',
  'repaired',
  'reflected',
  'gated',
  'kept',
] as const;
export type FunnelStage = (typeof FUNNEL)[number];

export interface BuildStats {
  /** in = pairs + the sum of rejected. */
  readonly in: number;
  readonly pairs: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly prompts: number;
  readonly promptsDropped: Readonly<Record<string, number>>;
  readonly teacher: string;
  /** How many records came at least this far. */
  readonly funnel: Readonly<Record<FunnelStage, number>>;
  /** Of the pairs. */
  readonly cwe: Readonly<Record<string, number>>;
  /** Of everything that got a confidence, in tenths: [0] is 0.0-0.1. */
  readonly confidence: readonly number[];
  readonly cost: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number;
  };
}

export interface StatsCounter {
  readonly records: number;
  readonly pairs: number;
  add(entry: Omit<JournalEntry, 'bytes'>): void;
  stats(): BuildStats;
}

export function createStatsCounter(teacher: string): StatsCounter {
  let records = 0;
  let pairs = 0;
  let prompts = 0;
  const rejected: Record<string, number> = {};
  const promptsDropped: Record<string, number> = {};
  const cwe: Record<string, number> = {};
  const reached = FUNNEL.map(() => 0);
  const confidence = Array.from({ length: 10 }, () => 0);
  const cost = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
  const bump = (counts: Record<string, number>, key: string, by = 1): void => {
    counts[key] = (counts[key] ?? 0) + by;
  };
  return {
    get records() {
      return records;
    },
    get pairs() {
      return pairs;
    },
    add(entry) {
      records++;
      if (entry.reason === undefined) {
        pairs++;
        for (const id of entry.cwe) bump(cwe, id);
      } else bump(rejected, entry.reason);
      const furthest = entry.stage === undefined ? 0 : FUNNEL.indexOf(entry.stage);
      for (let i = 0; i <= furthest; i++) reached[i]!++;
      if (entry.confidence !== undefined)
        confidence[Math.min(9, Math.floor(entry.confidence * 10))]!++;
      prompts += entry.prompts;
      for (const [check, count] of Object.entries(entry.promptsDropped ?? {}))
        bump(promptsDropped, check, count);
      cost.inputTokens += entry.inputTokens;
      cost.outputTokens += entry.outputTokens;
      cost.costUsd += entry.costUsd;
    },
    stats: () => ({
      in: records,
      pairs,
      rejected: sorted(rejected),
      prompts,
      promptsDropped: sorted(promptsDropped),
      teacher,
      funnel: Object.fromEntries(FUNNEL.map((stage, i) => [stage, reached[i]!])) as Record<
        FunnelStage,
        number
      >,
      cwe: sorted(cwe),
      confidence,
      cost: { ...cost, costUsd: Math.round(cost.costUsd * 1e6) / 1e6 },
    }),
  };
}

const sorted = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
