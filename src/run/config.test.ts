import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rlConfigSchema } from '../srcode/rl/config.ts';
import { resolveConfig } from './config.ts';

const schema = z.strictObject({ seed: z.number().default(1), rl: rlConfigSchema.prefault({}) });

describe('resolveConfig', () => {
  it('fills defaults from the schema', () => {
    expect(resolveConfig(schema, {}).rl.groupSize).toBe(8);
  });

  it('lets --set win over the environment, and that over the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'run.yaml');
    writeFileSync(file, 'seed: 5\nrl:\n  steps: 3\n  groupSize: 2\n  beta: 9\n');
    const config = resolveConfig(schema, {
      file,
      environment: {
        VUL2SAFE_CONFIG_rl__groupSize: '4',
        VUL2SAFE_CONFIG_rl__beta: '7',
        HOME: '/x',
      },
      set: ['rl.beta=0.5'],
    });
    expect([config.seed, config.rl.steps, config.rl.groupSize, config.rl.beta]).toEqual([
      5, 3, 4, 0.5,
    ]);
  });

  it('names the nearest known key for an unknown one', () => {
    expect(() => resolveConfig(schema, { set: ['rl.learningrate=1'] })).toThrow(
      /"rl.learningrate" \(did you mean "rl.learningRate"\?\)/,
    );
  });

  it('says which value is wrong and where', () => {
    expect(() => resolveConfig(schema, { set: ['rl.steps=many'] })).toThrow(/rl\.steps/);
    expect(() => resolveConfig(schema, { set: ['rl.steps'] })).toThrow(/expected key=value/);
    expect(() => resolveConfig(schema, { file: '/nowhere.yaml' })).toThrow(
      /no such configuration file/,
    );
  });

  it('does not let a key reach the prototype', () => {
    expect(() => resolveConfig(schema, { set: ['__proto__.polluted=1'] })).toThrow();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
