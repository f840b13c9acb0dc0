/** @file The Tokenizer port: text <-> ids, with a character map that covers the text exactly and in order. */
import type { Range } from '../data/offsets.ts';

export interface Encoding {
  readonly ids: number[];
  /** [token] UTF-16 ranges in the encoded text: contiguous, monotone, together exactly the text.
   *  Where a character is split over several tokens, the first token holds it and the others are empty at its end. */
  readonly ranges: Range[];
}

export interface Decoding {
  readonly text: string;
  /** [token] As in Encoding; special tokens decode to nothing and have empty ranges. */
  readonly ranges: Range[];
}

export interface Tokenizer {
  readonly vocabularySize: number;
  /** Ends an answer; the model samples it when done. */
  readonly endOfTextId: number;
  encode(text: string): Encoding;
  decode(ids: readonly number[]): Decoding;
}
