/** @file Pairs of a file (pairs.jsonl, or imported functions with an upstream fix) with every token of both sides labelled. */
import { readJsonLines } from '../../data/jsonl.ts';
import { createOffsetMap } from '../../data/offsets.ts';
import { decodeRepairPair, type Span } from '../../data/repair-pair.ts';
import { decodeVulnerableFunction, type Language } from '../../data/vulnerable-function.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { securitySpans } from './security-spans.ts';
import { tokenLabels, type TokenLabel } from './token-labels.ts';

export interface LabelledToken {
  readonly id: number;
  /** Code points. */
  readonly start: number;
  readonly end: number;
  readonly label: TokenLabel;
}

export interface LabelledSide {
  readonly id: string;
  readonly side: 'vulnerable' | 'fixed';
  readonly tokens: readonly LabelledToken[];
}

export interface SpannedPair {
  readonly id: string;
  readonly language: Language;
  readonly vulnerable: string;
  readonly fixed: string;
  /** UTF-16. */
  readonly spans: { readonly vulnerable: readonly Span[]; readonly secure: readonly Span[] };
}

export type PairLine =
  | { readonly ok: true; readonly line: number; readonly pair: SpannedPair }
  | { readonly ok: false; readonly line: number; readonly error: string };

/** Spans that the file gives are kept; where it has none they are computed. A line without a fix is an error of that line. */
export async function* readSpannedPairs(path: string): AsyncGenerator<PairLine> {
  for await (const entry of readJsonLines(path)) {
    const { line } = entry;
    if (!entry.ok) {
      yield { ok: false, line, error: `not JSON: ${entry.error}` };
      continue;
    }
    try {
      yield { ok: true, line, pair: spannedPair(entry.value) };
    } catch (thrown) {
      yield { ok: false, line, error: messageOf(thrown) };
    }
  }
}

function spannedPair(value: unknown): SpannedPair {
  if (typeof value === 'object' && value !== null && 'fixedCode' in value) {
    const pair = decodeRepairPair(value);
    const { language, code } = pair.function;
    const given = pair.spans.vulnerable.length + pair.spans.secure.length > 0;
    const spans = given
      ? pair.spans
      : securitySpans({ language, vulnerable: code, fixed: pair.fixedCode });
    return { id: pair.id, language, vulnerable: code, fixed: pair.fixedCode, spans };
  }
  const { id, language, code, upstreamFix } = decodeVulnerableFunction(value);
  if (upstreamFix === undefined) throw new Error('neither "fixedCode" nor "upstreamFix"');
  return {
    id,
    language,
    vulnerable: code,
    fixed: upstreamFix,
    spans: securitySpans({ language, vulnerable: code, fixed: upstreamFix }),
  };
}

/** Both sides; offsets in code points. */
export function labelPair(pair: SpannedPair, tokenizer: Tokenizer): LabelledSide[] {
  return [
    {
      id: pair.id,
      side: 'vulnerable',
      tokens: labelled(pair.vulnerable, { vulnerable: pair.spans.vulnerable }, tokenizer),
    },
    {
      id: pair.id,
      side: 'fixed',
      tokens: labelled(pair.fixed, { secure: pair.spans.secure }, tokenizer),
    },
  ];
}

function labelled(
  text: string,
  spans: Parameters<typeof tokenLabels>[0],
  tokenizer: Tokenizer,
): LabelledToken[] {
  const { ids, ranges } = tokenizer.encode(text);
  const map = createOffsetMap(text);
  const labels = tokenLabels(spans, ranges);
  return ids.map((id, token) => ({
    id,
    start: map.toCodePoint(ranges[token]!.start),
    end: map.toCodePoint(ranges[token]!.end),
    label: labels[token]!,
  }));
}
