/**
 * @file PrimeVul v0.1 (Ding et al. 2024), JSONL. Paired files hold consecutive rows, the vulnerable function (target 1)
 * and its fix (target 0) of one commit; unpaired files hold single functions, of which only target 1 are records.
 * Which of the two a file is, its first two rows say. Hashes have 128 bits and stay text.
 * {"idx": 194999, "project": "hhvm", "commit_id": "08193b..", "target": 1, "func": "..", "func_hash": 2382..., "cwe": [..], "cve": ".."}
 */
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';
import { cFamilyLanguageOf, codeOf, cweListOf, functionOf, textOf } from '../fields.ts';
import {
  type Converted,
  type ImportOptions,
  type RowReader,
  type Sample,
  rowImporter,
} from '../importer.ts';

type Row = Record<string, unknown>;

const COLUMNS = ['func', 'target', 'commit_id', 'cwe'] as const;

const isVulnerable = (row: Row): boolean => Number(row.target) === 1;

/** First row vulnerable, second its fix in the same commit. */
const looksPaired = ({ rows: [first, second] }: Sample): boolean =>
  first !== undefined &&
  second !== undefined &&
  isVulnerable(first) &&
  !isVulnerable(second) &&
  first.commit_id === second.commit_id &&
  first.file_name === second.file_name;

function recordOf(row: Row, options: ImportOptions, fix?: Row): VulnerableFunction {
  const file = textOf(row, 'file_name');
  const code = codeOf(row, 'func');
  const hash = textOf(row, 'func_hash');
  const fixHash = fix === undefined ? undefined : textOf(fix, 'func_hash');
  const fileHash = textOf(row, 'file_hash');
  const fixedFileHash = fix === undefined ? undefined : textOf(fix, 'file_hash');
  const hashes = {
    ...(hash ? { func_hash: hash } : {}),
    ...(fileHash ? { file_hash: fileHash } : {}),
    ...(fixHash ? { fixed_func_hash: fixHash } : {}),
    ...(fixedFileHash ? { fixed_file_hash: fixedFileHash } : {}),
  };
  return functionOf({
    language: cFamilyLanguageOf(code, file),
    code,
    upstreamFix: fix === undefined ? undefined : codeOf(fix, 'func'),
    cwe: cweListOf(row.cwe),
    cve: textOf(row, 'cve'),
    commitMessage: textOf(row, 'commit_message'),
    description: textOf(row, 'cve_desc'),
    source: {
      dataset: 'PrimeVul v0.1',
      project: textOf(row, 'project'),
      commit: textOf(row, 'commit_id'),
      file,
      url: textOf(row, 'commit_url'),
      license: options.license ?? 'MIT',
      recordId: hash ?? textOf(row, 'idx'),
      hashes: Object.keys(hashes).length > 0 ? hashes : undefined,
    },
  });
}

/** The row's own index, to tell which one was left out. */
const nameOf = (row: Row): { id?: string } => {
  const id = textOf(row, 'func_hash') ?? textOf(row, 'idx');
  return id === undefined ? {} : { id };
};

const empty = (row: Row): Converted => ({
  ok: false,
  reason: 'empty-code',
  detail: 'the row has no function text',
  ...nameOf(row),
});

function openUnpaired(options: ImportOptions): RowReader {
  return {
    take(row) {
      if (!isVulnerable(row))
        return {
          ok: false,
          reason: 'not-vulnerable',
          detail: 'target is 0: recorded as not vulnerable',
          ...nameOf(row),
        };
      if (codeOf(row, 'func').trim() === '') return empty(row);
      return { ok: true, record: recordOf(row, options) };
    },
  };
}

function openPaired(options: ImportOptions): RowReader {
  let waiting: { row: Row; line: number } | undefined;
  const unpaired = (row: Row, line: number): Converted => ({
    ok: false,
    line,
    reason: 'unpaired',
    detail: isVulnerable(row)
      ? 'a vulnerable row that its fixed row does not follow'
      : 'a fixed row without its vulnerable row before it',
    ...nameOf(row),
  });
  return {
    take(row, line) {
      const before = waiting;
      waiting = undefined;
      if (isVulnerable(row)) {
        waiting = { row, line };
        return before === undefined ? [] : [unpaired(before.row, before.line)];
      }
      if (before === undefined) return unpaired(row, line);
      if (before.row.commit_id !== row.commit_id)
        return [unpaired(before.row, before.line), unpaired(row, line)];
      const code = codeOf(before.row, 'func');
      if (code.trim() === '' || codeOf(row, 'func').trim() === '')
        return { ...empty(before.row), line: before.line };
      return { ok: true, line: before.line, record: recordOf(before.row, options, row) };
    },
    end: () => (waiting === undefined ? [] : [unpaired(waiting.row, waiting.line)]),
  };
}

export const primevulPaired = rowImporter({
  format: 'primevul-paired',
  title: 'PrimeVul v0.1, paired',
  columns: COLUMNS,
  recognises: looksPaired,
  open: openPaired,
});

export const primevul = rowImporter({
  format: 'primevul',
  title: 'PrimeVul v0.1, unpaired',
  columns: COLUMNS,
  open: openUnpaired,
});
