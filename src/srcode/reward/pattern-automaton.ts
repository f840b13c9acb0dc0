/**
 * @file All patterns of a batch at once over a stream of symbols (Aho & Corasick 1975). Symbols are small integers;
 * transitions lie in one open-addressing table, so a step costs about one probe whatever the number of patterns.
 */

export interface PatternAutomaton {
  /** Calls `visit(pattern, end)` for every occurrence; `end` is the index just behind it. */
  match(symbols: Int32Array, visit: (pattern: number, end: number) => void): void;
}

/** Patterns: sequences of symbols >= 0, none empty; equal sequences are found as separate patterns. */
export function createAutomaton(patterns: readonly Int32Array[]): PatternAutomaton {
  const total = patterns.reduce((sum, pattern) => sum + pattern.length, 1);
  let capacity = 16;
  while (capacity < total * 2) capacity *= 2;
  const keysState = new Int32Array(capacity).fill(-1);
  const keysSymbol = new Int32Array(capacity);
  const targets = new Int32Array(capacity);

  const slotOf = (state: number, symbol: number): number => {
    let slot = (Math.imul(state, 0x9e3779b1) ^ Math.imul(symbol, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & (capacity - 1);
    while (keysState[slot] !== -1 && (keysState[slot] !== state || keysSymbol[slot] !== symbol))
      slot = (slot + 1) & (capacity - 1);
    return slot;
  };
  const step = (state: number, symbol: number): number => {
    const slot = slotOf(state, symbol);
    return keysState[slot] === -1 ? -1 : targets[slot]!;
  };

  let states = 1;
  const parent = new Int32Array(total);
  const symbolInto = new Int32Array(total);
  const depth = new Int32Array(total);
  const ending: number[][] = [];
  patterns.forEach((pattern, index) => {
    let state = 0;
    for (const symbol of pattern) {
      const slot = slotOf(state, symbol);
      if (keysState[slot] === -1) {
        keysState[slot] = state;
        keysSymbol[slot] = symbol;
        targets[slot] = states;
        parent[states] = state;
        symbolInto[states] = symbol;
        depth[states] = depth[state]! + 1;
        states++;
      }
      state = targets[slot]!;
    }
    const known = ending[state];
    if (known === undefined) ending[state] = [index];
    else known.push(index);
  });

  // Failure links by breadth first; `report` jumps to the nearest suffix at which a pattern ends.
  const failure = new Int32Array(states);
  const report = new Int32Array(states);
  const order = Array.from({ length: states }, (_, state) => state).sort(
    (a, b) => depth[a]! - depth[b]!,
  );
  for (const state of order) {
    if (depth[state]! <= 1) continue;
    let candidate = failure[parent[state]!]!;
    const symbol = symbolInto[state]!;
    for (;;) {
      const next = step(candidate, symbol);
      if (next >= 0) {
        failure[state] = next;
        break;
      }
      if (candidate === 0) break;
      candidate = failure[candidate]!;
    }
    const suffix = failure[state]!;
    report[state] = ending[suffix] === undefined ? report[suffix]! : suffix;
  }

  return {
    match(symbols, visit) {
      let state = 0;
      for (let i = 0; i < symbols.length; i++) {
        const symbol = symbols[i]!;
        let next = step(state, symbol);
        while (next < 0 && state !== 0) {
          state = failure[state]!;
          next = step(state, symbol);
        }
        state = Math.max(0, next);
        for (
          let at = ending[state] === undefined ? report[state]! : state;
          at !== 0;
          at = report[at]!
        )
          for (const pattern of ending[at]!) visit(pattern, i + 1);
      }
    },
  };
}
