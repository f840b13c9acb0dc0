/**
 * @file Which character a byte belongs to. Malformed bytes become U+FFFD, one per maximal subpart (Unicode 3.9, WHATWG),
 * exactly as Node's decoder does, so that offsets agree with the decoded text.
 */

/** [byte, and one more for the end] UTF-16 offset of the first character that starts at or after this byte. */
export function characterOffsets(bytes: Uint8Array): Int32Array {
  const offsets = new Int32Array(bytes.length + 1);
  let at = 0;
  let units = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    offsets[at] = units;
    units += length === 4 ? 2 : 1;
    const next = at + Math.abs(length);
    // Bytes inside the character point at its end: the token that holds its first byte holds it whole.
    for (let inside = at + 1; inside < next; inside++) offsets[inside] = units;
    at = next;
  }
  offsets[bytes.length] = units;
  return offsets;
}

/** 1..4 bytes of a well-formed character; negative, the bytes of one malformed maximal subpart. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  let needed: number;
  let low = 0x80;
  let high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) needed = 1;
  else if (lead >= 0xe0 && lead <= 0xef) {
    needed = 2;
    if (lead === 0xe0) low = 0xa0;
    if (lead === 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    needed = 3;
    if (lead === 0xf0) low = 0x90;
    if (lead === 0xf4) high = 0x8f;
  } else return -1;
  for (let i = 1; i <= needed; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < low || byte > high) return -i;
    low = 0x80;
    high = 0xbf;
  }
  return needed + 1;
}
