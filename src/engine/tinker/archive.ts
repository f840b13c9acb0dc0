/**
 * @file Folders as tar.gz, as checkpoints travel: the plain ustar form, regular files only. Names with a way out of the
 * folder are refused. Whole in memory: adapters and small models, not 70B weights.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { inputError } from '../../kernel/errors.ts';

const BLOCK = 512;

export function packFolder(folder: string): Buffer {
  const parts: Buffer[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    const name = relative(folder, path).split(sep).join('/');
    parts.push(header(name, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1)));
  }
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 1 });
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw inputError(`file name too long for an archive: ${name}`);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** @returns the names written. @throws inputError on anything that is no such archive. */
export function unpackInto(folder: string, archive: Uint8Array): string[] {
  const bytes = archive[0] === 0x1f ? gunzipSync(archive) : Buffer.from(archive);
  const names: string[] = [];
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const text = (from: number, length: number): string =>
      bytes.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    if (text(0, 100) === '') break;
    const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
    const name = `${prefix ? `${prefix}/` : ''}${text(0, 100)}`;
    const size = Number.parseInt(text(124, 12).trim() || '0', 8);
    const start = at + BLOCK;
    if (!Number.isFinite(size) || start + size > bytes.length)
      throw inputError(`the archive is broken at ${name}`, 'download it again');
    const kind = text(156, 1);
    if (kind === '' || kind === '0') {
      const inside = name.replace(/^(?:\.\/)+/, '');
      if (inside.startsWith('/') || inside.split(/[\\/]/).includes('..'))
        throw inputError(`the archive names a file outside of its folder: ${name}`);
      mkdirSync(dirname(join(folder, inside)), { recursive: true });
      writeFileSync(join(folder, inside), bytes.subarray(start, start + size));
      names.push(inside);
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  if (names.length === 0) throw inputError('the archive holds no file');
  return names;
}
