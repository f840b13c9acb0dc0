/** @file What a rewrite rule is: it looks for one shape it understands and answers with edits, or with nothing. */
import type { Edit, Program } from './program.ts';

export interface RewriteRule {
  readonly name: string;
  /** The weaknesses it repairs. */
  readonly cwe: readonly string[];
  /** One array of edits per place it understood; they are applied together or not at all. */
  rewrite(program: Program): readonly Edit[][];
}
