/** @file The vulnerable functions of a fix commit, with what the caller knows about the weakness; shared by git and OSV. */
import { detectLanguage } from '../../code/languages.ts';
import { cweListOf, functionOf } from './fields.ts';
import { EXTRACTED, functionChanges } from './function-changes.ts';
import type { CommitInfo, GitRepository } from './git-repository.ts';
import type { ImportEntry, ImportOptions } from './importer.ts';

export interface Weakness {
  readonly cve?: string | undefined;
  readonly cwe: readonly string[];
  readonly description?: string | undefined;
  readonly dataset: string;
  readonly license?: string | undefined;
}

const TEST_FILE =
  /(?:^|\/)(?:tests?|__tests__|spec|testdata|fixtures)\/|(?:[._-](?:test|spec)|_test)\.\w+$|(?:^|\/)test_[^/]+\.py$/i;
const LARGEST_FILE_CHARACTERS = 4_000_000;

/** Identifiers of weaknesses that a commit message names. */
export const weaknessInMessage = (message: string): { cve?: string; cwe: string[] } => {
  const cve = /\bCVE-\d{4}-\d{4,}\b/i.exec(message)?.[0].toUpperCase();
  return { ...(cve === undefined ? {} : { cve }), cwe: cweListOf([message]) };
};

/** One entry per changed function; one rejection per changed file that gives none, with the reason. */
export async function* functionsOfCommit(
  repository: GitRepository,
  commit: CommitInfo,
  weakness: Weakness,
  options: ImportOptions,
): AsyncGenerator<ImportEntry> {
  const place = `${repository.folder}@${commit.hash.slice(0, 12)}`;
  if (commit.parent === '') {
    yield {
      ok: false,
      file: place,
      line: 0,
      reason: 'no-function',
      detail: 'the first commit of a repository has no state before it',
    };
    return;
  }
  const inMessage = weaknessInMessage(commit.message);
  for (const changed of repository.changedFiles(commit)) {
    const file = `${place}:${changed.before}`;
    const language = detectLanguage('', changed.before);
    const reject = (
      reason: 'unsupported-language' | 'test-code' | 'no-function' | 'source-missing',
      detail: string,
    ): ImportEntry => ({ ok: false, file, line: 0, reason, detail });
    if (!EXTRACTED.has(language)) {
      yield reject('unsupported-language', `functions of "${changed.before}" cannot be told apart`);
      continue;
    }
    if (TEST_FILE.test(changed.before)) {
      yield reject('test-code', 'a test that came with the fix, not the vulnerable code');
      continue;
    }
    const before = repository.textAt(commit.parent, changed.before);
    const after = repository.textAt(commit.hash, changed.after);
    if (before === undefined || after === undefined) {
      yield reject('source-missing', 'binary, or not in this clone');
      continue;
    }
    if (before.length > LARGEST_FILE_CHARACTERS) {
      yield reject('no-function', `file of ${before.length} characters is too large`);
      continue;
    }
    const spoken = language === 'c' ? detectLanguage(before, changed.before) : language;
    const changes = await functionChanges(spoken, before, after);
    if (changes.length === 0)
      yield reject(
        'no-function',
        'the change lies outside functions, or only adds or removes whole ones',
      );
    for (const change of changes)
      yield {
        ok: true,
        file,
        line: change.line,
        record: functionOf({
          language: spoken,
          code: change.before,
          upstreamFix: change.after,
          cwe: weakness.cwe.length > 0 ? weakness.cwe : inMessage.cwe,
          cve: weakness.cve ?? inMessage.cve,
          commitMessage: commit.message,
          description: weakness.description,
          source: {
            dataset: weakness.dataset,
            project: repository.project,
            commit: commit.hash,
            file: changed.before,
            url: repository.url,
            license: options.license ?? weakness.license ?? repository.licenseAt(commit.hash),
            date: commit.date,
            recordId: `${commit.hash}:${changed.before}:${change.line}`,
          },
        }),
      };
  }
}
