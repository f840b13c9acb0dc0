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
  const known = new Set<string>();
  return {
    take(text) {
      const tokens = tokensOf(text);
      const grams = new Set(tokens.length < GRAM ? [tokens.join(' ')] : gramsOf(tokens, GRAM));
      let fresh = 0;
      for (const gram of grams) if (!known.has(gram)) fresh++;
      if (fresh === 0 || fresh / grams.size < least) return false;
      for (const gram of grams) known.add(gram);
      return true;
    },
  };
}
