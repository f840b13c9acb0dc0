/** @file The version a run was made with: the package's, and the commit where the sources are a checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  return manifest.version;
}

export function codeVersion(): string {
  const version = packageVersion();
  if (!existsSync(`${root}.git`)) return version;
  try {
    const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${version}+${commit.trim()}`;
  } catch {
    return version; // No git here, or not a repository of ours.
  }
}

/** The folder of the package: where `models/` lies. */
export const packageRoot = root;
