/**
 * @file A growing map from 53-bit hashes to ordinals in typed arrays (open addressing, linear probing, load <= 1/2):
 * 24-48 bytes per entry where a Map needs about a hundred. The first ordinal given for a hash stays.
 */

export interface HashIndex {
  readonly size: number;
  /** The ordinal stored for this hash, or -1. */
  get(hash: number): number;
  /** Stores the ordinal unless the hash is known; returns the ordinal that is stored. */
  add(hash: number, ordinal: number): number;
}

export function createHashIndex(expected = 1024): HashIndex {
  let capacity = 1024;
  while (capacity < expected * 2) capacity *= 2;
  let keys = new Float64Array(capacity).fill(-1);
  let values = new Int32Array(capacity);
  let size = 0;

  const slotOf = (table: Float64Array, hash: number): number => {
    const mask = table.length - 1;
    let slot = (hash ^ (hash / 4294967296)) & mask;
    while (table[slot] !== hash && table[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  };
  const grow = (): void => {
    const nextKeys = new Float64Array(keys.length * 2).fill(-1);
    const nextValues = new Int32Array(keys.length * 2);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === -1) continue;
      const slot = slotOf(nextKeys, keys[i]!);
      nextKeys[slot] = keys[i]!;
      nextValues[slot] = values[i]!;
    }
    keys = nextKeys;
    values = nextValues;
  };
  return {
    get size() {
      return size;
    },
    get(hash) {
      const slot = slotOf(keys, hash);
      return keys[slot] === -1 ? -1 : values[slot]!;
    },
    add(hash, ordinal) {
      const slot = slotOf(keys, hash);
      if (keys[slot] !== -1) return values[slot]!;
      keys[slot] = hash;
      values[slot] = ordinal;
      if (++size * 2 > keys.length) grow();
      return ordinal;
    },
  };
}
