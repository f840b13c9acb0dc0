/**
 * @file All gates, in the order a person would ask: is it the same function, did anything change, does it parse, can it
 * still be called, does it still work, is it small, is it clean, is the weakness gone and nothing new come.
 */
import { diffLexemes } from '../../code/diff.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { GateResult } from '../../data/repair-pair.ts';
import { createCodeView, type CodeTools, type CodeView } from './code-view.ts';
import { editSizeGate } from './edit-size.ts';
import { featureKeptGate } from './feature-kept.ts';
import type { DiffHunk, Gate, GateQuestion, LexemeDiff } from './gate.ts';
import { giveAwayGate } from './give-away.ts';
import { findingGoneGate, noNewFindingGate } from './no-new-weakness.ts';
import { parsesGate } from './parses.ts';
import { relatedGate } from './related.ts';
import { signatureGate } from './signature-kept.ts';
import { substantiveGate } from './substantive.ts';

export const GATES: readonly Gate[] = [
  relatedGate,
  substantiveGate,
  parsesGate,
  signatureGate,
  featureKeptGate,
  editSizeGate,
  giveAwayGate,
  findingGoneGate,
  noNewFindingGate,
];

/** Two versions of one function. */
export interface PairToJudge {
  readonly language: Language;
  readonly before: string;
  readonly after: string;
  /** Of the record; may be empty. */
  readonly cwe: readonly string[];
}

/** What every gate and the offline teacher's heuristics read; the diff is made once, when first asked for. */
export function createGateQuestion(
  pair: Pick<PairToJudge, 'cwe'>,
  before: CodeView,
  after: CodeView,
): GateQuestion {
  let diff: LexemeDiff | undefined;
  return {
    before,
    after,
    cwe: pair.cwe,
    get diff() {
      diff ??= compareLexemes(before.lexemes, after.lexemes);
      return diff;
    },
  };
}

/** Every gate's answer; one failure does not spare the others, so that a person sees all that is wrong. */
export function runGates(pair: PairToJudge, tools: CodeTools): GateResult[] {
  const view = (code: string): CodeView => createCodeView(pair.language, code, tools);
  return answerGates(createGateQuestion(pair, view(pair.before), view(pair.after)));
}

export const answerGates = (question: GateQuestion): GateResult[] =>
  GATES.map((gate) => ({ gate: gate.name, ...gate.check(question) }));

/** Both lists must be free of comments. */
export function compareLexemes(before: readonly Lexeme[], after: readonly Lexeme[]): LexemeDiff {
  const hunks: DiffHunk[] = diffLexemes(before, after, { ignoreComments: false }).map((hunk) => ({
    deletedFrom: hunk.before.start,
    insertedFrom: hunk.after.start,
    deleted: before.slice(hunk.before.start, hunk.before.end),
    inserted: after.slice(hunk.after.start, hunk.after.end),
  }));
  const deleted = hunks.flatMap((hunk) => hunk.deleted);
  return {
    deleted,
    inserted: hunks.flatMap((hunk) => hunk.inserted),
    kept: before.length - deleted.length,
    hunks,
  };
}
