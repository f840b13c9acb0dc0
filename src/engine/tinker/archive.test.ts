import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packFolder, unpackInto } from './archive.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe('an archive', () => {
  it('gives back the files it was made of, whatever their size', () => {
    const source = join(scratch, 'source');
    mkdirSync(join(source, 'inner'), { recursive: true });
    const files = { 'a.json': '{}', 'inner/empty': '', 'inner/b.bin': 'x'.repeat(1025) };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text);
    const names = unpackInto(join(scratch, 'target'), packFolder(source));
    expect(names.sort()).toEqual(Object.keys(files).sort());
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(join(scratch, 'target', name), 'utf8')).toBe(text);
  });

  it('is one that tar reads', () => {
    const source = join(scratch, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'adapter_config.json'), '{"r":8}');
    writeFileSync(join(scratch, 'a.tar.gz'), packFolder(source));
    const listed = spawnSync('tar', ['-xzOf', join(scratch, 'a.tar.gz'), 'adapter_config.json']);
    if (listed.error) return; // no tar on this machine
    expect(listed.stdout.toString()).toBe('{"r":8}');
  });

  it('that names a file outside of its folder, is cut off or is empty is refused', () => {
    const source = join(scratch, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'aa'), 'x'.repeat(600));
    const packed = packFolder(source);
    const target = join(scratch, 'target');
    const raw = Buffer.alloc(2048);
    raw.write('../evil', 0);
    raw.write('00000000001\0', 124);
    raw.write('0', 156);
    expect(() => unpackInto(target, gzipSync(raw))).toThrow(/outside/);
    expect(() => unpackInto(target, gzipSync(Buffer.alloc(1024)))).toThrow(/no file/);
    expect(() => unpackInto(target, packed.subarray(0, 40))).toThrow();
  });
});
