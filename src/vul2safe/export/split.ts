/**
 * @file Train, validation and test by connected components: pairs that share a project, a CVE, a commit, or a function up
 * to its names always stand in the same split, so that no test item has a sibling in train. Components are dealt out
 * largest first to the split that lacks most, ties by a seeded hash; the same input and seed give the same split.
 */
import { contentHash } from '../../kernel/content-hash.ts';
import type { RepairPair } from '../../data/repair-pair.ts';
import { fingerprintOf } from '../leaks/fingerprint.ts';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

const SHARES: Readonly<Record<Split, number>> = { train: 0.8, validation: 0.1, test: 0.1 };

export interface SplitItem {
  readonly id: string;
  /** Items with a key in common belong together. */
  readonly keys: readonly string[];
}

/** "torvalds/linux" of one data set is "linux" of another. */
const projectKey = (project: string): string =>
  `project:${project.toLowerCase().split('/').filter(Boolean).at(-1) ?? ''}`;

export function splitItemOf(pair: RepairPair): SplitItem {
  const { source, cve, language, code } = pair.function;
  const keys: string[] = [];
  if (source?.project) keys.push(projectKey(source.project));
  if (cve) keys.push(`cve:${cve.toUpperCase()}`);
  if (source?.commit) keys.push(`commit:${source.commit.slice(0, 12)}`);
  for (const text of [code, pair.fixedCode]) {
    const print = fingerprintOf(language, text);
    keys.push(`code:${print.abstract ?? print.renamed ?? print.exact}`);
  }
  return { id: pair.id, keys };
}

export interface SplitResult {
  readonly splitOf: ReadonlyMap<string, Split>;
  readonly components: number;
  readonly largestComponent: number;
}

export function splitByComponents(items: readonly SplitItem[], seed: number): SplitResult {
  const parent = new Int32Array(items.length).map((_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = i; parent[at] !== root; ) {
      const next = parent[at]!;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  const holders = new Map<string, number>();
  items.forEach((item, i) => {
    for (const key of item.keys) {
      const holder = holders.get(key);
      if (holder === undefined) holders.set(key, i);
      else parent[find(i)] = find(holder);
    }
  });
  const members = new Map<number, number[]>();
  items.forEach((_, i) => {
    const root = find(i);
    const list = members.get(root);
    if (list === undefined) members.set(root, [i]);
    else list.push(i);
  });
  const components = [...members.values()]
    .map((list) => ({
      list,
      order: contentHash([seed, list.map((i) => items[i]!.id).sort()[0]], 16),
    }))
    .sort((a, b) => b.list.length - a.list.length || (a.order < b.order ? -1 : 1));
  const lacking: Record<Split, number> = {
    train: SHARES.train * items.length,
    validation: SHARES.validation * items.length,
    test: SHARES.test * items.length,
  };
  const splitOf = new Map<string, Split>();
  for (const { list } of components) {
    const split = SPLITS.reduce((best, one) => (lacking[one] > lacking[best] ? one : best));
    lacking[split] -= list.length;
    for (const i of list) splitOf.set(items[i]!.id, split);
  }
  return {
    splitOf,
    components: components.length,
    largestComponent: components[0]?.list.length ?? 0,
  };
}
