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

export interface RewardPair {
  readonly id: string;
  readonly language: Language;
  readonly vulnerable: string;
  readonly fixed: string;
  /** 0..1, scales what its patterns are worth. Default 1. */
  readonly confidence?: number;
}

export interface LexemePattern {
  /** [lexeme] Text, or undefined for a local. */
  readonly texts: readonly (string | undefined)[];
  /** [lexeme] Which local, numbered by first use; -1 for the others. */
  readonly locals: readonly number[];
  /** The changed part, in lexemes of the pattern. */
  readonly core: Range;
  readonly secure: boolean;
  /** Share of its side of the pair, 0..1. */
  readonly share: number;
  readonly pairId: string;
  /** The core's text. */
  readonly excerpt: string;
}

const LEAST_LEXEMES = 4;
const MOST_LEXEMES = 16;
/** Words that stand in any code and tell nothing. */
const COMMON = new Set(
  'if else return for while int char const let var new void function def in not and or is None null NULL true false True False 0 1 static struct unsigned long self this'.split(
    ' ',
  ),
);

/** Patterns of both sides of a pair. */
export function patternsOf(pair: RewardPair): LexemePattern[] {
  const change = securityChange(pair.language, pair.vulnerable, pair.fixed);
  const side = (lexemes: readonly Lexeme[], ranges: readonly Range[], secure: boolean) => {
    const locals = localNames(pair.language, lexemes);
    const text = secure ? pair.fixed : pair.vulnerable;
    const cores = ranges.flatMap((range) => statements(lexemes, range, text));
    const total = cores.reduce((sum, core) => sum + core.end - core.start, 0);
    return cores.flatMap((core) => {
      const whole = widen(lexemes, core, locals, text);
      if (whole === undefined) return [];
      const share = (core.end - core.start) / total;
      return [abstracted(lexemes, whole, core, locals, { secure, share, pairId: pair.id })];
    });
  };
  return [
    ...side(
      change.before,
      change.hunks.map((hunk) => hunk.before),
      false,
    ),
    ...side(
      change.after,
      change.hunks.map((hunk) => hunk.after),
      true,
    ),
  ];
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
      i + 1 - from >= MOST_LEXEMES ||
      (next !== undefined && text.slice(lexemes[i]!.end, next.start).includes('\n'));
    if (!ends) continue;
    pieces.push({ start: from, end: i + 1 });
    from = i + 1;
  }
  return pieces;
}

/** Adds neighbours on both sides in turn until the pattern is long and telling enough; undefined when it never is. */
function widen(
  lexemes: readonly Lexeme[],
  core: Range,
  locals: ReadonlySet<string>,
  text: string,
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
  while (end - start < LEAST_LEXEMES || !telling()) {
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
