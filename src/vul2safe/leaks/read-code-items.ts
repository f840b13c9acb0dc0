/**
 * @file The functions of anything one may train or evaluate on: every format `import` knows, benchmark files (HumanEval,
 * MBPP, CWEval and their kind: rows with a solution field), source files and folders of them.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { detectLanguage } from '../../code/languages.ts';
import { Vul2SafeError, inputError } from '../../kernel/errors.ts';
import { readRows, sniffContainer } from '../import/containers.ts';
import { expandInput, importerFor } from '../import/detect.ts';
import { declaredLanguage } from '../import/fields.ts';
import { EXTRACTED, functionsOfText } from '../import/function-changes.ts';
import { importRecords } from '../import/import-records.ts';
import { type CodeItem, codeItemsOf, type EvaluationSet } from './find-leaks.ts';

/** Fields of benchmark rows that hold code. */
const CODE_FIELDS = [
  'canonical_solution',
  'solution',
  'reference_solution',
  'raw_solution',
  'new_solution',
  'code',
  'func',
  'function',
  'content',
  'source_code',
];

/** `format` as for import; "auto" also takes benchmark rows and source code. Throws an input error for anything else. */
export async function* readCodeItems(path: string, format = 'auto'): AsyncGenerator<CodeItem> {
  const container = sniffContainer(path);
  if (container === 'folder') {
    const inputs = ownFileIn(path) ?? dataFilesIn(path);
    if (inputs === undefined) yield* sourceFolder(path);
    else for (const input of inputs) yield* readCodeItems(input, format);
    return;
  }
  if (format !== 'auto' || (await isKnown(path))) {
    let line = 0;
    for await (const entry of importRecords(format, [path])) {
      line++;
      if (!entry.ok) continue;
      // Equal records share a content id; the line keeps them apart.
      yield* codeItemsOf({
        ...entry.record,
        id: `${entry.record.source?.recordId ?? entry.record.id}@${line}`,
      });
    }
    return;
  }
  if (container === 'unknown' || container === 'json-object') yield* sourceFile(path, path);
  else yield* benchmarkRows(path);
}

async function isKnown(path: string): Promise<boolean> {
  try {
    await importerFor('auto', path);
    return true;
  } catch (thrown) {
    if (Vul2SafeError.isInstance(thrown) && thrown.code === 'input') return false;
    throw thrown;
  }
}

/** Of a build folder its pairs, of an exported data set its train rows; the other files there repeat or describe them. */
function ownFileIn(folder: string): string[] | undefined {
  const file = ['pairs.jsonl', 'train.jsonl']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path) && existsSync(join(folder, 'stats.json')));
  return file === undefined ? undefined : [file];
}

function dataFilesIn(folder: string): string[] | undefined {
  try {
    const inputs = expandInput(folder);
    return inputs[0] === folder ? undefined : inputs;
  } catch {
    return undefined;
  }
}

async function* benchmarkRows(path: string): AsyncGenerator<CodeItem> {
  let found = 0;
  let columns: string[] = [];
  for await (const entry of readRows(path)) {
    if (!entry.ok) continue;
    const { row } = entry;
    columns = Object.keys(row);
    const id = `${String(row.task_id ?? row.id ?? 'row')}@${entry.line}`;
    const language = declaredLanguage(typeof row.language === 'string' ? row.language : undefined);
    for (const text of codesOf(row)) {
      found++;
      yield {
        id,
        side: 'code',
        language: language === 'unknown' ? detectLanguage(text) : language,
        code: text,
      };
    }
  }
  if (found === 0)
    throw inputError(
      `${path}: no code in it; found columns ${columns.slice(0, 20).join(', ')}`,
      `expected a format that import knows, or one of the fields ${CODE_FIELDS.join(', ')}`,
    );
}

/** HumanEval's solution is only the body: the prompt before it belongs to it. CWEval keeps whole files. */
function codesOf(row: Record<string, unknown>): string[] {
  const { files } = row;
  if (typeof files === 'object' && files !== null)
    return Object.values(files).filter((text): text is string => typeof text === 'string');
  return CODE_FIELDS.flatMap((field) => {
    const text = row[field];
    if (typeof text !== 'string' || text.trim() === '') return [];
    return field === 'canonical_solution' && typeof row.prompt === 'string'
      ? [row.prompt + text]
      : [text];
  });
}

async function* sourceFolder(folder: string): AsyncGenerator<CodeItem> {
  let files = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/(?:^|\/)(?:\.git|node_modules)(?:\/|$)/.test(name)) continue;
    const path = join(folder, name);
    if (!statSync(path).isFile() || detectLanguage('', name) === 'unknown') continue;
    files++;
    yield* sourceFile(path, name);
  }
  if (files === 0) throw inputError(`${folder}: neither data nor source files in it`);
}

/** The functions of a file, or the whole file where its functions cannot be told. */
async function* sourceFile(path: string, name: string): AsyncGenerator<CodeItem> {
  const text = readFileSync(path, 'utf8');
  const language = detectLanguage(text, path);
  if (language === 'unknown')
    throw inputError(`${path}: neither data of a known format nor source code of a known language`);
  const functions = EXTRACTED.has(language) ? await functionsOfText(language, text) : [];
  const outer = functions.filter((one) => one.depth === 0);
  for (const one of outer)
    yield {
      id: `${name}:${one.name}@${one.start}`,
      side: 'code',
      language,
      code: text.slice(one.start, one.end),
    };
  if (outer.length === 0) yield { id: name, side: 'code', language, code: text };
}

/** Evaluation sets under short names, in the order given. */
export const evaluationSetsOf = (paths: readonly string[], format = 'auto'): EvaluationSet[] =>
  namesOf(paths).map((name, at) => ({ name, items: readCodeItems(paths[at]!, format) }));

/** Short names, with as much of the folder as tells them apart. */
function namesOf(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path));
  const withFolder = paths.map((path) => `${basename(dirname(path))}/${basename(path)}`);
  return short.map((name, at) => {
    if (short.filter((other) => other === name).length === 1) return name;
    const longer = withFolder[at]!;
    return withFolder.filter((other) => other === longer).length === 1 ? longer : paths[at]!;
  });
}
