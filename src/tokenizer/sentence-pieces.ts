/**
 * @file Ranges for the pieces of a SentencePiece-style tokenizer (Llama 1/2, Mistral, Gemma): "▁" is a space, <0xE4> one byte.
 * Only places pieces that another library made; it does not tokenize.
 */
import { inputError } from '../kernel/errors.ts';
import type { Range } from '../data/offsets.ts';

const BYTE_PIECE = /^<0x([0-9A-Fa-f]{2})>$/;

/**
 * [piece] UTF-16 ranges in `text`, as the Tokenizer port wants them. A leading "▁" that stands for no space of the text
 * takes nothing; a piece in `special` has an empty range. Throws `input` where pieces and text disagree.
 */
export function placePieces(
  text: string,
  pieces: readonly string[],
  special: ReadonlySet<string> = new Set(),
): Range[] {
  const ranges: Range[] = [];
  let at = 0;
  let atStart = true;
  /** Bytes still to come of a character that its first byte's piece has taken already. */
  let pending: number[] = [];
  const disagree = (index: number): never => {
    throw inputError(
      `piece ${index} "${pieces[index]}" does not fit the text at offset ${at}: "${text.slice(at, at + 12)}"`,
      'the text must be the one these pieces were made from, not normalised otherwise',
    );
  };
  pieces.forEach((piece, index) => {
    const start = at;
    const byte = BYTE_PIECE.exec(piece)?.[1];
    if (special.has(piece)) {
      // Empty.
    } else if (byte !== undefined && !text.startsWith(piece, at)) {
      if (pending.length === 0) {
        const character = String.fromCodePoint(text.codePointAt(at) ?? disagree(index));
        pending = [...Buffer.from(character, 'utf8')];
        at += character.length;
      }
      if (pending.shift() !== Number.parseInt(byte, 16)) disagree(index);
      atStart = false;
    } else {
      let plain = piece.replaceAll('▁', ' ');
      if (atStart && plain.startsWith(' ') && !text.startsWith(plain, at)) plain = plain.slice(1);
      if (text.startsWith(plain, at)) at += plain.length;
      else if (text.startsWith(piece, at)) at += piece.length;
      else disagree(index);
      atStart = false;
    }
    ranges.push({ start, end: at });
  });
  if (at !== text.length || pending.length > 0)
    throw inputError(`pieces end at offset ${at} of a text of ${text.length} units`);
  return ranges;
}
