/**
 * @file Whether a prompt is new among the others of its pair, by n-grams. Over the whole set prompts differ as far as their
 * functions do, since they name them; distinct-n and self-BLEU of the set are measured at export and stand in the card.
 */

const GRAM = 4;

export const tokensOf = (text: string): string[] =>
  text.toLowerCase().match(/[a-z_$][\w$]*|\d+|[^\s\w]/g) ?? [];

export function gramsOf(tokens: readonly string[], n: number): string[] {
  const grams: string[] = [];
  for (let i = 0; i + n <= tokens.length; i++) grams.push(tokens.slice(i, i + n).join(' '));
  return grams;
}

/** Takes a text when enough of its n-grams are in none of those taken before. */
export interface NoveltyGate {
  take(text: string): boolean;
}

/** `least` is a share, 0..1. A text too short to have n-grams is new when it is not a repetition. */
export function createNoveltyGate(least: number): NoveltyGate {
  /** Tokens get numbers, so that a 4-gram is one exact number instead of a joined text. */
  const numbers = new Map<string, number>();
  const known = new Set<number | string>();
  const numberOf = (token: string): number => {
    const number = numbers.get(token) ?? numbers.size;
    if (number === numbers.size) numbers.set(token, number);
    return number;
  };
  const gramKeys = (tokens: readonly string[]): Set<number | string> => {
    if (tokens.length < GRAM) return new Set([tokens.join(' ')]);
    const grams = new Set<number | string>();
    const window = tokens.map(numberOf);
    if (numbers.size > MOST_NUMBERS) return new Set(gramsOf(tokens, GRAM));
    for (let i = 0; i + GRAM <= window.length; i++) {
      let key = 0;
      for (let k = i; k < i + GRAM; k++) key = key * MOST_NUMBERS + window[k]!;
      grams.add(key);
    }
    return grams;
  };
  return {
    take(text) {
      const grams = gramKeys(tokensOf(text));
      let fresh = 0;
      for (const gram of grams) if (!known.has(gram)) fresh++;
      if (fresh === 0 || fresh / grams.size < least) return false;
      for (const gram of grams) known.add(gram);
      return true;
    },
  };
}

/** Its fourth power is below 2^53. */
const MOST_NUMBERS = 9000;
