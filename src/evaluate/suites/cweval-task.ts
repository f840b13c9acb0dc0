/**
 * @file A CWEval task in its parts: what a model is shown, the entry that stays, its tests, the unsafe variant; and a program put
 * together from a model's answer.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Language } from '../../data/vulnerable-function.ts';
import { defines, extractCode } from './answer.ts';
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
  return { language, stem: testFile.replace(/_test\.py$/, ''), taskFile, task, unsafe, test };
}

const SOLUTION = /^[ \t]*(?:\/\/|#) BEGIN SOLUTION.*\n/m;
const ENTRY = /^[ \t]*(?:\/\/|#) BEGIN ENTRYPOINT.*\n/m;

/** What a model is shown, and what follows the solution (the command-line entry the tests call). */
export function sectionsOf(task: string): { prompt: string; entry: string } {
  const solution = SOLUTION.exec(task);
  const entry = ENTRY.exec(task);
  const promptText = (solution ? task.slice(0, solution.index) : task).replace(
    /^[ \t]*(?:\/\/|#) BEGIN PROMPT.*\n/m,
    '',
  );
  return { prompt: promptText, entry: entry ? task.slice(entry.index) : '' };
}

const functionName = (prompt: string, language: Language): string | undefined =>
  language === 'python'
    ? [...prompt.matchAll(/^def\s+(\w+)/gm)].pop()?.[1]
    : language === 'javascript'
      ? [...prompt.matchAll(/^(?:async\s+)?function\s+(\w+)/gm)].pop()?.[1]
      : [...prompt.matchAll(/^[\w*\s]+?\b(\w+)\s*\([^;]*$/gm)].pop()?.[1];

export function assemble(parts: Parts, answer: string): string {
  const { prompt, entry } = sectionsOf(parts.task);
  const name = functionName(prompt, parts.language);
  const code = extractCode(answer, parts.language, name);
  const hasFunction =
    name === undefined ||
    (parts.language === 'python' || parts.language === 'javascript'
      ? defines(code, name) || defines(code, `${name}_unsafe`)
      : new RegExp(`\\b${name}(?:_unsafe)?\\s*\\([^;]*\\{`).test(code) ||
        /\bint\s+main\s*\(/.test(code));
  const body = hasFunction ? code : `${prompt}${code}`;
  const hasEntry = /require\.main|\bint\s+main\s*\(/.test(body);
  return entry === '' || hasEntry ? body : `${body}\n\n${entry}`;
}

/** Python's unsafe variant stands in the test file, as <name>_unsafe. */
export function unsafeVariant(parts: Parts): string | undefined {
  if (parts.unsafe) return parts.unsafe;
  if (parts.language !== 'python') return undefined;
  const start = parts.test.search(/^(?:@\w[^\n]*\n)*def \w+_unsafe\(/m);
  if (start < 0) return undefined;
  const head = sectionsOf(parts.task).prompt.replace(/^def [\s\S]*$/m, '');
  const rest = parts.test.slice(start);
  const end = rest.slice(1).search(/^(?=\S)(?!\)|#)/m);
  const imports = [...parts.test.matchAll(/^(?:import|from) (?!pytest|cwe_)[^\n]*$/gm)].map(
    ([text]) => text,
  );
  return `${imports.join('\n')}\n${head}\n${(end < 0 ? rest : rest.slice(0, end + 1)).replaceAll('_unsafe', '')}`;
}

/** The benchmark's own folder: files grouped by language and stem. */
export function rowsOfFolder(folder: string): Row[] {
  const rows = new Map<string, Row>();
  for (const path of filesUnder(folder)) {
    const match =
      /(?:^|\/)((?:core|lang)\/)?(py|js|c|cpp|go)\/(cwe_\d+_\d+(?:_\w+?)?)_(task|unsafe|test)\.\w+$/.exec(
        path,
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
