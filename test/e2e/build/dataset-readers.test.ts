/**
 * @file What people load PrimeVul+ with: Python's `datasets`, by its three doors (Parquet files, JSONL files, the folder
 * through its card). Runs where `python3`, or the one that VUL2SAFE_PYTHON names, has `datasets`; says so where not.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PromptedPair } from '../../../src/data/prompted-pair.ts';
import type { RepairPair } from '../../../src/data/repair-pair.ts';
import { exportDataset } from '../../../src/vul2safe/export/export-dataset.ts';

const python = process.env.VUL2SAFE_PYTHON ?? 'python3';
const hasDatasets = spawnSync(python, ['-c', 'import datasets']).status === 0;
if (!hasDatasets)
  console.warn(`${python} has no "datasets": loading PrimeVul+ with it is not tried`);

const folder = mkdtempSync(join(tmpdir(), 'readers-'));

/** The awkward ones: astral characters before a span, no spans, no CVE, dates in some rows only. */
function pairOf(n: number): RepairPair {
  const code = `int entry_${n}(char *out) { /*😀*/\n${Array.from({ length: 8 }, (_, i) => `  call_${n}_${i}(out, ${n * 100 + i});\n`).join('')}}`;
  const fixedCode = code.replace('  call', `  check_${n}(out);\n  call`);
  const start = fixedCode.indexOf('check_');
  const span = { start, end: start + 6, text: 'check_', why: 'the missing check' };
  return {
    id: `pair-${n}`,
    function: {
      id: `f${n}`,
      language: 'c',
      code,
      cwe: n % 3 === 0 ? [] : ['CWE-787', 'CWE-125'],
      source: {
        dataset: 'made',
        project: `project-${n}`,
        license: 'MIT',
        ...(n % 2 === 0 ? { date: '2020-02-17' } : {}),
      },
    },
    fixedCode,
    spans: { vulnerable: [], secure: n % 4 === 0 ? [] : [span] },
    origin: 'upstream',
    teacher: 'offline',
    reflection: [],
    gates: [],
    confidence: n % 5 === 0 ? 1 : 0.75,
  };
}

const promptOf = ({ id }: RepairPair): PromptedPair => ({
  id: `prompt-${id}`,
  pairId: id,
  prompt: { style: 'chat', text: `write ${id} which fills a buffer`, language: 'c' },
  checks: { leak: true, grounded: true, diverse: true, atRisk: true },
});

const PROGRAM = `
import json, os, sys, tempfile
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp()
from datasets import load_dataset
folder = sys.argv[1]
files = lambda ending: {s: f"{folder}/{s}.{ending}" for s in ("train", "validation", "test")}
doors = {
    "parquet": lambda: load_dataset("parquet", data_files=files("parquet")),
    "json": lambda: load_dataset("json", data_files=files("jsonl")),
    "card": lambda: load_dataset(folder),
    "json with types": lambda: load_dataset("json", data_files=files("jsonl"), features=load_dataset(folder)["train"].features),
}
answer = {}
for door, load in doors.items():
    splits = load()
    rows, misplaced = {}, 0
    for split, table in splits.items():
        rows[split] = table.num_rows
        for row in table:
            for spans, code in (("secure_spans", "fixed_code"), ("vulnerable_spans", "code")):
                assert isinstance(row[spans], list), row[spans]
                misplaced += sum(row[code][s["start"]:s["end"]] != s["text"] for s in row[spans])
    types = [{name: str(kind) for name, kind in table.features.items()} for table in splits.values()]
    answer[door] = {"rows": rows, "misplaced": misplaced, "same": all(t == types[0] for t in types), "types": types[0]}
print(json.dumps(answer))
`;

interface Loaded {
  readonly rows: Readonly<Record<string, number>>;
  readonly misplaced: number;
  /** All splits have the same types. */
  readonly same: boolean;
  readonly types: Readonly<Record<string, string>>;
}

describe.skipIf(!hasDatasets)('load_dataset', () => {
  let loaded: Readonly<Record<string, Loaded>>;
  beforeAll(async () => {
    const pairs = Array.from({ length: 40 }, (_, n) => pairOf(n));
    await exportDataset({ pairs, prompts: pairs.map(promptOf), directory: folder, seed: 1 });
    const run = spawnSync(python, ['-c', PROGRAM, join(folder, 'dataset')], { encoding: 'utf8' });
    expect(run.status, run.stderr).toBe(0);
    loaded = JSON.parse(run.stdout.trim().split('\n').at(-1)!) as typeof loaded;
  });
  const linesOf = (split: string): number =>
    readFileSync(join(folder, 'dataset', `${split}.jsonl`), 'utf8').split('\n').length - 1;

  it('reads every row of every split through all doors, with spans where they belong', () => {
    const rows = Object.fromEntries(
      ['train', 'validation', 'test'].map((split) => [split, linesOf(split)]),
    );
    for (const door of ['parquet', 'json', 'card', 'json with types'])
      expect(loaded[door], door).toMatchObject({ rows, misplaced: 0, same: true });
    expect(Object.values(rows).reduce((sum, count) => sum + count)).toBe(40);
  });

  it('gives columns their types, also those that are empty or look like dates', () => {
    const { types } = loaded.parquet!;
    expect(types).toMatchObject({
      id: "Value('string')",
      confidence: "Value('float64')",
      cve: "Value('string')",
      date: "Value('string')",
      cwe: "List(Value('string'))",
    });
    expect(types.secure_spans).toMatch(
      /^List\(\{'start': Value\('int32'\), 'end': Value\('int32'\)/,
    );
    expect(loaded.card!.types).toEqual(types);
    expect(loaded['json with types']!.types).toEqual(types);
  });
});
