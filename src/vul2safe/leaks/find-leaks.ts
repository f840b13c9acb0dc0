/**
 * @file Which training functions also stand in evaluation sets: verbatim, re-laid-out, renamed or nearly. Both versions
 * of a pair are compared with both versions of every evaluation record, since learning the fix of a test item is as much
 * a leak as seeing its flaw. Evaluation sets are indexed (about 0.5 KB per function), training functions stream past.
 */
import type { Language, VulnerableFunction } from '../../data/vulnerable-function.ts';
import { type CloneIndex, type CloneKind, CLONE_KINDS, createCloneIndex } from './clone-index.ts';
import { fingerprintOnce } from './fingerprint.ts';

export const DEFAULT_NEAR_THRESHOLD = 0.75;

export type Side = 'vulnerable' | 'fixed' | 'code';

/** One text of a record. */
export interface CodeItem {
  readonly id: string;
  readonly side: Side;
  readonly language: Language;
  readonly code: string;
}

export type CodeItems = AsyncIterable<CodeItem> | Iterable<CodeItem>;

export interface EvaluationSet {
  readonly name: string;
  readonly items: CodeItems;
}

export interface Leak {
  readonly trainId: string;
  readonly trainSide: Side;
  readonly evaluation: string;
  readonly evaluationId: string;
  readonly evaluationSide: Side;
  readonly kind: CloneKind;
  readonly similarity: number;
}

export interface EvaluationOverlap {
  readonly name: string;
  readonly records: number;
  readonly items: number;
  /** Training records with a match in this set, by the strictest kind of their match. */
  readonly byKind: Readonly<Record<CloneKind, number>>;
  readonly trainRecords: number;
  /** Evaluation records hit; of several equal ones only the first counts. */
  readonly evaluationRecords: number;
}

export interface LeakReport {
  readonly threshold: number;
  readonly train: { readonly records: number; readonly items: number };
  readonly evaluations: readonly EvaluationOverlap[];
  /** The strictest match of each training record in each set. */
  readonly leaks: readonly Leak[];
  readonly leakedTrainRecords: number;
}

interface IndexedSet {
  readonly name: string;
  readonly index: CloneIndex;
  readonly ids: string[];
  readonly sides: Side[];
  records: number;
}

/** Items of one record must follow each other. Throws only what reading the sources throws. */
export async function findLeaks(
  train: CodeItems,
  evaluations: readonly EvaluationSet[],
  options: { readonly threshold?: number; readonly onProgress?: (items: number) => void } = {},
): Promise<LeakReport> {
  const threshold = options.threshold ?? DEFAULT_NEAR_THRESHOLD;
  const progress = options.onProgress ?? (() => {});
  const sets: IndexedSet[] = [];
  for (const evaluation of evaluations) sets.push(await indexSet(evaluation, threshold, progress));
  const leaks: Leak[] = [];
  let best: (Leak | undefined)[] = [];
  let current: string | undefined;
  let records = 0;
  let items = 0;
  const closeRecord = (): void => {
    for (const leak of best) if (leak !== undefined) leaks.push(leak);
    best = sets.map(() => undefined);
  };
  for await (const item of train) {
    items++;
    if (items % PROGRESS_EVERY === 0) progress(PROGRESS_EVERY);
    if (item.id !== current) {
      closeRecord();
      current = item.id;
      records++;
    }
    const fingerprint = fingerprintOnce(item.language, item.code);
    sets.forEach((set, at) => {
      const clone = set.index.find(fingerprint);
      if (clone === undefined) return;
      const leak: Leak = {
        trainId: item.id,
        trainSide: item.side,
        evaluation: set.name,
        evaluationId: set.ids[clone.ordinal]!,
        evaluationSide: set.sides[clone.ordinal]!,
        kind: clone.kind,
        similarity: clone.similarity,
      };
      const held = best[at];
      if (held === undefined || isStricter(leak, held)) best[at] = leak;
    });
  }
  closeRecord();
  return {
    threshold,
    train: { records, items },
    evaluations: sets.map((set) => overlapOf(set, leaks)),
    leaks,
    leakedTrainRecords: new Set(leaks.map((leak) => leak.trainId)).size,
  };
}

const PROGRESS_EVERY = 512;

const isStricter = (a: Leak, b: Leak): boolean => {
  const order = CLONE_KINDS.indexOf(a.kind) - CLONE_KINDS.indexOf(b.kind);
  return order < 0 || (order === 0 && a.similarity > b.similarity);
};

async function indexSet(
  evaluation: EvaluationSet,
  threshold: number,
  progress: (items: number) => void,
): Promise<IndexedSet> {
  const set: IndexedSet = {
    name: evaluation.name,
    index: createCloneIndex(threshold),
    ids: [],
    sides: [],
    records: 0,
  };
  for await (const item of evaluation.items) {
    if (set.ids.at(-1) !== item.id) set.records++;
    set.index.add(fingerprintOnce(item.language, item.code));
    set.ids.push(item.id);
    set.sides.push(item.side);
    if (set.ids.length % PROGRESS_EVERY === 0) progress(PROGRESS_EVERY);
  }
  return set;
}

function overlapOf(set: IndexedSet, leaks: readonly Leak[]): EvaluationOverlap {
  const own = leaks.filter((leak) => leak.evaluation === set.name);
  const byKind: Record<CloneKind, number> = { exact: 0, layout: 0, renamed: 0, near: 0 };
  for (const leak of own) byKind[leak.kind]++;
  return {
    name: set.name,
    records: set.records,
    items: set.ids.length,
    byKind,
    trainRecords: own.length,
    evaluationRecords: new Set(own.map((leak) => leak.evaluationId)).size,
  };
}

/** The texts of a record: its code and, where known, its fix. */
export function* codeItemsOf(record: VulnerableFunction): Generator<CodeItem> {
  const { id, language } = record;
  yield { id, side: 'vulnerable', language, code: record.code };
  if (record.upstreamFix !== undefined)
    yield { id, side: 'fixed', language, code: record.upstreamFix };
}
