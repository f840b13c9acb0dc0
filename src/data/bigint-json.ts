/**
 * @file JSON whose integers may exceed 2^53 (PrimeVul's func_hash has 128 bits): such integers come back as the text
 * that was written, everything else as JSON.parse gives it. Outside strings, a too-long integer is put in quotes and
 * the standard parser does the rest, which is an order of magnitude faster than parsing in JavaScript (ours).
 */

/** A whole number of 16 digits or more that is not part of a fraction or of an exponent. */
const LONG_INTEGER = /(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
const MAYBE_LONG = /\d{16}/;

/** Like JSON.parse; integers beyond ±(2^53 - 1) become strings of digits. Throws SyntaxError as JSON.parse does. */
export function parseJsonKeepingIntegers(text: string): unknown {
  if (!MAYBE_LONG.test(text)) return JSON.parse(text);
  let quoted = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const stop = open < 0 ? text.length : open;
    quoted += text.slice(at, stop).replace(LONG_INTEGER, quoteIfUnsafe);
    if (open < 0) break;
    at = closingQuote(text, open) + 1;
    quoted += text.slice(open, at);
  }
  return JSON.parse(quoted);
}

const quoteIfUnsafe = (digits: string): string =>
  Number.isSafeInteger(Number(digits)) ? digits : `"${digits}"`;

/** Offset of the quote that ends the string opened at `open`, or the end of the text where none does. */
function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
