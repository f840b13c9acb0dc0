import { cpSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readParquetRows } from '../../data/parquet.ts';
import type { PromptedPair } from '../../data/prompted-pair.ts';
import { type RepairPair, encodeRepairPair } from '../../data/repair-pair.ts';
import { toJsonLine } from '../../data/jsonl.ts';
import { exportDataset } from './export-dataset.ts';
import { mergeShards } from './merge.ts';
import { createReservoir, promptDiversity } from './prompt-diversity.ts';
import { inShard, parseShard } from './shard.ts';
import { type SplitItem, splitByComponents } from './split.ts';

const root = mkdtempSync(join(tmpdir(), 'export-'));

/** A function that is nobody's near copy: every name, call and number its own. */
const codeOf = (n: number): string =>
  `int entry_${n}(char *out) { /*😀*/\n${Array.from({ length: 8 }, (_, i) => `  call_${n}_${i}(out, ${n * 100 + i}, "${n}-${i}");`).join('\n')}\n  return use_${n}(out);\n}`;

function pairOf(n: number): RepairPair {
  const code = codeOf(n);
  const fixedCode = code.replace('  return', `  check_${n}(out);\n  return`);
  const at = fixedCode.indexOf(`check_${n}`);
  return {
    id: `pair-${n}`,
    function: {
      id: `f${n}`,
      language: 'c',
      code,
      cwe: ['CWE-787'],
      cve: `CVE-2020-${1000 + n}`,
      source: { dataset: 'made', project: `project-${n >> 1}`, license: 'MIT' },
    },
    fixedCode,
    spans: {
      vulnerable: [],
      secure: [{ start: at, end: at + 6, text: 'check_', why: 'the missing check' }],
    },
    origin: 'upstream',
    teacher: 'offline',
    reflection: [],
    gates: [],
    confidence: (n % 10) / 10,
  };
}
const promptsOf = (n: number): PromptedPair[] =>
  (['chat', 'ticket'] as const).map((style) => ({
    id: `prompt-${n}-${style}`,
    pairId: `pair-${n}`,
    prompt: { style, text: `${style}: write entry ${n} which fills a buffer`, language: 'c' },
    checks: { leak: true, grounded: true, diverse: true, atRisk: true },
  }));

const numbers = Array.from({ length: 60 }, (_, n) => n);
const pairs = numbers.map(pairOf);
const prompts = numbers.flatMap(promptsOf);

const jsonRows = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('exportDataset', () => {
  it('writes every prompted pair once, the same in JSONL and Parquet, with offsets in code points', async () => {
    const directory = join(root, 'whole');
    const stats = await exportDataset({ pairs, prompts, directory, seed: 1 });
    expect(stats).toMatchObject({
      pairs: 60,
      rows: 120,
      components: 30,
      removedFromTrain: { pairs: 0 },
    });
    const ids: unknown[] = [];
    for (const split of ['train', 'validation', 'test'] as const) {
      const rows = jsonRows(join(directory, 'dataset', `${split}.jsonl`));
      const parquet: unknown[] = [];
      for await (const row of readParquetRows(join(directory, 'dataset', `${split}.parquet`)))
        parquet.push(row);
      expect(parquet).toEqual(rows);
      expect(rows).toHaveLength(stats.splits[split].rows);
      ids.push(...rows.map((row) => row.id));
      for (const row of rows) {
        const [span] = row.secure_spans as { start: number; end: number; text: string }[];
        expect([...String(row.fixed_code)].slice(span!.start, span!.end).join('')).toBe('check_');
      }
    }
    expect(ids.sort()).toEqual(prompts.map((one) => one.id).sort());
    expect(stats.splits.train.pairs).toBe(48);
    const card = readFileSync(join(directory, 'dataset', 'README.md'), 'utf8');
    const front = parseYaml(card.split('---\n')[1]!) as {
      configs: { data_files: { split: string; path: string }[] }[];
    };
    expect(front.configs[0]!.data_files.map((file) => file.path)).toEqual([
      'train.parquet',
      'validation.parquet',
      'test.parquet',
    ]);
    expect(card).toContain('| all | 60 | 120 |');
  });

  it('never parts pairs of one project, and the same seed gives the same bytes', async () => {
    const once = join(root, 'once');
    const again = join(root, 'again');
    await exportDataset({ pairs, prompts, directory: once, seed: 3 });
    await exportDataset({ pairs: () => pairs, prompts: () => prompts, directory: again, seed: 3 });
    const splitOf = new Map<unknown, string>();
    for (const file of readdirSync(join(once, 'dataset'))) {
      expect(
        readFileSync(join(again, 'dataset', file)).equals(
          readFileSync(join(once, 'dataset', file)),
        ),
      ).toBe(true);
      if (!file.endsWith('.jsonl')) continue;
      for (const row of jsonRows(join(once, 'dataset', file))) {
        expect(splitOf.get(row.project) ?? file).toBe(file);
        splitOf.set(row.project, file);
      }
    }
  });

  it('removes from train what an evaluation set holds, and says so', async () => {
    const directory = join(root, 'leaky');
    const items = numbers.map((n) => ({
      id: `e${n}`,
      side: 'code' as const,
      language: 'c' as const,
      code: codeOf(n).replaceAll('\n', ' '),
    }));
    const stats = await exportDataset({
      pairs,
      prompts,
      directory,
      seed: 1,
      evaluationSets: [{ name: 'bench', items }],
    });
    expect(stats.splits.train.rows).toBe(0);
    expect(stats.removedFromTrain).toMatchObject({ pairs: 48, bySet: { bench: 48 } });
    expect(readFileSync(join(directory, 'dataset', 'LEAKS.md'), 'utf8')).toContain(
      'All 48 matching pairs',
    );
    expect(readFileSync(join(directory, 'dataset', 'README.md'), 'utf8')).not.toContain(
      'train.parquet',
    );
  });

  it('refuses prompts that do not follow their pairs', async () => {
    const turned = [...prompts].reverse();
    await expect(
      exportDataset({
        pairs: () => pairs,
        prompts: () => turned,
        directory: join(root, 'turned'),
        seed: 1,
      }),
    ).rejects.toThrow(/belongs to pair/);
  });
});

describe('mergeShards', () => {
  const write = (name: string, own: readonly number[], rejected: readonly object[]): string => {
    const folder = join(root, name);
    cpSync(join(root, 'whole'), folder, { recursive: true });
    writeFileSync(
      join(folder, 'pairs.jsonl'),
      own.map((n) => toJsonLine(encodeRepairPair(pairOf(n)))).join(''),
    );
    writeFileSync(join(folder, 'prompts.jsonl'), own.flatMap(promptsOf).map(toJsonLine).join(''));
    writeFileSync(join(folder, 'rejected.jsonl'), rejected.map(toJsonLine).join(''));
    writeFileSync(
      join(folder, 'stats.json'),
      JSON.stringify({ in: own.length + rejected.length, cost: { costUsd: 1.5 } }),
    );
    return folder;
  };

  it('joins shards to the whole, whether given once or twice', async () => {
    const shardOf = (index: number) => numbers.filter((n) => inShard(`pair-${n}`, index, 3));
    const twice = { id: 'x', reason: 'duplicate', detail: 'of y' };
    const shards = [0, 1, 2].map((index) =>
      write(
        `shard-${index}`,
        shardOf(index),
        index === 0 ? [twice, twice, { id: 'z', reason: 'too-long', detail: '' }] : [],
      ),
    );
    const once = await mergeShards(shards, join(root, 'merged'), { seed: 1 });
    expect(once).toMatchObject({
      in: 63,
      pairs: 60,
      prompts: 120,
      rejected: { duplicate: 2, 'too-long': 1 },
      repeatedPairs: 0,
    });
    const again = await mergeShards(
      [...shards, shards[0]!, shards[2]!],
      join(root, 'merged-again'),
      { seed: 1 },
    );
    expect(again).toMatchObject({
      in: 63,
      pairs: 60,
      prompts: 120,
      rejected: { duplicate: 2, 'too-long': 1 },
      conflictingPairs: 0,
    });
    for (const file of [
      'pairs.jsonl',
      'prompts.jsonl',
      'rejected.jsonl',
      'dataset/train.jsonl',
      'dataset/README.md',
    ])
      expect(readFileSync(join(root, 'merged-again', file), 'utf8')).toBe(
        readFileSync(join(root, 'merged', file), 'utf8'),
      );
    const stats = JSON.parse(
      readFileSync(join(root, 'merged-again', 'stats.json'), 'utf8'),
    ) as object;
    expect(stats).toMatchObject({ in: 63, pairs: 60, cost: { costUsd: 4.5 } });
    // The split depends on what is in the set, not on how it was sharded.
    const sorted = (path: string) => readFileSync(path, 'utf8').split('\n').sort();
    expect(sorted(join(root, 'merged', 'dataset', 'train.jsonl'))).toEqual(
      sorted(join(root, 'whole', 'dataset', 'train.jsonl')),
    );
  });

  it('refuses a folder that is no build', async () => {
    await expect(mergeShards([root], join(root, 'nothing'), { seed: 1 })).rejects.toThrow(
      /not the output of a build/,
    );
  });
});

describe('splitByComponents', () => {
  it('keeps items with a common key together, whatever the keys', () => {
    const item = fc.record({
      id: fc.uuid(),
      keys: fc.array(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(item, { selector: (one) => one.id }),
        fc.integer(),
        (items: SplitItem[], seed) => {
          const { splitOf } = splitByComponents(items, seed);
          expect(splitOf.size).toBe(items.length);
          const holder = new Map<string, string>();
          for (const { id, keys } of items)
            for (const key of keys) {
              expect(holder.get(key) ?? splitOf.get(id)).toBe(splitOf.get(id));
              holder.set(key, splitOf.get(id)!);
            }
        },
      ),
    );
  });
});

describe('shards', () => {
  it('puts every id into exactly one shard, about evenly', () => {
    const sizes = [0, 0, 0, 0];
    for (let i = 0; i < 2000; i++) {
      const own = sizes.map((_, index) => inShard(`id-${i}`, index, 4));
      expect(own.filter(Boolean)).toHaveLength(1);
      const at = own.indexOf(true);
      sizes[at] = sizes[at]! + 1;
    }
    for (const size of sizes) expect(Math.abs(size - 500)).toBeLessThan(100);
    expect(parseShard('3/4')).toEqual({ index: 3, count: 4 });
    for (const wrong of ['4/4', '0/0', 'x', '1', '-1/3'])
      expect(() => parseShard(wrong)).toThrow(/not a shard/);
  });
});

describe('promptDiversity', () => {
  it('is 1 and 0 at the ends, and lower for prompts that repeat each other', () => {
    const words = (n: number): string =>
      Array.from({ length: 12 }, (_, i) => `w${n}x${i}`).join(' ');
    const all = promptDiversity(numbers.map(words), 60);
    expect(all.distinct1).toBe(1);
    const same = promptDiversity(
      numbers.map(() => words(0)),
      60,
    );
    expect(same.distinct2).toBeCloseTo(1 / 60);
    expect(same.selfBleu).toBeCloseTo(1);
    expect(all.selfBleu).toBeLessThan(0.1);
  });

  it('samples uniformly what streams past', () => {
    let hits = 0;
    for (let seed = 0; seed < 400; seed++) {
      const reservoir = createReservoir(10, seed);
      for (let i = 0; i < 100; i++) reservoir.add(String(i));
      if (reservoir.kept.includes('3')) hits++;
    }
    expect(Math.abs(hits / 400 - 0.1)).toBeLessThan(0.06);
  });
});
