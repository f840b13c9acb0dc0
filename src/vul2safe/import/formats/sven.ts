/**
 * @file SVEN (He & Vechev 2023) and SafeCoder (He et al. 2024), JSONL: func_src_before/after with the characters that the
 * fix changed: {"char_changes": {"deleted": [{"char_start", "char_end", "chars"}], "added": [..]}}, offsets in code points.
 * They become the record's marks; a row whose offsets do not hit the characters it quotes is refused, not guessed at.
 */
import { createOffsetMap } from '../../../data/offsets.ts';
import type { Range } from '../../../data/offsets.ts';
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';
import { codeOf, commitPlaceOf, cweListOf, functionOf, languageOf, textOf } from '../fields.ts';
import { type Converted, type ImportOptions, rowImporter } from '../importer.ts';
import { z } from 'zod';

const changeSchema = z.object({
  char_start: z.number().int().nonnegative(),
  char_end: z.number().int().nonnegative(),
  chars: z.string(),
});
const changesSchema = z.object({
  deleted: z.array(changeSchema),
  added: z.array(changeSchema),
});
type Change = z.infer<typeof changeSchema>;

const COLUMNS = ['func_src_before', 'func_src_after', 'vul_type'] as const;

/** UTF-16 ranges, or a sentence about the first change that does not quote its own characters. */
function rangesOf(text: string, changes: readonly Change[]): readonly Range[] | string {
  const map = createOffsetMap(text);
  const ranges: Range[] = [];
  for (const { char_start, char_end, chars } of changes) {
    const range = { start: map.toUtf16(char_start), end: map.toUtf16(char_end) };
    if (text.slice(range.start, range.end) !== chars)
      return `characters ${char_start}..${char_end} are not ${JSON.stringify(chars.slice(0, 40))}`;
    ranges.push(range);
  }
  return ranges;
}

function marksOf(
  row: Record<string, unknown>,
  before: string,
  after: string,
): VulnerableFunction['marks'] | string {
  if (row.char_changes === undefined || row.char_changes === null) return undefined;
  const changes = changesSchema.parse(row.char_changes);
  const vulnerable = rangesOf(before, changes.deleted);
  if (typeof vulnerable === 'string') return `func_src_before: ${vulnerable}`;
  const secure = rangesOf(after, changes.added);
  if (typeof secure === 'string') return `func_src_after: ${secure}`;
  return { vulnerable: [...vulnerable], secure: [...secure] };
}

const convertAs =
  (dataset: string, options: ImportOptions) =>
  (row: Record<string, unknown>): Converted => {
    const code = codeOf(row, 'func_src_before');
    const upstreamFix = codeOf(row, 'func_src_after');
    const place = commitPlaceOf(textOf(row, 'commit_link'));
    const name = textOf(row, 'func_name');
    const recordId = place.commit === undefined ? name : `${place.commit}:${name ?? ''}`;
    const id = recordId === undefined ? {} : { id: recordId };
    if (code.trim() === '')
      return { ok: false, reason: 'empty-code', detail: '"func_src_before" is empty', ...id };
    const marks = marksOf(row, code, upstreamFix);
    if (typeof marks === 'string')
      return { ok: false, reason: 'offset-mismatch', detail: marks, ...id };
    const file = textOf(row, 'file_name');
    return {
      ok: true,
      record: functionOf({
        language: languageOf(code, file),
        code,
        upstreamFix: upstreamFix.trim() === '' ? undefined : upstreamFix,
        cwe: cweListOf(row.vul_type),
        commitMessage: textOf(row, 'commit_msg'),
        description: textOf(row, 'description'),
        marks,
        source: {
          dataset,
          project: place.project,
          commit: place.commit,
          file,
          url: place.url,
          license: options.license ?? 'MIT',
          recordId,
        },
      }),
    };
  };

export const sven = rowImporter({
  format: 'sven',
  title: 'SVEN',
  columns: COLUMNS,
  recognises: ({ rows: [first] }) => first !== undefined && !('description' in first),
  open: (options) => ({ take: convertAs('SVEN', options) }),
});

export const safecoder = rowImporter({
  format: 'safecoder',
  title: 'SafeCoder',
  columns: [...COLUMNS, 'description'],
  open: (options) => ({ take: convertAs('SafeCoder', options) }),
});
