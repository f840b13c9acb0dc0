import { describe, expect, it } from 'vitest';
import type { ModelConfig, RopeScaling } from './config.ts';
import { inverseFrequencies, rotaryTableData } from './rope.ts';

const configWith = (scaling: RopeScaling, theta = 10000): ModelConfig =>
  ({ headSize: 8, rope: { theta, scaling } }) as ModelConfig;

describe('rotary tables', () => {
  it('turn the first pair by one radian per position and later pairs ever more slowly', () => {
    const frequencies = inverseFrequencies(configWith({ type: 'default' }));
    [1, 0.1, 0.01, 0.001].forEach((expected, index) => {
      expect(frequencies[index]).toBeCloseTo(expected, 7);
    });
    const tables = rotaryTableData(configWith({ type: 'default' }), 4);
    expect(tables.cosine).toHaveLength(16);
    expect(tables.cosine[3 * 4]).toBeCloseTo(Math.cos(3), 6);
    expect(tables.sine[3 * 4 + 1]).toBeCloseTo(Math.sin(0.3), 6);
    expect(tables.negativeSine[13]).toBe(-(tables.sine[13] as number));
  });

  it('linear scaling slows every pair alike', () => {
    const plain = inverseFrequencies(configWith({ type: 'default' }));
    const slowed = inverseFrequencies(configWith({ type: 'linear', factor: 4 }));
    slowed.forEach((frequency, index) => {
      expect(frequency).toBeCloseTo((plain[index] as number) / 4, 8);
    });
  });

  it('llama3 scaling keeps fast pairs, slows slow ones by the factor and blends between', () => {
    const scaling = {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 8192,
    } as const;
    const plain = inverseFrequencies(configWith({ type: 'default' }, 500000));
    const scaled = inverseFrequencies(configWith(scaling, 500000));
    const turns = [...plain].map((frequency) => (8192 * frequency) / (2 * Math.PI));
    expect(scaled[0]).toBe(plain[0]);
    // The third pair makes 1.84 turns over the original context: (1.84 - 1) / (4 - 1) of the way.
    const blend = ((turns[2] as number) - 1) / 3;
    expect(blend).toBeGreaterThan(0);
    expect(scaled[2]).toBeCloseTo(
      (1 - blend) * ((plain[2] as number) / 8) + blend * (plain[2] as number),
      9,
    );
    expect(scaled[3]).toBeCloseTo((plain[3] as number) / 8, 9);
  });
});
