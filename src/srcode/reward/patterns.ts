/**
 * @file Lexeme patterns out of a pair's change (ours). A pattern is one changed stretch of at most a statement, with as much
 * unchanged code around it as it takes to be telling; only the changed part (its core) is ever rewarded. Locals are abstract:
 * a pattern matches code with other names, if it uses them consistently.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { localNames } from '../../code/local-names.ts';
import { isLocalAt } from '../../code/normalise.ts';
import type { Range } from '../../data/offsets.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { securityChange } from '../../vul2safe/spans/security-change.ts';
import { occursIn, type LexemePattern } from './lexeme-pattern.ts';

export interface RewardPair {
  readonly id: string;
  readonly language: Language;
  readonly vulnerable: string;
  readonly fixed: string;
  /** 0..1, scales what its patterns are worth. Default 1. */
  readonly confidence?: number;
}

const LEAST_LEXEMES = 4;
/** The longest changed stretch in one pattern, and the longest pattern. */
const MOST_CHANGED = 16;
const MOST_LEXEMES = 32;
/** Words that stand in any code and tell nothing. */
const COMMON = new Set(
  'if else return for while int char const let var new void function def in not and or is None null NULL true false True False 0 1 static struct unsigned long self this'.split(
    ' ',
  ),
);

/** Patterns of both sides of a pair. */
export function patternsOf(pair: RewardPair): LexemePattern[] {
  const { before, after, hunks } = securityChange(pair.language, pair.vulnerable, pair.fixed);
  const old = sideOf(pair.language, before, pair.vulnerable);
  const young = sideOf(pair.language, after, pair.fixed);
  return [
    ...sidePatterns(
      old,
      young,
      hunks.map((hunk) => hunk.before),
      { secure: false, pairId: pair.id },
    ),
    ...sidePatterns(
      young,
      old,
      hunks.map((hunk) => hunk.after),
      { secure: true, pairId: pair.id },
    ),
  ];
}

interface Side {
  readonly lexemes: readonly Lexeme[];
  readonly locals: ReadonlySet<string>;
  readonly text: string;
}

const sideOf = (language: Language, lexemes: readonly Lexeme[], text: string): Side => ({
  lexemes,
  locals: localNames(language, lexemes),
  text,
});

function sidePatterns(
  side: Side,
  other: Side,
  ranges: readonly Range[],
  rest: { readonly secure: boolean; readonly pairId: string },
): LexemePattern[] {
  const cores = ranges.flatMap((range) => statements(side.lexemes, range, side.text));
  const total = cores.reduce((sum, core) => sum + core.end - core.start, 0);
  return cores.flatMap((core) => {
    const share = (core.end - core.start) / total;
    const made = (whole: Range) =>
      abstracted(side.lexemes, whole, core, side.locals, { ...rest, share });
    const whole = widen(side, core, (range) => !occursIn(made(range), other.lexemes, other.locals));
    return whole === undefined ? [] : [made(whole)];
  });
}

/** Cuts a changed stretch where lines or statements end, and long ones at the longest pattern's length. */
function statements(lexemes: readonly Lexeme[], { start, end }: Range, text: string): Range[] {
  const pieces: Range[] = [];
  let from = start;
  for (let i = start; i < end; i++) {
    const next = lexemes[i + 1];
    const ends =
      i + 1 === end ||
      /^[;{}]$/.test(lexemes[i]!.text) ||
      i + 1 - from >= MOST_CHANGED ||
      (next !== undefined && text.slice(lexemes[i]!.end, next.start).includes('\n'));
    if (!ends) continue;
    pieces.push({ start: from, end: i + 1 });
    from = i + 1;
  }
  return pieces;
}

/** Adds neighbours on both sides in turn until the pattern is long and telling enough, and only of this side; undefined when it never is. */
function widen(
  { lexemes, locals, text }: Side,
  core: Range,
  isOfThisSide: (range: Range) => boolean,
): Range | undefined {
  let { start, end } = core;
  const telling = (): boolean => {
    for (let i = start; i < end; i++) {
      const { kind, text: word } = lexemes[i]!;
      if (
        (kind === 'identifier' ||
          kind === 'string' ||
          kind === 'number' ||
          kind === 'keyword' ||
          kind === 'directive') &&
        !isLocalAt(lexemes, i, locals) &&
        !COMMON.has(word)
      )
        return true;
    }
    return false;
  };
  let left = false;
  while (end - start < LEAST_LEXEMES || !telling() || !isOfThisSide({ start, end })) {
    if (end - start >= MOST_LEXEMES) return undefined;
    if (start === 0 && end === lexemes.length) return undefined;
    // What follows on the same line says most about a change; then what stands before it.
    const nextOnLine =
      end < lexemes.length &&
      !text.slice(lexemes[end - 1]!.end, lexemes[end]!.start).includes('\n');
    left = start > 0 && (!nextOnLine || !left || end === lexemes.length);
    if (left) start--;
    else if (end < lexemes.length) end++;
    else start--;
  }
  return { start, end };
}

function abstracted(
  lexemes: readonly Lexeme[],
  whole: Range,
  core: Range,
  names: ReadonlySet<string>,
  rest: { secure: boolean; share: number; pairId: string },
): LexemePattern {
  const numbers = new Map<string, number>();
  const texts: (string | undefined)[] = [];
  const locals: number[] = [];
  for (let i = whole.start; i < whole.end; i++) {
    const { text } = lexemes[i]!;
    if (!isLocalAt(lexemes, i, names)) {
      texts.push(text);
      locals.push(-1);
      continue;
    }
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    texts.push(undefined);
    locals.push(numbers.get(text)!);
  }
  const excerpt = lexemes
    .slice(core.start, core.end)
    .map((lexeme) => lexeme.text)
    .join(' ');
  return {
    texts,
    locals,
    core: { start: core.start - whole.start, end: core.end - whole.start },
    excerpt: excerpt.length > 80 ? `${excerpt.slice(0, 79)}…` : excerpt,
    ...rest,
  };
}

/** Equal for patterns that match the same code and reward the same part of it. */
export const patternKey = (pattern: LexemePattern): string =>
  JSON.stringify([
    pattern.texts.map((text, i) => text ?? pattern.locals[i]),
    pattern.core.start,
    pattern.core.end,
  ]);
