import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'vul2safe-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'x.safetensors');

function writeRaw(header: unknown, dataBytes: number): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
}

const tensor = (dtype: string, shape: number[], start: number, end: number): unknown => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('what is written is read back', () => {
  const a = Float32Array.from({ length: 300 }, (_, i) => Math.fround(Math.sin(i) * 3));
  const b = Float32Array.of(0.5, -2, 0, 65504);
  const tensors = [
    { name: 'a', shape: [3, 100], read: () => a },
    { name: 'b', shape: [4], read: () => b },
  ];

  it('bit for bit in f32, and the data starts at a multiple of 8', () => {
    writeSafetensors(path, tensors, 'f32', { metadata: { format: 'pt', note: 'é' } });
    const file = openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt', note: 'é' });
    expect(file.tensors.get('a')!.start % 8).toBe(0);
    expect(file.read('a')).toEqual(a);
    expect(file.read('b')).toEqual(b);
    file.close();
  });

  it('within the format in bf16 and f16, and exactly the second time', () => {
    for (const [type, relative] of [
      ['bf16', 2 ** -8],
      ['f16', 2 ** -11],
    ] as const) {
      writeSafetensors(path, tensors, type);
      const file = openSafetensors(path);
      const once = file.read('a');
      file.close();
      for (let i = 0; i < a.length; i++)
        expect(Math.abs(once[i]! - a[i]!)).toBeLessThanOrEqual(Math.abs(a[i]!) * relative);
      const first = readFileSync(path);
      writeSafetensors(path, [{ ...tensors[0]!, read: () => once }, tensors[1]!], type);
      expect(readFileSync(path).equals(first)).toBe(true);
    }
  });

  it('refuses a weight that f16 cannot hold', () => {
    const large = [{ name: 'w', shape: [1], read: () => Float32Array.of(70000) }];
    expect(() => writeSafetensors(path, large, 'f16')).toThrow(/tensor w holds 70000/);
  });
});

describe('a damaged file is refused with its name and the field', () => {
  const good = { w: tensor('F32', [2, 2], 0, 16) };
  const cases: [string, unknown, number, RegExp][] = [
    ['shorter than its tensors', good, 15, /truncated: its tensors need \d+ bytes, the file has/],
    ['longer than its tensors', good, 17, /1 bytes after the last tensor/],
    ['not JSON', '{"w": ', 0, /not JSON/],
    ['an array', '[]', 0, /field the whole file/],
    ['unknown dtype', { w: tensor('F31', [2, 2], 0, 16) }, 16, /tensor w: field dtype: F31/],
    ['shape against offsets', { w: tensor('F32', [2, 3], 0, 16) }, 16, /takes 24/],
    ['negative side', { w: tensor('F32', [-2, -2], 0, 16) }, 16, /tensor w: field shape.0/],
    ['offsets reversed', { w: tensor('F32', [2, 2], 16, 0) }, 16, /spans -16 bytes/],
    [
      'a hole',
      { a: tensor('F32', [1], 0, 4), w: tensor('F32', [1], 8, 12) },
      12,
      /tensor w: field data_offsets starts at byte 8 .* expected 4/,
    ],
    [
      'an overlap',
      { a: tensor('F32', [2], 0, 8), w: tensor('F32', [1], 4, 8) },
      8,
      /tensor w: field data_offsets starts at byte 4/,
    ],
    ['metadata that is not text', { __metadata__: { a: 1 }, ...good }, 16, /__metadata__/],
    ['no offsets', { w: { dtype: 'F32', shape: [1] } }, 4, /tensor w: field data_offsets/],
  ];
  it.each(cases)('%s', (_name, header, dataBytes, message) => {
    writeRaw(header, dataBytes);
    expect(() => openSafetensors(path)).toThrow(message);
    expect(() => openSafetensors(path)).toThrow(/x\.safetensors/);
  });

  it('an empty file, a header longer than the file, a header length beyond reason', () => {
    writeFileSync(path, '');
    expect(() => openSafetensors(path)).toThrow(/truncated: 0 bytes/);
    writeFileSync(path, Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 0x7b]));
    expect(() => openSafetensors(path)).toThrow(/truncated: the header needs 208 bytes/);
    writeFileSync(path, 'PK\u0003\u0004 this is a zip file, not safetensors');
    expect(() => openSafetensors(path)).toThrow(/not a safetensors file/);
  });

  it('a number format that cannot be widened is refused when it is read', () => {
    writeRaw({ w: tensor('I8', [4], 0, 4) }, 4);
    const file = openSafetensors(path);
    expect(() => file.read('w')).toThrow(/field dtype is I8/);
    file.close();
  });
});
