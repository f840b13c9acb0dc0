/**
 * @file Offsets on disk count Unicode code points (as Python does, so SVEN's and others' agree);
 * offsets in memory count UTF-16 units. Conversion happens only at the edge, here.
 */

/** A half-open range [start, end). Unit: UTF-16 units in memory, code points on disk. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const isLeadSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isTrailSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

export interface OffsetMap {
  toCodePoint(utf16: number): number;
  toUtf16(codePoint: number): number;
}

const IDENTITY: OffsetMap = { toCodePoint: (offset) => offset, toUtf16: (offset) => offset };

/** Maps offsets within one text. A UTF-16 offset inside a surrogate pair maps to the code point it belongs to. */
export function createOffsetMap(text: string): OffsetMap {
  const pairEnds: number[] = []; // UTF-16 offset just after each surrogate pair, ascending
  for (let i = 0; i + 1 < text.length; i++) {
    if (isLeadSurrogate(text.charCodeAt(i)) && isTrailSurrogate(text.charCodeAt(i + 1)))
      pairEnds.push(++i + 1);
  }
  if (pairEnds.length === 0) return IDENTITY;
  const pairsEndingAtOrBefore = (utf16: number): number => {
    let low = 0;
    let high = pairEnds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairEnds[middle]! <= utf16) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    toCodePoint(utf16) {
      const before = pairsEndingAtOrBefore(utf16);
      const insidePair = pairEnds[before] !== undefined && pairEnds[before]! - 1 === utf16;
      return utf16 - before - (insidePair ? 1 : 0);
    },
    toUtf16(codePoint) {
      let low = 0;
      let high = pairEnds.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (pairEnds[middle]! - (middle + 1) <= codePoint) low = middle + 1;
        else high = middle;
      }
      return codePoint + low;
    },
  };
}

export const rangeToCodePoints = <R extends Range>(range: R, map: OffsetMap): R => ({
  ...range,
  start: map.toCodePoint(range.start),
  end: map.toCodePoint(range.end),
});

export const rangeToUtf16 = <R extends Range>(range: R, map: OffsetMap): R => ({
  ...range,
  start: map.toUtf16(range.start),
  end: map.toUtf16(range.end),
});
