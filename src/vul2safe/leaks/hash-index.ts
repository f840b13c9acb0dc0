/**
 * @file A growing map from 53-bit hashes to ordinals: 32 open-addressing tables (linear probing), chosen by five bits of
 * the hash, that keep the other 48 bits in two typed arrays. A slot is 10 bytes, and a table grows by a quarter when four
 * fifths are full: 12.5 to 16 bytes per entry where a Map needs about a hundred, and never two copies of the whole at
 * once. The first ordinal given for a hash stays; ordinals are 0 to 2^31 - 1.
 */

export interface HashIndex {
  readonly size: number;
  /** The ordinal stored for this hash, or -1. */
  get(hash: number): number;
  /** Stores the ordinal unless the hash is known; returns the ordinal that is stored. */
  add(hash: number, ordinal: number): number;
  /** Bytes held in typed arrays. */
  bytes(): number;
}

interface Table {
  /** [slot] The hash's low 32 bits. */
  readonly low: Uint32Array;
  /** [slot] Its upper 16 bits; the five between them are the table's own number. */
  readonly high: Uint16Array;
  /** [slot] -1 where the slot is free. */
  readonly ordinals: Int32Array;
}

const TABLES = 32;
const FIRST_SLOTS = 32;
const FULL = 0.8;
const GROWTH = 1.25;
const TWO_32 = 4294967296;

const emptyTable = (slots: number): Table => ({
  low: new Uint32Array(slots),
  high: new Uint16Array(slots),
  ordinals: new Int32Array(slots).fill(-1),
});

/** The slot that holds this hash, or the free one where it belongs. */
function slotOf({ low, high, ordinals }: Table, lowBits: number, highBits: number): number {
  const slots = low.length;
  let slot = Math.floor(((lowBits ^ Math.imul(highBits, 0x9e3779b1)) >>> 0) * (slots / TWO_32));
  while (ordinals[slot] !== -1 && (low[slot] !== lowBits || high[slot] !== highBits))
    slot = slot + 1 === slots ? 0 : slot + 1;
  return slot;
}

function grown(table: Table): Table {
  const larger = emptyTable(Math.ceil(table.low.length * GROWTH));
  for (let i = 0; i < table.low.length; i++)
    if (table.ordinals[i] !== -1) put(larger, table.low[i]!, table.high[i]!, table.ordinals[i]!);
  return larger;
}

function put(table: Table, lowBits: number, highBits: number, ordinal: number): void {
  const slot = slotOf(table, lowBits, highBits);
  table.low[slot] = lowBits;
  table.high[slot] = highBits;
  table.ordinals[slot] = ordinal;
}

export function createHashIndex(): HashIndex {
  const tables = Array.from({ length: TABLES }, () => emptyTable(FIRST_SLOTS));
  const used = new Uint32Array(TABLES);
  let size = 0;
  return {
    get size() {
      return size;
    },
    get(hash) {
      const upper = Math.floor(hash / TWO_32);
      const table = tables[upper % TABLES]!;
      return table.ordinals[slotOf(table, hash >>> 0, upper >>> 5)]!;
    },
    add(hash, ordinal) {
      const upper = Math.floor(hash / TWO_32);
      const number = upper % TABLES;
      const table = tables[number]!;
      const known = table.ordinals[slotOf(table, hash >>> 0, upper >>> 5)]!;
      if (known !== -1) return known;
      put(table, hash >>> 0, upper >>> 5, ordinal);
      size++;
      if (++used[number]! > table.low.length * FULL) tables[number] = grown(table);
      return ordinal;
    },
    bytes: () => tables.reduce((sum, { low }) => sum + low.length * 10, 0),
  };
}
