import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRunFolder } from './run-folder.ts';
import { sftRunSchema } from './training-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const configOf = (own: Record<string, unknown> = {}) =>
  sftRunSchema.parse({ out: folder, pairs: 'pairs', ...own });
const open = (own?: Record<string, unknown>) =>
  openRunFolder(folder, configOf(own), 1, sftRunSchema);

describe('a run folder', () => {
  it('made before a setting existed is the run with that setting at its default', () => {
    open();
    const file = join(folder, 'run.json');
    const written = JSON.parse(readFileSync(file, 'utf8')) as { config: Record<string, unknown> };
    expect(written.config.recomputeActivations).toBe(false);
    delete written.config.recomputeActivations;
    writeFileSync(file, JSON.stringify(written));
    expect(() => open()).not.toThrow();
    expect(() => open({ recomputeActivations: true })).toThrow(/other settings/);
  });

  it('goes on where its path is spelled in another way, or the folder was moved', () => {
    open();
    expect(() => open({ out: `${folder}/./` })).not.toThrow();
    expect(() => open({ out: `${folder}/./`, side: 'vulnerable' })).toThrow(/other settings/);
  });

  it('refuses other settings, and a folder whose settings are not known any more', () => {
    open();
    expect(() => open({ side: 'vulnerable' })).toThrow(/other settings/);
    const file = join(folder, 'run.json');
    const written = JSON.parse(readFileSync(file, 'utf8')) as { config: Record<string, unknown> };
    written.config.forgotten = 1;
    writeFileSync(file, JSON.stringify(written));
    expect(() => open()).toThrow(/other settings/);
  });
});
