/**
 * @file Curation: which records are worth a teacher's time. Sets the language where it is unknown, refuses what is too
 * small or too large, copies of what has passed already (text, layout, or nearly: MinHash over lexeme windows), and fixes
 * that change nothing; marks what cannot be decided from its own text. Records stream in bounded memory (near copies are
 * looked for among the last 100,000 or more). A record with the same code but another fix is a copy: the first one stays.
 */
import { detectLanguage } from '../../code/languages.ts';
import { type VulnerableFunction, functionId } from '../../data/vulnerable-function.ts';
import { fingerprintOf } from '../leaks/fingerprint.ts';
import { type Undecidable, undecidableAlone } from './decidability.ts';
import { type SeenCopy, createSeenFunctions } from './seen-functions.ts';

export type CurationReason =
  | 'unknown-language'
  | 'too-short'
  | 'too-long'
  | 'unchanged'
  | 'duplicate'
  | 'near-duplicate';

export type Curated =
  | { readonly kept: true; readonly record: VulnerableFunction; readonly undecidable?: Undecidable }
  | {
      readonly kept: false;
      readonly id: string;
      readonly reason: CurationReason;
      readonly detail: string;
      readonly record: VulnerableFunction;
    };

export interface CurateOptions {
  readonly leastCharacters?: number;
  readonly mostCharacters?: number;
  /** Least similarity of a near duplicate; false keeps them (procedurally generated records are alike on purpose). */
  readonly nearDuplicates?: number | false;
  /** Keep records whose language is not known. Default false. */
  readonly keepUnknownLanguage?: boolean;
}

export const CURATION_DEFAULTS = {
  leastCharacters: 20,
  mostCharacters: 60_000,
  nearDuplicates: 0.9,
} as const;

/** Yields every record once, kept or rejected with its reason, in the order it came. */
export async function* curate(
  records: AsyncIterable<VulnerableFunction> | Iterable<VulnerableFunction>,
  options: CurateOptions = {},
): AsyncGenerator<Curated> {
  const least = options.leastCharacters ?? CURATION_DEFAULTS.leastCharacters;
  const most = options.mostCharacters ?? CURATION_DEFAULTS.mostCharacters;
  const near = options.nearDuplicates ?? CURATION_DEFAULTS.nearDuplicates;
  const seen = createSeenFunctions(near);
  for await (const given of records) {
    const record = withLanguage(given);
    const reject = (reason: CurationReason, detail: string): Curated => ({
      kept: false,
      id: record.id,
      reason,
      detail,
      record,
    });
    if (record.language === 'unknown' && options.keepUnknownLanguage !== true) {
      yield reject('unknown-language', 'neither declared nor told by the code');
      continue;
    }
    if (record.code.trim().length < least) {
      yield reject('too-short', `${record.code.trim().length} characters, fewer than ${least}`);
      continue;
    }
    const longest = Math.max(record.code.length, record.upstreamFix?.length ?? 0);
    if (longest > most) {
      yield reject('too-long', `${longest} characters, more than ${most}`);
      continue;
    }
    if (record.upstreamFix === record.code) {
      yield reject('unchanged', 'the fix is the same text');
      continue;
    }
    const fingerprint = fingerprintOf(record.language, record.code, { near: near !== false });
    const copy = describeCopy(seen.find(fingerprint));
    if (copy !== undefined) {
      yield reject(copy.reason, copy.detail);
      continue;
    }
    seen.add(fingerprint, record.id);
    const undecidable = undecidableAlone(record);
    yield { kept: true, record, ...(undecidable === undefined ? {} : { undecidable }) };
  }
}

function describeCopy(
  copy: SeenCopy | undefined,
): { reason: 'duplicate' | 'near-duplicate'; detail: string } | undefined {
  if (copy === undefined) return undefined;
  const { kind, similarity, original } = copy;
  if (kind === 'exact') return { reason: 'duplicate', detail: `the same text as ${original}` };
  if (kind === 'layout')
    return {
      reason: 'duplicate',
      detail: `the same as ${original}, white space and comments aside`,
    };
  if (kind === 'renamed')
    return { reason: 'near-duplicate', detail: `but for names the same as ${original}` };
  const percent = (100 * similarity).toFixed(0);
  return {
    reason: 'near-duplicate',
    detail: `about ${percent}% of its windows are those of ${original}`,
  };
}

/** A record whose language had to be found keeps the id its input gave; a content id follows the content. */
function withLanguage(record: VulnerableFunction): VulnerableFunction {
  if (record.language !== 'unknown') return record;
  const language = detectLanguage(record.code, record.source?.file);
  if (language === 'unknown') return record;
  const hadContentId = record.id === functionId('unknown', record.code, record.upstreamFix);
  return {
    ...record,
    language,
    id: hadContentId ? functionId(language, record.code, record.upstreamFix) : record.id,
  };
}
