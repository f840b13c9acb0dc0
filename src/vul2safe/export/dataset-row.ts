/** @file One row of PrimeVul+: a pair under one prompt, flat, the same columns in JSONL and Parquet. Offsets in code points. */
import { createOffsetMap, rangeToCodePoints } from '../../data/offsets.ts';
import type { OffsetMap } from '../../data/offsets.ts';
import type { ParquetColumns, ParquetType } from '../../data/parquet.ts';
import type { PromptedPair } from '../../data/prompted-pair.ts';
import type { RepairPair, Span } from '../../data/repair-pair.ts';

const SPANS: ParquetType = {
  list: { struct: { start: 'int32', end: 'int32', text: 'string', why: 'string' } },
};

export const DATASET_COLUMNS: ParquetColumns = {
  id: 'string',
  pair_id: 'string',
  prompt: 'string',
  prompt_style: 'string',
  language: 'string',
  code: 'string',
  fixed_code: 'string',
  vulnerable_spans: SPANS,
  secure_spans: SPANS,
  cwe: { list: 'string' },
  cve: 'string',
  description: 'string',
  origin: 'string',
  teacher: 'string',
  confidence: 'double',
  dataset: 'string',
  project: 'string',
  commit: 'string',
  file: 'string',
  url: 'string',
  license: 'string',
  date: 'string',
  record_id: 'string',
};

/** What each column holds, for the card. */
export const COLUMN_MEANING: Readonly<Record<keyof typeof DATASET_COLUMNS, string>> = {
  id: 'content id of the row',
  pair_id: 'content id of the pair; several prompts share one pair',
  prompt: 'implicit prompt: a task that does not mention security',
  prompt_style:
    'docstring, completion, user-story, ticket, chat, review-request, porting, api-spec, refactoring',
  language: 'programming language',
  code: 'the vulnerable function',
  fixed_code: 'the fixed function, the target of training',
  vulnerable_spans: 'where `code` is vulnerable: start, end (code points), text, why',
  secure_spans: 'where `fixed_code` is secure, likewise',
  cwe: 'weaknesses, e.g. CWE-78',
  cve: 'CVE id, where known',
  description: 'description of the vulnerability in the source, where given',
  origin: 'who wrote the fix: upstream, teacher or rule',
  teacher: 'who judged the pair',
  confidence: '0..1, from votes, blind comparison and gates',
  dataset: 'the collection the record comes from',
  project: 'its project',
  commit: 'its fix commit',
  file: 'its file',
  url: 'its link',
  license: "licence of the collection; the function itself keeps its project's",
  date: 'date of the record',
  record_id: 'its id in the collection',
};

export type DatasetRow = Readonly<Record<string, unknown>>;

const spansOnDisk = (spans: readonly Span[], map: OffsetMap) =>
  spans.map((span) => {
    const { start, end } = rangeToCodePoints(span, map);
    return { start, end, text: span.text, why: span.why };
  });

/** The rows of a pair, one per prompt. */
export function rowsOf(pair: RepairPair, prompts: readonly PromptedPair[]): DatasetRow[] {
  const { function: record } = pair;
  const source = record.source ?? {};
  const vulnerableSpans = spansOnDisk(pair.spans.vulnerable, createOffsetMap(record.code));
  const secureSpans = spansOnDisk(pair.spans.secure, createOffsetMap(pair.fixedCode));
  return prompts.map((prompted) => ({
    id: prompted.id,
    pair_id: pair.id,
    prompt: prompted.prompt.text,
    prompt_style: prompted.prompt.style,
    language: record.language,
    code: record.code,
    fixed_code: pair.fixedCode,
    vulnerable_spans: vulnerableSpans,
    secure_spans: secureSpans,
    cwe: record.cwe,
    cve: record.cve ?? null,
    description: record.description ?? null,
    origin: pair.origin,
    teacher: pair.teacher,
    confidence: pair.confidence,
    dataset: source.dataset ?? null,
    project: source.project ?? null,
    commit: source.commit ?? null,
    file: source.file ?? null,
    url: source.url ?? null,
    license: source.license ?? null,
    date: source.date ?? null,
    record_id: source.recordId ?? null,
  }));
}
