import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createOffsetMap } from '../data/offsets.ts';
import { createTokenizer, loadTokenizer } from './byte-level-tokenizer.ts';
import { mergeWord, PAIR_BASE, pairKey } from './byte-pair-merger.ts';
import { normaliseFormC } from './normaliser.ts';
import { QWEN2_PATTERN } from './pre-tokenizer.ts';
import { saveTokenizer } from './save.ts';
import { placePieces } from './sentence-pieces.ts';
import type { Encoding } from './tokenizer.ts';
import { trainTokenizer } from './train.ts';
import { characterOffsets } from './utf8-map.ts';

const fixtures = new URL('../../test/fixtures/hf-parity/', import.meta.url).pathname;
const golden = JSON.parse(readFileSync(join(fixtures, 'tokenizer-golden.json'), 'utf8')) as {
  text: string;
  ids: number[];
  offsets: [number, number][];
}[];
const tiny = loadTokenizer(join(fixtures, 'llama-tiny', 'tokenizer.json'));
const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wellFormed = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        ' ',
        '\n',
        '\t',
        '  ',
        'if',
        '(',
        '12',
        'é',
        '你好',
        '👩‍👧',
        'a\u0301',
        '\r\n',
        "'s",
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

function expectCover(text: string, encoding: Encoding): void {
  let at = 0;
  let contiguous = true;
  for (const range of encoding.ranges) {
    contiguous &&= range.start === at && range.end >= at;
    at = range.end;
  }
  expect(contiguous).toBe(true);
  expect(at).toBe(text.length);
  expect(encoding.ranges).toHaveLength(encoding.ids.length);
}

describe('encode', () => {
  it.each(golden)(
    'gives the ids and characters of the reference for $text',
    ({ text, ids, offsets }) => {
      const encoding = tiny.encode(text);
      expect(encoding.ids).toEqual(ids);
      const map = createOffsetMap(text);
      encoding.ranges.forEach((range, token) => {
        const [start, end] = offsets[token]!;
        // The reference gives a split character to each of its tokens; ours gives it to the first alone.
        if (range.start < range.end) {
          expect([map.toCodePoint(range.start), map.toCodePoint(range.end)]).toEqual([
            token > 0 && offsets[token - 1]![1] > start ? offsets[token - 1]![1] : start,
            end,
          ]);
        }
      });
      expectCover(text, encoding);
    },
  );

  it('is undone by decode, with ranges that cover the text exactly and in order', () => {
    const small = trainTokenizer(['if (é) { return 你好; }\n'.repeat(3)], {
      vocabularySize: 300,
      specialTokens: ['<|end|>'],
    });
    for (const tokenizer of [tiny, small])
      fc.assert(
        fc.property(wellFormed, (text) => {
          const encoding = tokenizer.encode(text);
          const decoding = tokenizer.decode(encoding.ids);
          expectCover(text, encoding);
          expect(decoding.text).toBe(text);
          expect(decoding.ranges).toEqual(encoding.ranges);
        }),
      );
  });

  it('maps offsets back through Form C', () => {
    const formC = createTokenizer({ ...tiny.file, formC: true, splitPattern: QWEN2_PATTERN });
    fc.assert(
      fc.property(wellFormed, (text) => {
        const encoding = formC.encode(text);
        expectCover(text, encoding);
        expect(formC.decode(encoding.ids).text).toBe(text.normalize('NFC'));
      }),
    );
    const decomposed = 'xe\u0301y \u1112\u1161\u11ab!';
    const { text, toOriginal } = normaliseFormC(decomposed);
    expect(text).toBe('x\u00e9y \ud55c!');
    expect([0, 1, 2, 3, 4, 5, 6].map(toOriginal)).toEqual([0, 1, 3, 4, 5, 8, 9]);
  });

  it('never throws on lone surrogates, and still covers the text', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }), (units) => {
        const text = String.fromCharCode(...units);
        expectCover(text, tiny.encode(text));
      }),
    );
  });

  it('merges long words as the plain algorithm does', () => {
    const table = new Map<number, number>();
    const rules: [number, number, number][] = [
      [1, 1, 4],
      [4, 4, 5],
      [1, 2, 6],
      [6, 3, 7],
      [5, 4, 8],
      [2, 2, 9],
      [9, 6, 10],
    ];
    for (const [rank, [a, b, merged]] of rules.entries())
      table.set(pairKey(a, b), rank * PAIR_BASE + merged);
    const plain = (input: number[]): number[] => {
      const symbols = [...input];
      for (;;) {
        const ranks = symbols.map((s, i) => table.get(pairKey(s, symbols[i + 1] ?? 0)) ?? Infinity);
        const best = Math.min(...ranks);
        if (best === Infinity) return symbols;
        symbols.splice(ranks.indexOf(best), 2, best % PAIR_BASE);
      }
    };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 80 }),
        (word) => {
          expect([...mergeWord(Int32Array.from(word), { table })]).toEqual(plain(word));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('encodes a word of a hundred thousand letters', () => {
    expectCover('x'.repeat(100_000), tiny.encode('x'.repeat(100_000)));
  });
});

describe('decode', () => {
  it('gives special tokens nothing, and malformed bytes one replacement character each', () => {
    const split = tiny.encode('a☕b').ids;
    expect(tiny.decode([0, ...split.slice(0, 2), 1]).text).toBe('a\ufffd');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 600 }), { maxLength: 40 }), (ids) => {
        const decoding = tiny.decode(ids);
        expectCover(decoding.text, { ids, ranges: [...decoding.ranges] });
      }),
    );
  });

  it('counts malformed characters as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        expect(characterOffsets(bytes)[bytes.length]).toBe(
          Buffer.from(bytes).toString('utf8').length,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('trainTokenizer', () => {
  it('learns the most frequent pairs first, and the same from the same texts', () => {
    const options = { vocabularySize: 262, specialTokens: ['<|end|>', '<|pad|>'] };
    const trained = trainTokenizer(['low low low lower newest newest widest'], options);
    expect(trained.file.merges.map((pair) => pair.join(''))).toEqual(['lo', 'low', 'es', 'Ġlow']);
    expect(trained.vocabularySize).toBe(262);
    expect(trained.endOfTextId).toBe(0);
    expect(trainTokenizer(['low low low lower newest newest widest'], options).file).toEqual(
      trained.file,
    );
  });

  it('stops when nothing occurs twice, and refuses a vocabulary without room for the bytes', () => {
    expect(
      trainTokenizer(['ab'], { vocabularySize: 1000, specialTokens: ['e'] }).vocabularySize,
    ).toBe(257);
    expect(() => trainTokenizer([], { vocabularySize: 100, specialTokens: ['e'] })).toThrow(
      'at least 257',
    );
  });

  it('is saved and loaded as the same tokenizer', () => {
    const trained = trainTokenizer(['const a = 1;\n'.repeat(4), 'é '.repeat(9)], {
      vocabularySize: 290,
      specialTokens: ['<|end|>'],
      pattern: 'qwen2',
    });
    saveTokenizer(trained, folder, { contextLength: 512 });
    const loaded = loadTokenizer(folder);
    expect({ ...loaded.file, path: '' }).toEqual({ ...trained.file, path: '' });
    expect(loaded.encode('const é = 1;<|end|>')).toEqual(trained.encode('const é = 1;<|end|>'));
  });
});

describe('a file that cannot be honoured', () => {
  const broken = (change: (file: Record<string, never>) => void): string => {
    const file = JSON.parse(readFileSync(join(fixtures, 'llama-tiny', 'tokenizer.json'), 'utf8'));
    change(file);
    const path = join(folder, 'broken.json');
    writeFileSync(path, JSON.stringify(file));
    return path;
  };
  const cases: [string, (file: Record<string, never>) => void, string][] = [
    [
      'model',
      (f) => Object.assign(f, { model: { type: 'Unigram', vocab: {}, merges: [] } }),
      'Unigram',
    ],
    [
      'normalizer',
      (f) => Object.assign(f, { normalizer: { type: 'Lowercase' } }),
      '"Lowercase" is not supported',
    ],
    [
      'pre-tokenizer',
      (f) => Object.assign(f, { pre_tokenizer: { type: 'Metaspace' } }),
      '"Metaspace" is not supported',
    ],
    [
      'merge',
      (f) => {
        (f.model as unknown as { merges: unknown[] }).merges.push(['zq', 'qz']);
      },
      'merges[237]',
    ],
    ['shape', (f) => Object.assign(f, { model: {} }), 'not a tokenizer.json'],
  ];
  it.each(cases)('is refused by the name of its field: %s', (_, change, message) => {
    expect(() => loadTokenizer(broken(change))).toThrow(message);
  });
});

describe('placePieces', () => {
  it('places pieces, spaces, bytes and special tokens', () => {
    const text = 'a é🙂 b';
    const pieces = ['<s>', '▁a', '▁é', '<0xF0>', '<0x9F>', '<0x99>', '<0x82>', '▁', 'b', '</s>'];
    const ranges = placePieces(text, pieces, new Set(['<s>', '</s>']));
    expect(ranges.map(({ start, end }) => text.slice(start, end))).toEqual([
      '',
      'a',
      ' é',
      '🙂',
      '',
      '',
      '',
      ' ',
      'b',
      '',
    ]);
    expect(() => placePieces('abc', ['▁ab', 'd'])).toThrow('piece 1 "d" does not fit');
    expect(() => placePieces('abc', ['▁ab'])).toThrow('end at offset 2');
  });
});
