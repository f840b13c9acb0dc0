/**
 * @file What was made from the texts seen last, so that the many steps that look at one function share the work. Bounded
 * in entries and in characters, oldest out first: memory stays flat however many texts pass. Values must not be changed.
 */
export interface RecentTexts<V> {
  /** The value kept for this text and kind, or a new one. */
  get(kind: string, text: string, make: () => V): V;
}

interface Entry<V> {
  readonly kind: string;
  readonly value: V;
}

/** `characters`: of all texts together; longer texts are never kept. */
export function createRecentTexts<V>(entries: number, characters = 2_000_000): RecentTexts<V> {
  const held = new Map<string, Entry<V>>();
  let total = 0;
  return {
    get(kind, text, make) {
      const known = held.get(text);
      if (known?.kind === kind) return known.value;
      const value = make();
      if (text.length > characters / 4) return value;
      // One text in two languages is rare: the later one takes the place.
      if (known !== undefined) {
        held.delete(text);
        total -= text.length;
      }
      held.set(text, { kind, value });
      total += text.length;
      for (const oldest of held.keys()) {
        if (held.size <= entries && total <= characters) break;
        held.delete(oldest);
        total -= oldest.length;
      }
      return value;
    },
  };
}
