/** @file Files of a benchmark folder in a stable order, links not followed. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths relative to the folder, sorted. */
export function filesUnder(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = prefix ? `${prefix}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : filesUnder(folder, path);
      return entry.isFile() ? [path] : [];
    });
}
