/**
 * @file Is an answer a whole function or the continuation of the given code, and what of the given code does a whole one still need?
 * Models answer both ways whatever they are asked. Ours; patterns, no parser: the text may be anything.
 */
import type { Language } from '../../data/vulnerable-function.ts';
import { defines, escapePattern, preambleOf } from './answer.ts';

/** C and C++: a name, its parameters, and the brace that opens its body. */
const C_FUNCTION = /\b([A-Za-z_]\w*)\s*\((?:[^(){};]|\([^()]*\))*\)\s*(?:const\s*|noexcept\s*)*\{/g;
const C_KEYWORDS = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'sizeof']);

export const isC = (language: Language): boolean => language === 'c' || language === 'cpp';

/** Functions at the outermost level, as far as patterns tell; in C, control structures are not taken for functions. */
export function functionsOf(text: string, language: Language): string[] {
  const pattern = isC(language)
    ? C_FUNCTION
    : language === 'python'
      ? /^(?:async\s+)?def\s+(\w+)/gm
      : /^(?:async\s+)?function\s+(\w+)/gm;
  return [...text.matchAll(pattern)].map((m) => m[1]!).filter((name) => !C_KEYWORDS.has(name));
}

/** C: a brace closes what the text did not open, so it stands inside a function that the given code began. */
function closesGivenBlock(code: string): boolean {
  const bare = code.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
    '',
  );
  let depth = 0;
  for (const sign of bare) {
    if (sign === '{') depth++;
    else if (sign === '}' && --depth < 0) return true;
  }
  return false;
}

/** The code defines the function (or, in C, a whole program with main) rather than continuing it. */
export function definesFunction(code: string, name: string, language: Language): boolean {
  const names = [name, `${name}_unsafe`];
  if (!isC(language)) return names.some((one) => defines(code, one));
  return (
    functionsOf(code, language).some((one) => names.includes(one) || one === 'main') &&
    !closesGivenBlock(code)
  );
}

/** The code itself declares that function, struct, class, type or constant. */
const declares = (code: string, word: string, language: Language): boolean =>
  isC(language)
    ? functionsOf(code, language).includes(word) ||
      new RegExp(`\\b(?:struct|enum|class)\\s+${word}\\s*\\{|^\\}\\s*${word}\\s*;`, 'm').test(code)
    : defines(code, word);

/** What the given text has before the function and the code lacks: headers, imports, helpers. */
export function missingPreamble(
  given: string,
  name: string,
  code: string,
  language: Language,
): string {
  if (language === 'python') return preambleOf(given, name);
  const heading = new RegExp(`^[^\\n]*\\b${escapePattern(name)}\\s*\\(`, 'gm');
  const before = given.slice(0, [...given.matchAll(heading)].pop()?.index ?? 0);
  const declared = [
    ...functionsOf(before, language),
    ...[...before.matchAll(/^(?:const|let|var|struct|enum|class)\s+(\w+)/gm)].map((m) => m[1]!),
    ...[...before.matchAll(/^\}\s*(\w+)\s*;/gm)].map((m) => m[1]!),
  ];
  const twice = declared.filter((word) => declares(code, word, language));
  if (twice.length === 0) return before;
  // The code brings some of it along: only the lines that may stand twice, or whose names it does not have.
  return before
    .split('\n')
    .filter((line) =>
      isC(language)
        ? /^\s*#\s*include\b/.test(line)
        : /\brequire\(/.test(line) && !twice.some((word) => line.includes(word)),
    )
    .join('\n');
}
