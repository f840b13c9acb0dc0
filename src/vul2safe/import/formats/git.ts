/**
 * @file A local git repository and fix commits (`--commits A,B` or `--range A..B`): every function that such a commit
 * changed, before and after, for C/C++, Python, JavaScript/TypeScript, Java and Go. Which commits fix something is the
 * caller's claim; the reflection loop judges it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inputError, usageError } from '../../../kernel/errors.ts';
import { functionsOfCommit } from '../commit-functions.ts';
import { openGitRepository } from '../git-repository.ts';
import type { Importer } from '../importer.ts';

export const git: Importer = {
  format: 'git',
  title: 'git repository and fix commits',
  expects: 'a clone, with --commits or --range',
  recognises: (sample) => sample.container === 'folder' && existsSync(join(sample.path, '.git')),
  async *read(input, options) {
    const repository = openGitRepository(input);
    if (options.commits === undefined && options.range === undefined)
      throw usageError(
        `${input}: which commits are fixes?`,
        'name them with --commits A,B or --range A..B',
      );
    const revisions = [
      ...(options.commits
        ?.split(',')
        .map((name) => name.trim())
        .filter(Boolean) ?? []),
      ...(options.range === undefined ? [] : repository.commitsIn(options.range)),
    ];
    if (revisions.length === 0)
      throw inputError(
        `${input}: no commit in ${options.range ?? '--commits'}`,
        'check the order of the range',
      );
    for (const revision of revisions) {
      const commit = repository.commit(revision);
      if (commit === undefined) {
        yield {
          ok: false,
          file: input,
          line: 0,
          reason: 'source-missing',
          detail: `no commit "${revision}" in this clone`,
          id: revision,
        };
        continue;
      }
      yield* functionsOfCommit(repository, commit, { cwe: [], dataset: 'git' }, options);
    }
  },
};
