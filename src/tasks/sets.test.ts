import { describe, expect, it } from 'vitest';
import { contentHash } from '../kernel/content-hash.ts';
import { corpusExamples } from './corpus.ts';
import { FAMILIES, HELD_OUT_FAMILIES, TRAINING_FAMILIES } from './families/index.ts';
import { instanceCount } from './family.ts';
import { vulnerabilityRecords } from './records.ts';
import { taskSet } from './sets.ts';
import { splitOf } from './splits.ts';

/** Words that would tell a reader that a prompt is about security. */
const SECURITY_TALK =
  /\b(?:CVE|CWE|XSS|CSRF|SSRF|secur\w*|insecur\w*|unsafe\w*|safe\w*|vulnerab\w*|exploit\w*|attack\w*|malicious|saniti\w*|escap\w*|trusted|untrusted|inject\w*|travers\w*|privilege\w*|tamper\w*|forg(?:e|ed)|spoof\w*|bypass\w*|pollution|deseriali\w*|hack\w*|threat\w*|credential\w*|fix\w*)\b/i;

describe('families', () => {
  it('are at least twelve in JavaScript for training and three held out, over eight CWEs or more', () => {
    expect(TRAINING_FAMILIES.length).toBeGreaterThanOrEqual(12);
    expect(HELD_OUT_FAMILIES.length).toBeGreaterThanOrEqual(3);
    expect(new Set(TRAINING_FAMILIES.map(({ cwe }) => cwe)).size).toBeGreaterThanOrEqual(8);
  });

  it('are at least thirty over twenty CWEs in three languages, each with its own id', () => {
    expect(FAMILIES.length).toBeGreaterThanOrEqual(30);
    expect(new Set(FAMILIES.map(({ cwe }) => cwe)).size).toBeGreaterThanOrEqual(20);
    expect(new Set(FAMILIES.map(({ language }) => language)).size).toBe(3);
    expect(new Set(FAMILIES.map(({ id }) => id)).size).toBe(FAMILIES.length);
  });

  it('held out: two share a CWE with training, one has a CWE of its own', () => {
    const trained = new Set(TRAINING_FAMILIES.map(({ cwe }) => cwe));
    expect(HELD_OUT_FAMILIES.filter(({ cwe }) => trained.has(cwe)).length).toBeGreaterThanOrEqual(
      2,
    );
    expect(HELD_OUT_FAMILIES.filter(({ cwe }) => !trained.has(cwe)).length).toBeGreaterThanOrEqual(
      1,
    );
  });

  it.each(FAMILIES)(
    '$id: two natural ways each to write it securely and not, three wordings',
    (family) => {
      const instance = family.instance(
        Object.fromEntries(
          Object.entries(family.pools).map(([pool, words]) => [pool, words[0] ?? '']),
        ),
      );
      expect(instance.vulnerable.length).toBeGreaterThanOrEqual(2);
      expect(instance.secure.length).toBeGreaterThanOrEqual(2);
      expect(new Set(instance.phrases).size).toBeGreaterThanOrEqual(3);
    },
  );
});

describe('task sets', () => {
  it.each(['javascript', 'python', 'c'] as const)(
    'compose one to four weak spots in %s, in little and in much variety',
    (language) => {
      for (const weakSpots of [1, 2, 3, 4])
        for (const neutralVariety of ['little', 'much'] as const) {
          const tasks = taskSet('train', 9, 3, { language, weakSpots, neutralVariety });
          expect(tasks.map(({ task }) => task.weakSpots)).toEqual([
            weakSpots,
            weakSpots,
            weakSpots,
          ]);
          expect(tasks.every(({ task }) => new Set(task.families).size === weakSpots)).toBe(true);
        }
    },
  );

  it('hold no extra family unless it is asked for', () => {
    const extra = FAMILIES.filter((family) => family.extra);
    expect(extra.filter(({ language }) => language === 'javascript').length).toBeGreaterThanOrEqual(
      2,
    );
    expect(new Set(extra.map(({ language }) => language)).size).toBe(3);
    const ids = new Set(extra.map(({ id }) => id));
    for (const language of ['javascript', 'python', 'c'] as const)
      for (const { task } of taskSet('train', 2, 60, { language }))
        expect(task.families.some((id) => ids.has(id))).toBe(false);
    const [first] = extra;
    const asked = taskSet('validation', 2, 3, { families: [first!], weakSpots: 1 });
    expect(asked.every(({ task }) => task.families.join() === first!.id)).toBe(true);
  });

  it('are the same for the same seed and different for another', () => {
    const ids = (seed: number) => taskSet('train', seed, 20).map(({ task }) => task.id);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });

  it('hold no instance of another split, whatever the seed', () => {
    const keys = (split: 'train' | 'validation' | 'held-out-instance') =>
      new Set(
        [0, 1].flatMap((seed) =>
          taskSet(split, seed, 150).flatMap(({ spots }) =>
            spots.map(({ family, parameters }) => contentHash([family.id, parameters], 16)),
          ),
        ),
      );
    const train = keys('train');
    for (const split of ['validation', 'held-out-instance'] as const)
      for (const key of keys(split)) expect(train.has(key)).toBe(false);
  });

  it('leave every family enough instances in every split', () => {
    for (const family of FAMILIES) {
      const counts = { train: 0, validation: 0, 'held-out-instance': 0 };
      for (let index = 0; index < instanceCount(family); index++) counts[splitOf(family, index)]++;
      expect(counts.train).toBeGreaterThan(100);
      expect(counts['held-out-instance']).toBeGreaterThan(25);
      expect(counts.validation).toBeGreaterThan(8);
    }
  });

  it('have two or more weak spots in at least a third of the tasks', () => {
    const tasks = taskSet('train', 3, 300);
    const several = tasks.filter(({ task }) => task.weakSpots > 1).length / tasks.length;
    expect(several).toBeGreaterThan(1 / 3);
    expect(
      taskSet('train', 3, 10, { weakSpots: 4 }).every(({ task }) => task.weakSpots === 4),
    ).toBe(true);
  });

  it('hold out whole families', () => {
    const heldOut = new Set(HELD_OUT_FAMILIES.map(({ id }) => id));
    for (const { task } of taskSet('held-out-family', 1, 60))
      expect(task.families.every((id) => heldOut.has(id))).toBe(true);
    for (const { task } of taskSet('train', 1, 60))
      expect(task.families.some((id) => heldOut.has(id))).toBe(false);
  });

  it('ask without a word on security, in few words, naming every function', () => {
    for (const split of ['train', 'held-out-instance', 'held-out-family'] as const)
      for (const { task } of taskSet(split, 5, 150)) {
        expect(SECURITY_TALK.exec(task.prompt.text)?.[0]).toBeUndefined();
        expect(task.prompt.text.split(/\s+/).length).toBeLessThan(75);
        for (const name of task.interface) expect(task.prompt.text).toContain(`${name}(`);
      }
  });

  it('know a secure and a vulnerable reference that differ', () => {
    for (const { task } of taskSet('validation', 1, 30))
      expect(task.reference?.fixed).not.toBe(task.reference?.vulnerable);
  });
});

describe('the corpus', () => {
  const take = (count: number, options = {}) => {
    const examples = [];
    for (const example of corpusExamples(1, options)) {
      examples.push(example);
      if (examples.length === count) return examples;
    }
    return examples;
  };
  it('mixes secure and vulnerable spots at the given rate', () => {
    const examples = take(600, { vulnerableRate: 0.4 });
    const vulnerable = examples.reduce((sum, example) => sum + example.vulnerable, 0);
    const spots = examples.reduce((sum, example) => sum + example.weakSpots, 0);
    expect(vulnerable / spots).toBeGreaterThan(0.35);
    expect(vulnerable / spots).toBeLessThan(0.45);
  });
  it('is the same for the same seed, and short enough for a small context', () => {
    const examples = take(100);
    expect(examples).toEqual(take(100));
    for (const { prompt, program } of examples)
      expect(prompt.length + program.length).toBeLessThan(2000);
  });
  it('never holds a held-out family', () => {
    for (const { prompt } of take(300))
      expect(prompt).not.toMatch(/Each\(|each of the .* and returns? the list of output/);
    expect(take(50, { families: [...TRAINING_FAMILIES, ...HELD_OUT_FAMILIES] })).toEqual(take(50));
  });
});

describe('vulnerability records', () => {
  it('carry a description and, about half of them, an upstream fix', () => {
    const records = vulnerabilityRecords(1, TRAINING_FAMILIES, 10);
    expect(records.length).toBeGreaterThan(TRAINING_FAMILIES.length * 8);
    const mended =
      records.filter(({ upstreamFix }) => upstreamFix !== undefined).length / records.length;
    expect(mended).toBeGreaterThan(0.35);
    expect(mended).toBeLessThan(0.65);
    for (const record of records) {
      expect(record.upstreamFix).not.toBe(record.code);
      expect(record.description).not.toMatch(SECURITY_TALK);
      expect(record.source?.dataset).toBe('embedded-tasks');
    }
  });
});
