/**
 * @file Curation: which records are worth a teacher's time. Sets the language where it is unknown, refuses what is too
 * small or too large, copies of what has passed already (text, layout, or nearly: MinHash over lexeme windows), and fixes
 * that change nothing; marks what cannot be decided from its own text. Records stream; what is kept of each is about
 * 0.5 KB in typed arrays. A record with the same code but another fix is a copy: the first one stays.
 */
import { detectLanguage } from '../../code/languages.ts';
import { type VulnerableFunction, functionId } from '../../data/vulnerable-function.ts';
import { type Clone, createCloneIndex } from '../leaks/clone-index.ts';
import { type Fingerprint, fingerprintOf } from '../leaks/fingerprint.ts';
import { type Undecidable, undecidableAlone } from './decidability.ts';

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
  const seen = createCloneIndex(near === false ? 1 : near);
  const ids: string[] = [];
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
    const fingerprint = fingerprintOf(record.language, record.code);
    const copy = copyOf(seen.find(fingerprint), near);
    if (copy !== undefined) {
      yield reject(copy.reason, `${copy.how} of ${ids[copy.ordinal]}`);
      continue;
    }
    seen.add(near === false ? textOnly(fingerprint) : fingerprint);
    ids.push(record.id);
    const undecidable = undecidableAlone(record);
    yield { kept: true, record, ...(undecidable === undefined ? {} : { undecidable }) };
  }
}

/** Without near duplicates, only the text and its layout count, and no sketch is stored. */
const textOnly = (fingerprint: Fingerprint): Fingerprint => ({
  ...fingerprint,
  renamed: undefined,
  abstract: undefined,
  sketch: undefined,
});

function copyOf(
  clone: Clone | undefined,
  near: number | false,
): { reason: 'duplicate' | 'near-duplicate'; how: string; ordinal: number } | undefined {
  if (clone === undefined) return undefined;
  const { ordinal, kind, similarity } = clone;
  if (kind === 'exact') return { reason: 'duplicate', how: 'the same text as that', ordinal };
  if (kind === 'layout')
    return {
      reason: 'duplicate',
      how: 'but for white space and comments the same as that',
      ordinal,
    };
  if (near === false) return undefined;
  return kind === 'renamed'
    ? { reason: 'near-duplicate', how: 'but for names the same as that', ordinal }
    : {
        reason: 'near-duplicate',
        how: `${(100 * similarity).toFixed(0)}% of the windows`,
        ordinal,
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
