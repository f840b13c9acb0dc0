/**
 * @file What a gate is: a question about a pair that needs no model, answered yes or no with a sentence.
 * A gate that cannot be applied (no grammar, no analyzer for the language) passes and says so in its detail: it never
 * claims that something was checked which was not.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import type { GateResult } from '../../data/repair-pair.ts';
import type { CodeView } from './code-view.ts';

export interface GateQuestion {
  readonly before: CodeView;
  readonly after: CodeView;
  /** Of the record; may be empty. */
  readonly cwe: readonly string[];
  /** Lexemes only in one version, comments aside. Made once for all gates. */
  readonly diff: LexemeDiff;
}

export interface LexemeDiff {
  readonly deleted: readonly Lexeme[];
  readonly inserted: readonly Lexeme[];
  readonly kept: number;
  /** Runs of change, in order. */
  readonly hunks: readonly DiffHunk[];
}

/** Neighbouring deleted and inserted lexemes. Indices are into the comment-free lexemes of each side. */
export interface DiffHunk {
  readonly deletedFrom: number;
  readonly insertedFrom: number;
  readonly deleted: readonly Lexeme[];
  readonly inserted: readonly Lexeme[];
}

export interface Gate {
  /** Also the suffix of the rejection reason, "gate-<name>". */
  readonly name: string;
  check(question: GateQuestion): Omit<GateResult, 'gate'>;
}

export const pass = (detail = ''): Omit<GateResult, 'gate'> => ({ passed: true, detail });
export const fail = (detail: string): Omit<GateResult, 'gate'> => ({ passed: false, detail });
