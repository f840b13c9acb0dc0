import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../models/config.ts';
import { KeyValueCache, safeInPlace } from './key-value-cache.ts';

const config = { layers: 2, keyValueHeads: 2, headSize: 3 } as ModelConfig;

/** Keys of a prompt that tell layer, part, head and position of every entry. */
function prompt(id: number, length: number, stride: number) {
  const make = (part: number, layer: number): Float32Array =>
    Float32Array.from({ length: 2 * stride * 3 }, (_, index) => {
      const head = Math.floor(index / (stride * 3));
      return id * 1e5 + layer * 1e4 + part * 5e3 + head * 1e3 + (index % (stride * 3));
    });
  const layers = [0, 1].map((layer) => ({ key: make(0, layer), value: make(1, layer) }));
  return { layers, row: 0, stride, length };
}

describe('the key-value cache', () => {
  it('keeps every filled place of every living row through any arrangement', () => {
    const step = fc.record({
      drop: fc.array(fc.boolean(), { maxLength: 6 }),
      growth: fc.integer({ min: 0, max: 40 }),
      added: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
        const cache = new KeyValueCache(config);
        let rows: { id: number; length: number; filled: number }[] = [];
        let next = 1;
        for (const { drop, growth, added } of steps) {
          const kept = rows
            .map((row, place) => ({ ...row, place }))
            .filter(({ place }) => !drop[place]);
          const prompts = added.map((length) => ({ id: next++, length }));
          if (kept.length + prompts.length === 0) continue;
          const arranged = cache.arrange(
            kept.map(({ place, length }) => ({ row: place, length })),
            prompts.map(({ id, length }) => prompt(id, length, length + 2)),
          );
          rows = [...kept, ...prompts.map((item) => ({ ...item, filled: item.length }))];
          for (const part of ['key', 'value'] as const)
            for (const layer of [0, 1]) {
              const data = arranged.feeds[`${part}${layer}`]?.data as Float32Array;
              expect(arranged.rows).toBe(rows.length);
              rows.forEach((row, place) => {
                const original = prompt(row.id, row.filled, row.filled + 2).layers[layer]?.[part];
                for (let head = 0; head < 2; head++) {
                  const start = (place * 2 + head) * arranged.capacity * 3;
                  const from = head * (row.filled + 2) * 3;
                  expect([...data.subarray(start, start + row.filled * 3)]).toEqual([
                    ...(original as Float32Array).subarray(from, from + row.filled * 3),
                  ]);
                }
              });
            }
          // Decoding fills more places; what they hold is the graph's business.
          rows = rows.map((row) => ({
            ...row,
            length: Math.min(row.length + growth, arranged.capacity - 1),
          }));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('moves nothing that stays', () => {
    expect(safeInPlace([{ from: 3, to: 3, elements: 2 }])).toEqual([]);
  });
});
