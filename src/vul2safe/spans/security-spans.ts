/**
 * @file Which characters of a vulnerable function make it vulnerable and which of its fix make it secure (ours): the change in
 * lexemes; short unchanged islands between changes of one block of lines belong to it; inside strings only the words that
 * differ count; a teacher's quotes, where they hit a change, leave only the changes they hit.
 */
import type { Hunk } from '../../code/diff.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { locateQuote } from '../../code/locate-quote.ts';
import type { Range } from '../../data/offsets.ts';
import type { Span } from '../../data/repair-pair.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { absorbIslands } from './islands.ts';
import { securityChange, type LexemeChange } from './security-change.ts';
import { narrowToChange } from './string-change.ts';

export interface SpanRequest {
  readonly language: Language;
  readonly vulnerable: string;
  readonly fixed: string;
  /** Code that a teacher named as decisive, each side in its own text. */
  readonly quotes?: { readonly vulnerable: readonly string[]; readonly secure: readonly string[] };
}

export interface SecuritySpans {
  /** UTF-16 ranges in the vulnerable code, ascending, disjoint. */
  readonly vulnerable: Span[];
  /** UTF-16 ranges in the fixed code, ascending, disjoint. */
  readonly secure: Span[];
}

export function securitySpans(request: SpanRequest): SecuritySpans {
  const { language, vulnerable, fixed, quotes } = request;
  const change = securityChange(language, vulnerable, fixed);
  const before = withoutStatementStrings(language, change.before, vulnerable);
  const after = withoutStatementStrings(language, change.after, fixed);
  const hunks = absorbIslands(change);
  const spans = hunks.map((hunk): HunkSpans => {
    const strings = narrowedStrings(change, hunk);
    return {
      vulnerable: spansOf(
        vulnerable,
        change.before,
        hunk.before,
        before,
        strings,
        reasonRemoved(fixed, change, hunk),
      ),
      secure: spansOf(
        fixed,
        change.after,
        hunk.after,
        after,
        strings,
        reasonAdded(vulnerable, change, hunk),
      ),
    };
  });
  const kept = quotes === undefined ? spans : quotedOnly(spans, language, change, quotes);
  return {
    vulnerable: mergeNeighbours(
      kept.flatMap((entry) => entry.vulnerable),
      vulnerable,
    ),
    secure: mergeNeighbours(
      kept.flatMap((entry) => entry.secure),
      fixed,
    ),
  };
}

/** Python: a string that is a statement of its own documents; it secures nothing. The indexes of the other lexemes. */
function withoutStatementStrings(
  language: Language,
  lexemes: readonly Lexeme[],
  text: string,
): (index: number) => boolean {
  if (language !== 'python') return () => true;
  const breaks = (from: number, to: number): boolean => text.slice(from, to).includes('\n');
  return (index) => {
    const lexeme = lexemes[index]!;
    if (lexeme.kind !== 'string') return true;
    const previous = lexemes[index - 1];
    const next = lexemes[index + 1];
    const opens =
      previous === undefined ||
      (breaks(previous.end, lexeme.start) &&
        /^(?::|\)|\w+|"""|''')$/.test(previous.text.slice(-3)) &&
        previous.text !== ',');
    const closes = next === undefined || breaks(lexeme.end, next.start);
    return !(opens && closes && /^[rRuUbB]*(?:"""|''')/.test(lexeme.text));
  };
}

/** One span for each run of changed lexemes with nothing but white space between them. */
function spansOf(
  text: string,
  lexemes: readonly Lexeme[],
  range: Range,
  counts: (index: number) => boolean,
  strings: ReadonlyMap<Lexeme, readonly Range[]>,
  why: string,
): Span[] {
  const spans: { start: number; end: number }[] = [];
  for (let i = range.start; i < range.end; i++) {
    if (!counts(i)) continue;
    const lexeme = lexemes[i]!;
    for (const piece of strings.get(lexeme) ?? [{ start: 0, end: lexeme.end - lexeme.start }]) {
      const start = lexeme.start + piece.start;
      const end = lexeme.start + piece.end;
      const last = spans.at(-1);
      if (last !== undefined && text.slice(last.end, start).trim() === '') last.end = end;
      else spans.push({ start, end });
    }
  }
  return spans.map(({ start, end }) => ({ start, end, text: text.slice(start, end), why }));
}

const EXCERPT = 80;
const excerpt = (text: string, lexemes: readonly Lexeme[], range: Range): string => {
  const whole = text
    .slice(lexemes[range.start]!.start, lexemes[range.end - 1]!.end)
    .replace(/\s+/g, ' ');
  return whole.length > EXCERPT ? `${whole.slice(0, EXCERPT - 1)}…` : whole;
};

const reasonRemoved = (fixed: string, change: LexemeChange, { after }: Hunk): string =>
  after.start === after.end
    ? 'the fix removes this'
    : `the fix replaces this by: ${excerpt(fixed, change.after, after)}`;

const reasonAdded = (vulnerable: string, change: LexemeChange, { before }: Hunk): string =>
  before.start === before.end
    ? 'the fix adds this'
    : `the fix writes this instead of: ${excerpt(vulnerable, change.before, before)}`;

interface HunkSpans {
  readonly vulnerable: readonly Span[];
  readonly secure: readonly Span[];
}

/** Strings that became other strings, each with the words that differ; strings without a counterpart are not in the map. */
function narrowedStrings(change: LexemeChange, hunk: Hunk): Map<Lexeme, readonly Range[]> {
  const strings = (lexemes: readonly Lexeme[], { start, end }: Range): Lexeme[] =>
    lexemes.slice(start, end).filter((lexeme) => lexeme.kind === 'string');
  const candidates = strings(change.after, hunk.after);
  const narrowed = new Map<Lexeme, readonly Range[]>();
  let from = 0;
  for (const old of strings(change.before, hunk.before)) {
    for (let i = from; i < candidates.length; i++) {
      const found = narrowToChange(old.text, candidates[i]!.text);
      if (found === undefined) continue;
      narrowed.set(old, found.before);
      narrowed.set(candidates[i]!, found.after);
      from = i + 1;
      break;
    }
  }
  return narrowed;
}

/** If any located quote touches a change, changes that no quote touches (on either side) fall away. */
function quotedOnly(
  spans: readonly HunkSpans[],
  language: Language,
  change: LexemeChange,
  quotes: NonNullable<SpanRequest['quotes']>,
): readonly HunkSpans[] {
  const located = (lexemes: readonly Lexeme[], texts: readonly string[]): Range[] =>
    texts.flatMap((text) => locateQuote(language, lexemes, text) ?? []);
  const old = located(change.before, quotes.vulnerable);
  const young = located(change.after, quotes.secure);
  const touched = spans.filter(
    (entry) =>
      entry.vulnerable.some((span) => old.some((range) => overlaps(span, range))) ||
      entry.secure.some((span) => young.some((range) => overlaps(span, range))),
  );
  return touched.length > 0 ? touched : spans;
}

const overlaps = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** Joins spans of one line with at most one punctuation mark between them: `foo(` and `)` of a wrapped call stay apart, `a.b` does not fall in two. */
function mergeNeighbours(spans: readonly Span[], text: string): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    const between = last === undefined ? undefined : text.slice(last.end, span.start);
    if (
      last !== undefined &&
      between !== undefined &&
      /^[ \t]*(?:[^\w\s"'`(){}[\];][ \t]*|\s*)$/.test(between)
    ) {
      const why = last.why === span.why ? last.why : `${last.why}; ${span.why}`;
      merged[merged.length - 1] = {
        start: last.start,
        end: span.end,
        text: text.slice(last.start, span.end),
        why,
      };
    } else merged.push(span);
  }
  return merged;
}
