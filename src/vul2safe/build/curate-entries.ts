/** @file Import rows through curation, in order: what the import refused passes by it with its own reason. */
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import { curate, type CurateOptions } from '../curate/curate.ts';
import type { ImportEntry, RejectedRow } from '../import/importer.ts';

export type CuratedEntry =
  | { readonly ok: true; readonly id: string; readonly record: VulnerableFunction }
  | {
      readonly ok: false;
      readonly id: string;
      readonly reason: string;
      readonly detail: string;
      readonly record?: VulnerableFunction;
      readonly raw?: string;
    };

/** Keeps of a malformed line, so that one line of 10 MB does not double its size in rejected.jsonl. */
const RAW_KEPT = 2000;

export async function* curateEntries(
  entries: AsyncIterable<ImportEntry>,
  options: CurateOptions,
): AsyncGenerator<CuratedEntry> {
  const refused: RejectedRow[] = [];
  async function* records(): AsyncGenerator<VulnerableFunction> {
    for await (const entry of entries) {
      if (entry.ok) yield entry.record;
      else refused.push(entry);
    }
  }
  // Curation answers every record before it asks for the next one, so what was refused in between stands in order.
  for await (const curated of curate(records(), options)) {
    for (const row of refused.splice(0)) yield refusal(row);
    if (!curated.kept) {
      yield {
        ok: false,
        id: curated.id,
        reason: curated.reason,
        detail: curated.detail,
        record: curated.record,
      };
    } else if (curated.undecidable !== undefined) {
      const { reason, detail } = curated.undecidable;
      const { record } = curated;
      yield { ok: false, id: record.id, reason: `undecidable-${reason}`, detail, record };
    } else yield { ok: true, id: curated.record.id, record: curated.record };
  }
  for (const row of refused) yield refusal(row);
}

const refusal = (row: RejectedRow): CuratedEntry => ({
  ok: false,
  id: row.id ?? `${row.file}:${row.line}`,
  reason: row.reason,
  detail: `${row.file}:${row.line}: ${row.detail}`,
  ...(row.raw === undefined ? {} : { raw: row.raw.slice(0, RAW_KEPT) }),
});
