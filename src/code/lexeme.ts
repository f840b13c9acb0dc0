/** @file Lexeme: the unit that diffs, patterns and spans are made of. */
import type { Range } from '../data/offsets.ts';

export type LexemeKind =
  | 'identifier'
  | 'keyword'
  | 'number'
  | 'string'
  | 'operator'
  | 'comment'
  | 'directive'
  | 'other';

/** UTF-16 range; white space lies between lexemes. `string` covers the quotes; template literals are split at `${`. */
export interface Lexeme extends Range {
  readonly kind: LexemeKind;
  readonly text: string;
}
