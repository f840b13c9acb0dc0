/**
 * @file Which build a folder belongs to. Resuming needs the same input, teacher and options, or the output would be a
 * mixture; a folder of another build is refused instead of mixed or overwritten.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { canonicalJson } from '../../kernel/content-hash.ts';
import { inputError } from '../../kernel/errors.ts';
import type { BuildOptions } from './build-options.ts';

/** Raise it when the meaning of the output changes, so that old folders are not resumed. */
const BUILD_VERSION = 1;

/** Writes DIR/build.json the first time and compares with it afterwards. */
export function claimDirectory(
  directory: string,
  teacher: string,
  options: BuildOptions,
  input: unknown,
): void {
  const { reflection, prompts, curation, shard, seed } = options;
  const identity = {
    version: BUILD_VERSION,
    teacher,
    reflection,
    prompts,
    curation,
    shard,
    seed,
    input,
  };
  const path = join(directory, 'build.json');
  const text = `${JSON.stringify(identity, null, 2)}\n`;
  if (!existsSync(path)) {
    writeFileAtomic(path, text);
    return;
  }
  const known = parse(path);
  const different = Object.entries(JSON.parse(text) as Record<string, unknown>)
    .filter(([key, value]) => canonicalJson(value) !== canonicalJson(known[key]))
    .map(([key]) => key);
  if (different.length > 0)
    throw inputError(
      `${directory} holds another build: ${different.join(', ')} differ (see ${path})`,
      'choose another output folder, or remove this one to start anew',
    );
}

function parse(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (thrown) {
    throw inputError(`${path} is not JSON`, 'remove the output folder to start anew', thrown);
  }
}
