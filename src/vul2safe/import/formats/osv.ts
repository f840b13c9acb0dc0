/**
 * @file OSV records (https://ossf.github.io/osv-schema/) with local clones: fix commits come from `fixed` events of GIT
 * ranges and from FIX references; their functions are read from `--root DIR`, where the clone of github.com/owner/name
 * lies as DIR/owner/name, DIR/owner__name or DIR/name. Input: one record, a JSONL file, or a folder of records. Never fetches.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { inputError, messageOf, usageError } from '../../../kernel/errors.ts';
import { functionsOfCommit } from '../commit-functions.ts';
import { readRows, sniffContainer } from '../containers.ts';
import { readDocument } from '../document.ts';
import { commitPlaceOf, cweListOf } from '../fields.ts';
import { openGitRepository } from '../git-repository.ts';
import { type ImportEntry, type ImportOptions, type Importer, hasColumns } from '../importer.ts';

const osvSchema = z.object({
  id: z.string(),
  aliases: z.array(z.string()).default([]),
  summary: z.string().optional(),
  details: z.string().optional(),
  affected: z
    .array(
      z.object({
        ranges: z
          .array(
            z.object({
              type: z.string(),
              repo: z.string().optional(),
              events: z.array(z.record(z.string(), z.string())).default([]),
            }),
          )
          .default([]),
        database_specific: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
  references: z.array(z.object({ type: z.string(), url: z.string() })).default([]),
  database_specific: z.record(z.string(), z.unknown()).default({}),
});
type OsvRecord = z.infer<typeof osvSchema>;

export const osv: Importer = {
  format: 'osv',
  title: 'OSV records with local clones',
  expects: 'records with id and affected, and --root with the clones',
  recognises: (sample) => hasColumns(sample.document ?? sample.rows[0], ['id', 'affected']),
  async *read(input, options) {
    const root = options.root;
    if (root === undefined)
      throw usageError(`${input}: where are the clones?`, 'name the folder with --root DIR');
    if (!existsSync(root)) throw inputError(`no such folder: ${root}`, 'check --root');
    for (const { file, line, value } of recordsIn(input))
      yield* entriesOf(file, line, value, root, options);
    for await (const { file, line, value } of rowsIn(input))
      yield* entriesOf(file, line, value, root, options);
  },
};

interface Placed {
  readonly file: string;
  readonly line: number;
  readonly value: unknown;
}

/** Records that fill a file each. */
function* recordsIn(input: string): Generator<Placed> {
  const container = sniffContainer(input);
  if (container === 'json-object') yield { file: input, line: 1, value: readDocument(input) };
  if (container !== 'folder') return;
  const files = readdirSync(input, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (files.length === 0) throw inputError(`${input}: no .json record in this folder`);
  for (const name of files) {
    const file = join(input, name);
    try {
      yield { file, line: 1, value: readDocument(file) };
    } catch (thrown) {
      yield { file, line: 1, value: messageOf(thrown) };
    }
  }
}

async function* rowsIn(input: string): AsyncGenerator<Placed> {
  const container = sniffContainer(input);
  if (container !== 'jsonl' && container !== 'json-array') return;
  for await (const row of readRows(input))
    yield { file: input, line: row.line, value: row.ok ? row.row : row.detail };
}

async function* entriesOf(
  file: string,
  line: number,
  value: unknown,
  root: string,
  options: ImportOptions,
): AsyncGenerator<ImportEntry> {
  const parsed = osvSchema.safeParse(value);
  if (!parsed.success) {
    const detail = typeof value === 'string' ? value : z.prettifyError(parsed.error);
    yield { ok: false, file, line, reason: 'malformed', detail };
    return;
  }
  const record = parsed.data;
  const reject = (detail: string): ImportEntry => ({
    ok: false,
    file,
    line,
    reason: 'source-missing',
    detail,
    id: record.id,
  });
  const fixes = fixesOf(record);
  if (fixes.length === 0) yield reject('the record names no fix commit');
  for (const { repo, commit: hash } of fixes) {
    const clone = findClone(root, repo);
    if (clone === undefined) {
      yield reject(`no clone of ${repo} under ${root}`);
      continue;
    }
    const repository = openGitRepository(clone);
    const commit = repository.commit(hash);
    if (commit === undefined) {
      yield reject(`no commit ${hash} in ${clone}`);
      continue;
    }
    yield* functionsOfCommit(repository, commit, weaknessOf(record), options);
  }
}

const weaknessOf = (record: OsvRecord) => ({
  cve: [record.id, ...record.aliases].find((name) => /^CVE-/i.test(name)),
  cwe: cweListOf([
    ...[record.database_specific, ...record.affected.map((one) => one.database_specific)].flatMap(
      (specific) => [JSON.stringify(specific.cwe_ids ?? ''), JSON.stringify(specific.cwes ?? '')],
    ),
  ]),
  description: record.details ?? record.summary,
  dataset: 'OSV',
});

function fixesOf(record: OsvRecord): { repo: string; commit: string }[] {
  const found = new Map<string, { repo: string; commit: string }>();
  const add = (repo: string | undefined, commit: string | undefined): void => {
    if (repo && commit && /^[0-9a-f]{6,40}$/i.test(commit)) found.set(commit, { repo, commit });
  };
  for (const range of record.affected.flatMap((one) => one.ranges))
    if (range.type === 'GIT') for (const event of range.events) add(range.repo, event.fixed);
  for (const { type, url } of record.references) {
    const place = commitPlaceOf(url);
    if (type === 'FIX' && place.project !== undefined)
      add(url.replace(/\/(?:-\/)?commit\/.*$/, ''), place.commit);
  }
  return [...found.values()];
}

/** The clone's folder, or undefined. */
function findClone(root: string, repo: string): string | undefined {
  const project = commitPlaceOf(repo).project ?? basename(repo).replace(/\.git$/, '');
  if (project.split('/').some((part) => part === '..' || part === '.')) return undefined;
  const name = basename(project);
  return [project, project.replace('/', '__'), name, `${name}.git`]
    .map((folder) => join(root, folder))
    .find((folder) => existsSync(folder));
}
