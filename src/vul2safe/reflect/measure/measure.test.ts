import { beforeAll, describe, expect, it } from 'vitest';
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';
import { createBuildKit, type BuildKit } from '../../build/offline-kit.ts';
import { fitDirection, foldOf, formatWeights } from './fit-direction.ts';
import { measureTeacher } from './measure-teacher.ts';
import { plant, PLANTED_KINDS } from './planting.ts';
import { parseWeights, scoreFeatures } from '../offline/direction.ts';

const pairOf = (id: string, name: string, table: string): VulnerableFunction => {
  const code = `int ${name}(struct ${table} *t, int index)\n{\n\tint value;\n\tlock_${table}(t);\n\tif (t == NULL)\n\t\treturn 0;\n\tvalue = t->entries[index];\n\tcount_${name}(t, value, 12);\n\tunlock_${table}(t);\n\tlog_access("${table}", value);\n\treturn value;\n}\n`;
  const upstreamFix = code.replace(
    '\tlock',
    '\tif (index < 0 || index >= t->length)\n\t\treturn -1;\n\tlock',
  );
  return { id, language: 'c', code, upstreamFix, cwe: ['CWE-125'], source: { project: 'p' } };
};
const records = [
  pairOf('a', 'read_cell', 'grid'),
  pairOf('b', 'peek_job', 'queue'),
  pairOf('c', 'fetch_row', 'sheet'),
];

let kit: BuildKit;
beforeAll(async () => {
  kit = await createBuildKit(['c']);
});

describe('planted bad pairs', () => {
  it('are the same for the same seed, differ from the good pair, and say what they are', () => {
    for (const kind of PLANTED_KINDS) {
      const bad = plant(kind, records[0]!, records, 7);
      // C swallows no errors, a fix of one change has no part of it, all records are of one project and say nothing in words.
      if (['swallowed', 'partial', 'foreign-lines', 'reworded-text'].includes(kind)) {
        expect(bad).toBeUndefined();
        continue;
      }
      expect(bad?.id).toBe(`${kind}:a`);
      expect(plant(kind, records[0]!, records, 7)).toEqual(bad);
      expect([bad?.code, bad?.upstreamFix]).not.toEqual([
        records[0]!.code,
        records[0]!.upstreamFix,
      ]);
    }
  });
  it('do not get past the offline teacher, while the good pairs do', async () => {
    const results = await measureTeacher(records, () => kit.offlineTeacher, kit.tools, { seed: 3 });
    const kept = Object.fromEntries(results.map((result) => [result.kind, result.kept]));
    expect(kept).toEqual({
      good: 3,
      swapped: 0,
      unrelated: 0,
      deletion: 0,
      'no-op': 0,
      'new-weakness': 0,
      sibling: 0,
      'swapped-renamed': 0,
      weakened: 0,
      'switched-off': 0,
      swallowed: 0,
      idle: 0,
      broken: 0,
      partial: 0,
      'dead-check': 0,
      'true-condition': 0,
      'moved-line': 0,
      'doubled-line': 0,
      'reworded-text': 0,
      'foreign-lines': 0,
      // Without a model nothing tells which way round a check belongs.
      'check-inverted': 3,
      'check-behind-use': 0,
    });
  });
});

describe('fitting the direction of fixes', () => {
  const examples = Array.from({ length: 60 }, (_, i) => ({
    project: `owner/p${i % 12}`,
    features: new Map([
      ['guard', 1],
      ['noise', i % 2 === 0 ? 1 : -1],
      ...(i === 0 ? [['rare', 1] as const] : []),
    ]),
  }));
  it('finds what fixes have in common, ignores noise and what one project has', () => {
    const weights = fitDirection(examples);
    expect(weights.get('guard')).toBeGreaterThan(0.5);
    expect(Math.abs(weights.get('noise')!)).toBeLessThan(0.05);
    expect(weights.has('rare')).toBe(false);
    expect(scoreFeatures(new Map([['guard', 1]]), weights).probability).toBeGreaterThan(0.6);
  });
  it('writes weights that are read back', () => {
    const weights = new Map([
      ['token:||', 0.5],
      ['swap:<><=', -0.25],
      ['word:size', 0.1],
    ]);
    expect(parseWeights(formatWeights(weights))).toEqual(weights);
  });
  it('puts one project of two data sets in one fold', () => {
    expect(foldOf('torvalds/linux', 5)).toBe(foldOf('linux', 5));
  });
});
