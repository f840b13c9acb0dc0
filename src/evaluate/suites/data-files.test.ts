/** The same records in every packing benchmarks are published in, and what a file gets that is something else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeParquetRows } from '../../data/parquet.ts';
import { samplesFromFile } from '../answer-source.ts';
import { suiteNamed } from './index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vul2safe-data-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = [1, 2].map((n) => ({
  task_id: n,
  text: `Write a function that adds ${n}, "quoted", over\ntwo lines.`,
  code: `def add(x):\n    return x + ${n}`,
  test_list: [`assert add(1) == ${n + 1}`],
  test_setup_code: '',
}));
const LINES = ROWS.map((row) => `${JSON.stringify(row)}\n`).join('');
const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const idsOf = async (suite: string, dataPath: string) =>
  (await suiteNamed(suite).load({ dataPath, seed: 1 })).map(({ id }) => id);

/** One entry, as zip writes it: local header, data, central directory, end. */
function zipOf(name: string, text: string, deflated: boolean): Buffer {
  const plain = Buffer.from(text);
  const data = deflated ? deflateRawSync(plain) : plain;
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(deflated ? 8 : 0, 4);
  shared.writeUInt32LE(data.length, 14);
  shared.writeUInt32LE(plain.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), data]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x00'),
    shared,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}

describe('benchmark data', () => {
  it('is the same from every packing, whatever the file is called', async () => {
    await writeParquetRows(
      join(folder, 'p.parquet'),
      {
        task_id: 'int32',
        text: 'string',
        code: 'string',
        test_list: { list: 'string' },
        test_setup_code: 'string',
        source_file: 'string',
      },
      ROWS,
    );
    const files = [
      put('a.jsonl', LINES),
      put('bom.jsonl', `\ufeff${LINES}`),
      put('b.json', JSON.stringify(ROWS)),
      put('pretty.json', JSON.stringify(ROWS, null, 2)),
      put('wrapped.json', JSON.stringify({ version: '1', data: ROWS }, null, 1)),
      put('named.json', JSON.stringify({ one: ROWS[0], two: ROWS[1] }, null, 1)),
      put('c.jsonl.gz', gzipSync(LINES)),
      put('c.jsonl', gzipSync(LINES)),
      put('d.zip', zipOf('mbpp.jsonl', LINES, true)),
      put('e.zip', zipOf('x/mbpp.json', JSON.stringify(ROWS), false)),
      join(folder, 'p.parquet'),
    ];
    for (const path of files)
      expect([path, await idsOf('mbpp', path)]).toEqual([path, ['Mbpp/1', 'Mbpp/2']]);
  });

  it('is found as the only data file of a folder, as Hugging Face lays it out', async () => {
    mkdirSync(join(folder, 'hub/data'), { recursive: true });
    writeFileSync(join(folder, 'hub/README.md'), 'card');
    writeFileSync(join(folder, 'hub/data/test-00000-of-00001.jsonl'), LINES);
    expect(await idsOf('mbpp', join(folder, 'hub'))).toHaveLength(2);
    writeFileSync(join(folder, 'hub/data/train-00000-of-00001.jsonl'), LINES);
    await expect(idsOf('mbpp', join(folder, 'hub'))).rejects.toThrow(
      /the folder holds data\/test-00000-of-00001.jsonl, data\/train/,
    );
  });

  it('reads LLMSecEval as CSV', async () => {
    const csv = put(
      'l.csv',
      'Prompt ID,CWE Name,NL Prompt,Language\nCWE-78_OWN-1,x,"Write <language> code, ""now"".",Python\n',
    );
    const [problem] = await suiteNamed('llmseceval').load({ dataPath: csv, seed: 1 });
    expect(problem).toMatchObject({ id: 'CWE-78_OWN-1', prompt: 'Write Python code, "now".' });
  });

  it.each([
    ['empty', '', /the file is empty/],
    ['text', 'once upon a time', /expected JSON, .* found "once upon/],
    ['torn', `${LINES}{"task_id": 3,`, /line 3: not JSON/],
    ['torn.gz', gzipSync(LINES).subarray(0, 60), /cannot be unpacked/],
    ['torn.zip', zipOf('m.jsonl', LINES, true).subarray(0, 90), /cannot be unpacked/],
    ['other.zip', zipOf('m.txt', LINES, true), /expected one .json, .* found none/],
    ['torn.parquet', 'PAR1 and no more', /not a readable Parquet file/],
    ['scalar', '5', /not a record of mbpp.*it is number/],
    ['null', 'null\n', /it is null/],
    ['array', '[[1]]', /not a record of mbpp/],
    ['other', '{"instruction": "x"}', /task_id.*it has instruction/],
  ])('refuses what is %s with what was expected and found', async (name, content, reason) => {
    await expect(idsOf('mbpp', put(`bad-${name}`, content))).rejects.toThrow(reason);
  });

  it('says whose file it was given instead', async () => {
    await expect(idsOf('humaneval', put('m.jsonl', LINES))).rejects.toMatchObject({
      hint: expect.stringContaining('looks like mbpp'),
    });
  });
});

describe('a samples file', () => {
  const read = async (content: string) =>
    samplesFromFile(
      put('samples.jsonl', content),
      await suiteNamed('mbpp').load({ dataPath: put('s.jsonl', LINES), seed: 1 }),
    );

  it('may call its programs "solution", as EvalPlus does', async () => {
    const source = await read('{"task_id": "Mbpp/1", "solution": "def add(x): return 1"}\n');
    expect(source.unknownTasks).toEqual([]);
  });

  it('of other fields, of another suite, or a folder is refused with what it has', async () => {
    await expect(read('{"task_id": "Mbpp/1", "answer": "x"}\n')).rejects.toThrow(
      /neither "completion" nor "solution"; it has task_id, answer/,
    );
    await expect(read('{"task_id": "HumanEval/0", "completion": "x"}\n')).rejects.toThrow(
      /none of its task ids belongs to this suite/,
    );
    await expect(samplesFromFile(folder, [])).rejects.toThrow(/expected a file, found a folder/);
  });
});
