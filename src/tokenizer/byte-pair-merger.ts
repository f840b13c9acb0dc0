/**
 * @file The merge step of byte-pair encoding (Sennrich et al. 2016): within one word, the pair learnt first is merged first,
 * leftmost before right. A heap over candidate pairs keeps long words at O(n log n).
 */

export interface Merges {
  /** left · 2^26 + right -> rank · 2^26 + merged id. Both stay below 2^53. */
  readonly table: ReadonlyMap<number, number>;
}

export const PAIR_BASE = 2 ** 26;

export const pairKey = (left: number, right: number): number => left * PAIR_BASE + right;

/** Ids of one word from the ids of its bytes. */
export function mergeWord(symbols: Int32Array, merges: Merges): Int32Array {
  return symbols.length <= 24 ? mergeShort(symbols, merges) : mergeLong(symbols, merges);
}

function mergeShort(input: Int32Array, { table }: Merges): Int32Array {
  const symbols = Int32Array.from(input);
  let length = symbols.length;
  /** [pair] rank and merged id of symbols i, i+1. */
  const found: number[] = [];
  const look = (i: number): number =>
    table.get(pairKey(symbols[i]!, symbols[i + 1]!)) ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i + 1 < length; i++) found.push(look(i));
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < length; i++)
      if (found[i]! < best) {
        best = found[i]!;
        at = i;
      }
    if (at < 0) return symbols.subarray(0, length);
    symbols[at] = best % PAIR_BASE;
    symbols.copyWithin(at + 1, at + 2, length);
    found.splice(at, 1);
    length--;
    if (at > 0) found[at - 1] = look(at - 1);
    if (at + 1 < length) found[at] = look(at);
  }
}

function mergeLong(input: Int32Array, { table }: Merges): Int32Array {
  const length = input.length;
  const symbols = Int32Array.from(input);
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const heap = createHeap();
  const offer = (left: number): void => {
    const right = next[left]!;
    if (left < 0 || right >= length) return;
    const entry = table.get(pairKey(symbols[left]!, symbols[right]!));
    if (entry !== undefined) heap.push(Math.floor(entry / PAIR_BASE), left);
  };
  for (let i = 0; i + 1 < length; i++) offer(i);
  for (let left = heap.pop(); left >= 0; left = heap.pop()) {
    const right = next[left]!;
    // An entry is stale when its left symbol was absorbed or either symbol has changed since.
    if (symbols[left]! < 0 || right >= length) continue;
    const entry = table.get(pairKey(symbols[left]!, symbols[right]!));
    if (entry === undefined || Math.floor(entry / PAIR_BASE) !== heap.poppedRank()) continue;
    symbols[left] = entry % PAIR_BASE;
    symbols[right] = -1;
    next[left] = next[right]!;
    if (next[right]! < length) previous[next[right]!] = left;
    if (previous[left]! >= 0) offer(previous[left]!);
    offer(left);
  }
  const out: number[] = [];
  for (let i = 0; i < length; i = next[i]!) out.push(symbols[i]!);
  return Int32Array.from(out);
}

/** A binary heap of (rank, position), least first; positions stay below 2^26 and ranks below 2^26. */
function createHeap(): {
  push(rank: number, at: number): void;
  pop(): number;
  poppedRank(): number;
} {
  const items: number[] = [];
  let rank = 0;
  return {
    push(itemRank, at) {
      let i = items.push(itemRank * PAIR_BASE + at) - 1;
      const item = items[i]!;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (items[parent]! <= item) break;
        items[i] = items[parent]!;
        i = parent;
      }
      items[i] = item;
    },
    pop() {
      const top = items[0];
      const last = items.pop();
      if (top === undefined || last === undefined) return -1;
      if (items.length > 0) {
        let i = 0;
        for (;;) {
          let child = 2 * i + 1;
          if (child >= items.length) break;
          if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
          if (items[child]! >= last) break;
          items[i] = items[child]!;
          i = child;
        }
        items[i] = last;
      }
      rank = Math.floor(top / PAIR_BASE);
      return top % PAIR_BASE;
    },
    poppedRank: () => rank,
  };
}
