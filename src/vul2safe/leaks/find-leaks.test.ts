import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../kernel/random.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { type CodeItem, findLeaks } from './find-leaks.ts';
import { createHashIndex } from './hash-index.ts';
import { edited, reformatted, renamed } from './planted-copies.ts';
import { renderLeaks } from './report.ts';

const random = createRandom(11, 'leaks');

/** A function of its own: names, calls and literals drawn at random. */
function sample(n: number, language: Language): CodeItem {
  const pick = (words: string): string => random.pick(words.split(' '));
  const name = (): string =>
    `${pick('read copy parse load send make find drop')}_${pick('item page name user key row block')}`;
  const lines = Array.from({ length: 6 + random.integer(14) }, (_, i) => {
    const call = `${name()}_${random.integer(40)}`;
    const value = random.integer(900);
    if (language === 'python')
      return `    value_${i} = ${call}(data, ${value})\n    if value_${i} > ${value + 1}:\n        return ${name()}(value_${i})`;
    return `  int value_${i} = ${call}(data, ${value});\n  if (value_${i} > ${value + 1}) return ${name()}(value_${i});`;
  });
  const code =
    language === 'python'
      ? `def ${name()}(data):\n${lines.join('\n')}\n    return data`
      : `int ${name()}(char *data) {\n${lines.join('\n')}\n  return 0;\n}`;
  return { id: `${language}-${n}`, side: 'code', language, code };
}

const originals = [
  ...Array.from({ length: 60 }, (_, n) => sample(n, 'c')),
  ...Array.from({ length: 60 }, (_, n) => sample(n, 'python')),
];
const others = Array.from({ length: 120 }, (_, n) => ({ ...sample(n, 'c'), id: `other-${n}` }));

/** Share of planted copies found at their original. */
async function found(plant: (item: CodeItem) => string): Promise<number> {
  const planted = originals.map((item) => ({
    ...item,
    id: `copy of ${item.id}`,
    code: plant(item),
  }));
  const report = await findLeaks(
    [...others, ...planted],
    [{ name: 'evaluation', items: originals }],
  );
  expect(report.leaks.filter((leak) => leak.trainId.startsWith('other'))).toEqual([]);
  const hits = report.leaks.filter((leak) => leak.trainId === `copy of ${leak.evaluationId}`);
  return hits.length / originals.length;
}

describe('findLeaks', () => {
  it('finds every exact copy and nothing in unrelated code', async () => {
    expect(await found((item) => item.code)).toBe(1);
  });

  it('finds every reformatted copy', async () => {
    expect(await found((item) => reformatted(item.language, item.code, random))).toBe(1);
  });

  it('finds at least 95% of copies renamed and reformatted', async () => {
    const copy = (item: CodeItem) =>
      reformatted(item.language, renamed(item.language, item.code, random), random);
    expect(await found(copy)).toBeGreaterThanOrEqual(0.95);
  });

  it('finds at least 95% of renamed copies in which somebody changed a twentieth of the numbers', async () => {
    const copy = (item: CodeItem) =>
      edited(item.language, renamed(item.language, item.code, random), random, 0.05);
    expect(await found(copy)).toBeGreaterThanOrEqual(0.95);
  });

  it('counts a record once per set, under its strictest match, whichever side matches', async () => {
    const [a, b] = [originals[0]!, originals[1]!];
    const train: CodeItem[] = [
      { ...a, id: 'pair', side: 'vulnerable', code: renamed('c', a.code, random) },
      { ...b, id: 'pair', side: 'fixed' },
    ];
    const report = await findLeaks(train, [
      { name: 'both', items: [a, b] },
      { name: 'neither', items: others },
    ]);
    expect(report.leaks).toMatchObject([
      {
        trainId: 'pair',
        trainSide: 'fixed',
        evaluationId: b.id,
        kind: 'exact',
        evaluation: 'both',
      },
    ]);
    expect(report.evaluations.map((one) => one.trainRecords)).toEqual([1, 0]);
    const text = renderLeaks(report, { removed: 'Taken out.' });
    expect(text).toContain('| both | 2 | 1 | 0 | 0 | 0 | 1 | 100.00% | 1 |');
    expect(text).toContain('Taken out.');
  });
});

describe('createHashIndex', () => {
  it('answers like a Map that keeps the first value', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.maxSafeNat())), (keys) => {
        const index = createHashIndex();
        const model = new Map<number, number>();
        keys.forEach((key, i) => {
          if (!model.has(key)) model.set(key, i);
          expect(index.add(key, i)).toBe(model.get(key));
        });
        for (const key of keys) expect(index.get(key)).toBe(model.get(key));
        expect(index.size).toBe(model.size);
        expect(index.get(Number.MAX_SAFE_INTEGER)).toBe(model.get(Number.MAX_SAFE_INTEGER) ?? -1);
      }),
    );
  });

  it('grows past its first size without losing anything', () => {
    const index = createHashIndex();
    for (let i = 0; i < 5000; i++) index.add(i * 4294967296 + 7, i);
    for (let i = 0; i < 5000; i++)
      if (index.get(i * 4294967296 + 7) !== i) throw new Error(`lost ${i}`);
    expect(index.size).toBe(5000);
  });

  it('needs at most 17 bytes per entry at every size', () => {
    const index = createHashIndex();
    const most = createRandom(3, 'hashes');
    for (let i = 0; i < 300_000; i++) {
      index.add(most.integer(2 ** 21) * 2 ** 32 + most.integer(2 ** 32), i);
      if (i > 20_000 && index.bytes() > 17 * index.size)
        throw new Error(`${index.bytes()} bytes for ${index.size} entries`);
    }
  });
});
