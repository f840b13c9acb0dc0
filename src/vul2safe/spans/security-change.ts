/**
 * @file The change between a function and its fix in lexemes, without what cannot matter for security (ours): lines are aligned
 * first, then lexemes inside changed lines; comments, layout and consistent renames of locals are dropped.
 */
import { diffLexemes, diffSequences, type Hunk } from '../../code/diff.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { codeLexemesOf } from '../../code/lexer.ts';
import { localNames } from '../../code/local-names.ts';
import type { Range } from '../../data/offsets.ts';
import type { Language } from '../../data/vulnerable-function.ts';

/** Lexemes without comments, and what changed between them. */
export interface LexemeChange {
  readonly before: readonly Lexeme[];
  readonly after: readonly Lexeme[];
  /** The finest hunks, ascending. `block` numbers the block of changed lines a hunk lies in. */
  readonly hunks: readonly BlockHunk[];
  /** Hunks left out because they only rename locals. */
  readonly renames: readonly BlockHunk[];
}

export interface BlockHunk extends Hunk {
  readonly block: number;
}

/** The hunks that matter: aligned by lines, then lexemes, without consistent renames. Also what the pair channel learns from. */
export function securityChange(
  language: Language,
  vulnerable: string,
  fixed: string,
): LexemeChange {
  const before = codeLexemesOf(language, vulnerable);
  const after = codeLexemesOf(language, fixed);
  const hunks = lineAlignedHunks(before, after, vulnerable, fixed);
  const kept = withoutRenames(language, before, after, hunks);
  return { before, after, hunks: kept, renames: hunks.filter((hunk) => !kept.includes(hunk)) };
}

/** Lines first, as people and version control see a change: an inserted statement is then whole lines of its own. */
function lineAlignedHunks(
  before: readonly Lexeme[],
  after: readonly Lexeme[],
  beforeText: string,
  afterText: string,
): BlockHunk[] {
  const beforeLines = linesOf(before, beforeText);
  const afterLines = linesOf(after, afterText);
  const text = (lexemes: readonly Lexeme[], { start, end }: Range): string =>
    lexemes
      .slice(start, end)
      .map((lexeme) => lexeme.text)
      .join(' ');
  const lineHunks = diffSequences(
    beforeLines.map((line) => text(before, line)),
    afterLines.map((line) => text(after, line)),
  );
  const hunks: BlockHunk[] = [];
  for (const [block, lines] of lineHunks.entries()) {
    const old = lexemeRange(beforeLines, lines.before, before.length);
    const young = lexemeRange(afterLines, lines.after, after.length);
    for (const hunk of diffLexemes(
      before.slice(old.start, old.end),
      after.slice(young.start, young.end),
    ))
      hunks.push({
        before: shift(hunk.before, old.start),
        after: shift(hunk.after, young.start),
        block,
      });
  }
  return hunks;
}

const shift = (range: Range, by: number): Range => ({
  start: range.start + by,
  end: range.end + by,
});

function lexemeRange(lines: readonly Range[], range: Range, length: number): Range {
  const start = lines[range.start]?.start ?? length;
  return { start, end: range.end === range.start ? start : lines[range.end - 1]!.end };
}

/** Lexeme index ranges of the lines that hold any. */
function linesOf(lexemes: readonly Lexeme[], text: string): Range[] {
  const lines: { start: number; end: number }[] = [];
  lexemes.forEach((lexeme, index) => {
    const previous = lexemes[index - 1];
    const feed = previous === undefined ? -1 : text.indexOf('\n', previous.end);
    if (previous === undefined || (feed >= 0 && feed < lexeme.start))
      lines.push({ start: index, end: index + 1 });
    else lines.at(-1)!.end = index + 1;
  });
  return lines;
}

/** Drops hunks that only give a local another name, the same everywhere; the old name must be gone and the new one be new. */
function withoutRenames(
  language: Language,
  before: readonly Lexeme[],
  after: readonly Lexeme[],
  hunks: readonly BlockHunk[],
): BlockHunk[] {
  const oldNames = localNames(language, before);
  const newNames = localNames(language, after);
  const oldTexts = new Set(before.map((lexeme) => lexeme.text));
  const newTexts = new Set(after.map((lexeme) => lexeme.text));
  const renamed = new Map<string, string>();
  return hunks.filter((hunk) => {
    const old = before.slice(hunk.before.start, hunk.before.end);
    const young = after.slice(hunk.after.start, hunk.after.end);
    if (old.length !== young.length) return true;
    return !old.every((lexeme, i) => {
      const other = young[i]!;
      if (lexeme.text === other.text) return true;
      if (!oldNames.has(lexeme.text) || !newNames.has(other.text)) return false;
      if (newTexts.has(lexeme.text) || oldTexts.has(other.text)) return false;
      const known = renamed.get(lexeme.text) ?? other.text;
      renamed.set(lexeme.text, known);
      return known === other.text;
    });
  });
}
