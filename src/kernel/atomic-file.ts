/** @file Files that are either the old or the new content, never half of either: write aside, fsync, rename. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  const file = openSync(aside, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
}

/** Makes a folder appear whole: `fill` writes into a folder beside it, which is then renamed into place. */
export async function writeFolderAtomic(
  path: string,
  fill: (aside: string) => Promise<void> | void,
): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  try {
    await fill(aside);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw error;
  }
  const old = `${path}.${process.pid}.old`;
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(path, old);
  } catch {
    // Nothing was there before.
  }
  renameSync(aside, path);
  rmSync(old, { recursive: true, force: true });
}
