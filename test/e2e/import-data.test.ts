/** @file All of the public data imports: counts match the files, hashes and offsets are exact, nothing goes without a reason. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/vul2safe/import/detect.ts';
import { importRecords } from '../../src/vul2safe/import/import-records.ts';
import type { ImportEntry } from '../../src/vul2safe/import/importer.ts';
import { findLeaks } from '../../src/vul2safe/leaks/find-leaks.ts';
import { readCodeItems } from '../../src/vul2safe/leaks/read-code-items.ts';

const DATA = process.env.VUL2SAFE_DATA ?? resolve(import.meta.dirname, '../../../shared/data');
const present = existsSync(join(DATA, 'sven'));
if (!present) console.warn(`skipped: no data at ${DATA}; set VUL2SAFE_DATA`);

async function importAll(path: string): Promise<ImportEntry[]> {
  const entries: ImportEntry[] = [];
  for await (const entry of importRecords('auto', [join(DATA, path)])) entries.push(entry);
  return entries;
}

const lines = (path: string): unknown[] =>
  readFileSync(join(DATA, path), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);

describe.skipIf(!present)('import of the public data', () => {
  it.each([
    ['primevul/pairs.jsonl', 'primevul-pairs', 1357, 1357],
    ['primevul/primevul_valid_paired.sample.jsonl', 'primevul-paired', 1, 1],
    ['safecoder/pairs.jsonl', 'safecoder', 394, 394],
    ['cyberseceval/instruct.json', 'cyberseceval', 1916, 0],
    ['cyberseceval/autocomplete.json', 'cyberseceval', 1916, 0],
    ['seccodeplt/tasks.jsonl', 'seccodeplt', 962, 962],
  ])(
    '%s is recognised as %s and gives %i functions, %i with a fix',
    async (path, format, functions, fixes) => {
      expect(await detectFormat(join(DATA, path))).toBe(format);
      const entries = await importAll(path);
      expect(entries.filter((entry) => !entry.ok)).toEqual([]);
      expect(entries).toHaveLength(functions);
      expect(
        entries.filter((entry) => entry.ok && entry.record.upstreamFix !== undefined),
      ).toHaveLength(fixes);
      for (const entry of entries) {
        if (!entry.ok) continue;
        expect(entry.record.code.trim()).not.toBe('');
        expect(entry.record.language).not.toBe('unknown');
        expect(entry.record.source?.dataset).toBeTruthy();
      }
    },
  );

  it('keeps the 128-bit hashes of PrimeVul v0.1 digit by digit', async () => {
    const [entry] = await importAll('primevul/primevul_valid_paired.sample.jsonl');
    expect(entry?.ok && entry.record.source?.recordId).toBe(
      '238223164532786533215583452209843695586',
    );
    expect(entry?.ok && entry.record.source?.hashes).toEqual({
      func_hash: '238223164532786533215583452209843695586',
      file_hash: '285507481464794574944910815142691250961',
      fixed_func_hash: '151686398596358025031627572249093000071',
      fixed_file_hash: '186958971386656040690242679271504836889',
    });
  });

  it("agrees with every offset of SVEN's char_changes", async () => {
    const entries = await importAll('sven');
    expect(entries).toHaveLength(803);
    const rows = ['train', 'val'].flatMap((split) =>
      ['022', '078', '079', '089', '125', '190', '416', '476', '787'].flatMap((cwe) =>
        lines(`sven/${split}/cwe-${cwe}.jsonl`),
      ),
    ) as {
      func_src_before: string;
      char_changes: Record<'deleted' | 'added', { chars: string }[]>;
    }[];
    let changes = 0;
    entries.forEach((entry, i) => {
      if (!entry.ok) throw new Error(entry.detail);
      const { code, upstreamFix, marks } = entry.record;
      expect(code).toBe(rows[i]!.func_src_before);
      const cut = (text: string, ranges: readonly { start: number; end: number }[]) =>
        ranges.map(({ start, end }) => text.slice(start, end));
      const { deleted, added } = rows[i]!.char_changes;
      expect(cut(code, marks!.vulnerable)).toEqual(deleted.map((change) => change.chars));
      expect(cut(upstreamFix!, marks!.secure)).toEqual(added.map((change) => change.chars));
      changes += deleted.length + added.length;
    });
    expect(changes).toBeGreaterThan(3000);
  });

  it('finds the PrimeVul functions that SVEN holds verbatim but for layout', async () => {
    const report = await findLeaks(readCodeItems(join(DATA, 'primevul/pairs.jsonl')), [
      { name: 'SVEN', items: readCodeItems(join(DATA, 'sven')) },
    ]);
    const { byKind } = report.evaluations[0]!;
    // 112 records match once all white space is removed (counted independently); comments make it a few more.
    expect(byKind.exact + byKind.layout).toBeGreaterThanOrEqual(112);
    const squeeze = (text: string): string => text.replace(/\s+/g, '');
    const inSven = new Set<string>();
    for await (const item of readCodeItems(join(DATA, 'sven'))) inSven.add(squeeze(item.code));
    const found = new Set(report.leaks.map((leak) => leak.trainId));
    let verbatim = 0;
    for await (const item of readCodeItems(join(DATA, 'primevul/pairs.jsonl'))) {
      if (!inSven.has(squeeze(item.code))) continue;
      verbatim++;
      expect(found.has(item.id)).toBe(true);
    }
    expect(verbatim).toBeGreaterThanOrEqual(108);
  });
});
