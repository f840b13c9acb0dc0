/**
 * @file Splits text into the words that byte-pair merges never cross. Patterns are written for Rust's regular expressions;
 * they are translated: White_Space instead of JavaScript's \s, and (?i:...) spelt out, since Node 20 has no inline flags.
 */
import { inputError, messageOf } from '../kernel/errors.ts';

/** The pattern of ByteLevel with use_regex (GPT-2). */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

export const QWEN2_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * Ours, for small models of code: the parts of camelCase names are words of their own and never carry a space, so that a name has the
 * same tokens wherever it stands and can be copied; digits stay apart; punctuation takes the white space after it along.
 */
export const CODE_PATTERN = '\\p{Lu}?\\p{Ll}+|\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+\\s*|\\s+';

const WHITE_SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** Words of a text, in order, covering it: calls `visit(start, end)` for each. */
export type WordSplitter = (text: string, visit: (start: number, end: number) => void) => void;

/** Isolates matches; what lies between them is a word too. Throws `input` for a pattern JavaScript cannot express. */
export function createSplitter(rustPattern: string, where: string): WordSplitter {
  let expression: RegExp;
  try {
    expression = new RegExp(translatePattern(rustPattern), 'gu');
  } catch (thrown) {
    throw inputError(
      `${where}: pre-tokenizer pattern is not supported: ${rustPattern} (${messageOf(thrown)})`,
      'use a tokenizer whose split pattern JavaScript can express, such as GPT-2, Llama 3 or Qwen 2/3',
    );
  }
  return (text, visit) => {
    expression.lastIndex = 0;
    let at = 0;
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      const start = match.index;
      const end = start + match[0].length;
      if (end === start) {
        expression.lastIndex = end + 1;
        continue;
      }
      if (start > at) visit(at, start);
      visit(start, end);
      at = end;
    }
    if (at < text.length) visit(at, text.length);
  };
}

/** Exported for its test. */
export function translatePattern(pattern: string): string {
  let out = '';
  let inClass = false;
  /** Nesting depths at which case is ignored. */
  let ignoringCase = 0;
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\') {
      const next = pattern[++i] ?? '';
      if (next === 's') out += inClass ? WHITE_SPACE : `[${WHITE_SPACE}]`;
      else if (next === 'S' && !inClass) out += `[^${WHITE_SPACE}]`;
      else if (next === 'd') out += '\\p{Nd}';
      // With the u flag JavaScript allows no needless escapes.
      else out += /[\^$\\.*+?()[\]{}|/\-a-zA-Z0-9]/.test(next) ? `\\${next}` : next;
      continue;
    }
    if (inClass) {
      if (character === ']') inClass = false;
      out += character;
      continue;
    }
    if (character === '[') inClass = true;
    else if (character === '(') {
      depth++;
      if (pattern.startsWith('(?i:', i)) {
        ignoringCase = depth;
        out += '(?:';
        i += 3;
        continue;
      }
    } else if (character === ')') {
      if (ignoringCase === depth) ignoringCase = 0;
      depth--;
    } else if (ignoringCase > 0 && /[a-z]/i.test(character)) {
      const lower = character.toLowerCase();
      // Simple case folding reaches two letters outside ASCII.
      const extra = lower === 's' ? '\u017f' : lower === 'k' ? '\u212a' : '';
      out += `[${lower}${lower.toUpperCase()}${extra}]`;
      continue;
    }
    out += character;
  }
  return out;
}
