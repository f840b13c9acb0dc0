/** @file The byte-level alphabet of GPT-2 (Radford et al. 2019): every byte has one printable character, so that any text is a string over 256 letters. */

const isPrintable = (byte: number): boolean =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);

/** [byte] The letter that stands for it. */
export const BYTE_LETTERS: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : next++),
  );
})();

const BYTE_OF_LETTER = new Map(BYTE_LETTERS.map((letter, byte) => [letter, byte]));

/** The letters of a text's UTF-8 bytes. */
export const toLetters = (bytes: Uint8Array): string => {
  let letters = '';
  for (const byte of bytes) letters += BYTE_LETTERS[byte];
  return letters;
};

/** The bytes that letters stand for; undefined where one is not of the alphabet (a token added as plain text). */
export function fromLetters(letters: string): Uint8Array | undefined {
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) {
    const byte = BYTE_OF_LETTER.get(letters[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
