#!/usr/bin/env node
// Starts the compiled command line. In a source checkout whose build is missing or older than the
// sources, it runs the project's own build step first, so that `npx vul2safe` works right after `npm ci`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'dist', 'cli', 'main.js');
const stamp = join(root, 'dist', '.tsbuildinfo');

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

const sources = join(root, 'src');
const stale =
  existsSync(sources) &&
  (!existsSync(entry) || !existsSync(stamp) || statSync(stamp).mtimeMs < newestSource(sources));
if (stale) {
  process.stderr.write('vul2safe: building from source (a few seconds, once) ...\n');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const built = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0 && !existsSync(entry)) {
    process.stderr.write('vul2safe: the build failed; run `npm ci` and then `npm run build`.\n');
    process.exit(3);
  }
}
await import(pathToFileURL(entry).href);
