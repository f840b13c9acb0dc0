/**
 * @file Reading a local git repository through the git program: arguments only (no shell), revisions checked, nothing of
 * the repository's own configuration that could run a command (hooks, fsmonitor, external diff, text conversion).
 * Never fetches, never writes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { inputError, messageOf, missingError, usageError } from '../../kernel/errors.ts';
import { commitPlaceOf } from './fields.ts';

const LARGEST_BLOB_BYTES = 64 << 20;
const REVISION = /^[A-Za-z0-9_][\w./~^@{}+-]*$/;

export interface ChangedFile {
  readonly before: string;
  readonly after: string;
}

export interface CommitInfo {
  readonly hash: string;
  readonly parent: string;
  readonly message: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface GitRepository {
  readonly folder: string;
  /** owner/name of its origin, else the folder's name. */
  readonly project: string;
  readonly url: string | undefined;
  /** SPDX id of the licence file at a commit, where it is a common one. */
  licenseAt(commit: string): string | undefined;
  commit(revision: string): CommitInfo | undefined;
  /** Commits of `A..B`, oldest first, merges left out. */
  commitsIn(range: string): string[];
  changedFiles(commit: CommitInfo): ChangedFile[];
  /** Undefined where the file is binary or absent. */
  textAt(commit: string, path: string): string | undefined;
}

export function openGitRepository(path: string): GitRepository {
  const folder = resolve(path);
  if (!existsSync(folder)) throw inputError(`no such folder: ${path}`, 'check the path');
  const git = (...args: string[]): string => runGit(folder, args);
  try {
    git('rev-parse', '--git-dir');
  } catch (thrown) {
    throw inputError(`${path}: not a git repository: ${messageOf(thrown).split('\n').at(-1)}`);
  }
  const attempt = (...args: string[]): string | undefined => {
    try {
      return git(...args);
    } catch {
      return undefined;
    }
  };
  const origin = attempt('config', '--get', 'remote.origin.url')?.trim();
  const place = commitPlaceOf(origin?.replace(/^git@([^:]+):/, 'https://$1/'));
  const licenses = new Map<string, string | undefined>();
  const repository: GitRepository = {
    folder,
    project: place.project ?? basename(folder),
    url: place.url,
    commit(revision) {
      assertRevision(revision);
      const shown = attempt(
        'show',
        '-s',
        '--format=%H%x00%P%x00%cI%x00%B',
        '--end-of-options',
        `${revision}^{commit}`,
      );
      if (shown === undefined) return undefined;
      const [hash = '', parents = '', date = '', message = ''] = shown.split('\0');
      return { hash, parent: parents.split(' ')[0] ?? '', date, message: message.trim() };
    },
    commitsIn(range) {
      const [from, to, ...rest] = range.split('..');
      if (!from || !to || rest.length > 0)
        throw usageError(`"${range}" is not a range`, 'write it as A..B');
      assertRevision(from);
      assertRevision(to);
      const listed = attempt(
        'rev-list',
        '--reverse',
        '--no-merges',
        '--end-of-options',
        `${from}..${to}`,
      );
      if (listed === undefined)
        throw inputError(
          `${path}: cannot list ${range}`,
          'check that both ends exist in this clone',
        );
      return listed.split('\n').filter(Boolean);
    },
    changedFiles(commit) {
      const listed = git(
        'diff-tree',
        '-r',
        '-M',
        '-z',
        '--no-commit-id',
        '--name-status',
        '--no-ext-diff',
        '--diff-filter=MR',
        '--end-of-options',
        commit.parent,
        commit.hash,
      );
      const fields = listed.split('\0').filter((field) => field !== '');
      const files: ChangedFile[] = [];
      for (let i = 0; i < fields.length; ) {
        const renamed = fields[i]!.startsWith('R');
        const before = fields[i + 1] ?? '';
        files.push({ before, after: renamed ? (fields[i + 2] ?? before) : before });
        i += renamed ? 3 : 2;
      }
      return files;
    },
    textAt(commit, file) {
      const text = attempt('cat-file', 'blob', `${commit}:${file}`);
      return text === undefined || text.slice(0, 8000).includes('\0') ? undefined : text;
    },
    licenseAt(commit) {
      if (!licenses.has(commit)) {
        if (licenses.size > 1000) licenses.clear();
        const names = (
          attempt('ls-tree', '--name-only', '-z', '--end-of-options', commit) ?? ''
        ).split('\0');
        const name = names.find((file) => /^(?:licen[cs]e|copying)(?:\.\w+)?$/i.test(file));
        licenses.set(
          commit,
          name === undefined ? undefined : spdxOf(repository.textAt(commit, name) ?? ''),
        );
      }
      return licenses.get(commit);
    },
  };
  return repository;
}

function assertRevision(revision: string): void {
  if (!REVISION.test(revision))
    throw usageError(`"${revision}" is not a git revision`, 'give a commit hash, tag or branch');
}

function runGit(folder: string, args: readonly string[]): string {
  try {
    return execFileSync(
      'git',
      [
        '-C',
        folder,
        '-c',
        'core.fsmonitor=false',
        '-c',
        'core.hooksPath=/dev/null',
        '-c',
        'core.quotePath=false',
        '--no-pager',
        ...args,
      ],
      {
        encoding: 'utf8',
        maxBuffer: LARGEST_BLOB_BYTES,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          GIT_TERMINAL_PROMPT: '0',
          GIT_OPTIONAL_LOCKS: '0',
          GIT_NO_LAZY_FETCH: '1',
          LC_ALL: 'C',
        },
      },
    );
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      throw missingError('the program git was not found', 'install git, or import another format');
    throw thrown;
  }
}

const LICENSES: readonly (readonly [RegExp, string])[] = [
  [/Apache License\s+Version 2\.0/i, 'Apache-2.0'],
  [/Mozilla Public License Version 2\.0/i, 'MPL-2.0'],
  [/GNU AFFERO GENERAL PUBLIC LICENSE/i, 'AGPL-3.0'],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i, 'LGPL-3.0'],
  [/GNU LESSER GENERAL PUBLIC LICENSE/i, 'LGPL-2.1'],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 3/i, 'GPL-3.0'],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 2/i, 'GPL-2.0'],
  [/Permission is hereby granted, free of charge/i, 'MIT'],
  [/Redistribution and use in source and binary forms[\s\S]*Neither the name/i, 'BSD-3-Clause'],
  [/Redistribution and use in source and binary forms/i, 'BSD-2-Clause'],
  [/Permission to use, copy, modify, and\/or distribute/i, 'ISC'],
];

/** By the words of the licence text; undefined rather than a guess. */
export const spdxOf = (text: string): string | undefined =>
  LICENSES.find(([words]) => words.test(text))?.[1];
