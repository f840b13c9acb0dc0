/** @file A CWEval task in its parts: what a model is shown, the entry that stays, its tests, its unsafe variant; read from a record or the benchmark's folder. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Language } from '../../data/vulnerable-function.ts';
import { filesUnder } from './folder-files.ts';

export const rowSchema = z.object({
  task_id: z.string(),
  language: z.string(),
  files: z.record(z.string(), z.string().nullable()),
});
export type Row = z.infer<typeof rowSchema>;

export const LANGUAGES: Readonly<Record<string, Language>> = {
  py: 'python',
  python: 'python',
  js: 'javascript',
  c: 'c',
  cpp: 'cpp',
  go: 'go',
};
export interface Parts {
  readonly language: Language;
  /** core (any language), lang (memory errors in C and C++) or unknown: the benchmark's two parts. */
  readonly folder: 'core' | 'lang' | 'unknown';
  /** e.g. cwe_022_0 or cwe_022_0_c: what file names begin with. */
  readonly stem: string;
  readonly taskFile: string;
  readonly task: string;
  readonly unsafe: string | null;
  readonly test: string;
}

export function partsOf(row: Row): Parts | null {
  const language = LANGUAGES[row.language];
  const taskFile = Object.keys(row.files).find((name) => /_task\.\w+$/.test(name));
  const testFile = Object.keys(row.files).find((name) => /_test\.py$/.test(name));
  if (!language || !taskFile || !testFile) return null;
  const unsafe =
    Object.entries(row.files).find(([name]) => /_unsafe\.\w+$/.test(name))?.[1] ?? null;
  const task = row.files[taskFile];
  const test = row.files[testFile];
  if (!task || !test) return null;
  const folder = /^(core|lang)\//.exec(row.task_id)?.[1] as 'core' | 'lang' | undefined;
  const stem = testFile.replace(/_test\.py$/, '');
  return { language, folder: folder ?? 'unknown', stem, taskFile, task, unsafe, test };
}

const SOLUTION = /^[ \t]*(?:\/\/|#) BEGIN SOLUTION.*\n/m;
const ENTRY = /^[ \t]*(?:\/\/|#) BEGIN ENTRYPOINT.*\n/m;

/** What a model is shown, and what follows the solution (the command-line entry the tests call). */
export function sectionsOf(task: string): { prompt: string; entry: string } {
  const solution = SOLUTION.exec(task);
  const entry = ENTRY.exec(task);
  const promptText = (solution ? task.slice(0, solution.index) : task).replace(
    /^[ \t]*(?:\/\/|#) BEGIN PROMPT.*\n/gm,
    '',
  );
  return { prompt: promptText, entry: entry ? task.slice(entry.index) : '' };
}

/** The benchmark's own folder, or core/ or lang/ of it: files grouped by language and stem. */
export function rowsOfFolder(folder: string): Row[] {
  const rows = new Map<string, Row>();
  for (const path of filesUnder(folder)) {
    const match =
      /(?:^|\/)((?:core|lang)\/)?(py|js|c|cpp|go)\/(cwe_\d+_\d+(?:_\w+?)?)_(task|unsafe|test)\.\w+$/.exec(
        `${resolve(folder)}/${path}`,
      );
    if (!match) continue;
    const id = `${match[1] ?? ''}${match[2]}/${match[3]}`;
    const row = rows.get(id) ?? { task_id: id, language: match[2]!, files: {} };
    rows.set(id, row);
    row.files[path.split('/').pop()!] = readFileSync(`${folder}/${path}`, 'utf8');
  }
  return [...rows.values()].filter((row) =>
    Object.keys(row.files).some((name) => name.includes('_task.')),
  );
}
