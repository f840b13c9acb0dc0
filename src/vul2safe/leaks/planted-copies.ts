/**
 * @file Copies of a function as people make them, to measure how many are found: reformatted (indentation, line breaks,
 * comments), renamed (every local and the function's own name), edited (a few statements' literals changed). Names are
 * replaced where they stand as whole lexemes, so the copy means what the original means.
 */
import { localNames } from '../../code/local-names.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { codeLexemesOf, lexemesOf } from '../../code/lexer.ts';
import { withoutComments } from '../../code/normalise.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { Random } from '../../kernel/random.ts';

/** Other white space and comments; Python keeps its line breaks and the depth order of its indentation. */
export function reformatted(language: Language, code: string, random: Random): string {
  const lexemes = codeLexemesOf(language, code);
  if (language === 'python')
    return code
      .split('\n')
      .map((line) =>
        line.replace(/^[ \t]+/, (indent) => indent.replaceAll('\t', '        ').repeat(2)),
      )
      .join('\n');
  let out = '';
  for (let i = 0; i < lexemes.length; i++) {
    const lexeme = lexemes[i]!;
    const gap = i === 0 ? '' : code.slice(lexemes[i - 1]!.end, lexeme.start);
    // A line break that ends a preprocessor line has to stay; elsewhere any white space will do.
    const keepsLine = gap.includes('\n') && (language === 'c' || language === 'cpp');
    if (i > 0) out += keepsLine ? `\n${' '.repeat(random.integer(9))}` : gap === '' ? '' : '  ';
    if (keepsLine && random.chance(0.1)) out += `/* note ${random.integer(1000)} */ `;
    out += lexeme.text;
  }
  return out;
}

/** Every local, and the function's own name, under a new name. */
export function renamed(language: Language, code: string, random: Random): string {
  const lexemes = lexemesOf(language, code);
  const bare = withoutComments(lexemes);
  const names = localNames(language, bare);
  const own = bare.find((lexeme, i) => lexeme.kind === 'identifier' && bare[i + 1]?.text === '(');
  if (own !== undefined) names.add(own.text);
  const fresh = new Map<string, string>();
  return rewrite(code, lexemes, (lexeme, before) => {
    if (lexeme.kind !== 'identifier' || !names.has(lexeme.text)) return lexeme.text;
    if (/^(?:\.|->|::|\?\.)$/.test(before?.text ?? '')) return lexeme.text;
    const known = fresh.get(lexeme.text);
    if (known !== undefined) return known;
    const name = `${'abcdefgh'[random.integer(8)]}${fresh.size}_${random.integer(10_000)}`;
    fresh.set(lexeme.text, name);
    return name;
  });
}

/** A share of the numbers and strings changed: a copy that somebody worked on. */
export function edited(language: Language, code: string, random: Random, share: number): string {
  return rewrite(code, lexemesOf(language, code), (lexeme) => {
    if (lexeme.kind === 'number' && random.chance(share)) return String(random.integer(100_000));
    return lexeme.text;
  });
}

function rewrite(
  code: string,
  lexemes: readonly Lexeme[],
  textOf: (lexeme: Lexeme, before: Lexeme | undefined) => string,
): string {
  let out = '';
  let at = 0;
  lexemes.forEach((lexeme, i) => {
    out += code.slice(at, lexeme.start) + textOf(lexeme, lexemes[i - 1]);
    at = lexeme.end;
  });
  return out + code.slice(at);
}
