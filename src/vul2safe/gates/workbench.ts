/**
 * @file The gates' workbench: views and comparisons of recently seen code, kept for a while, since one record's code is
 * looked at by detection, gates, review and both comparisons. Bounded, so memory stays flat.
 */
import type { Language } from '../../data/vulnerable-function.ts';
import type { GateResult } from '../../data/repair-pair.ts';
import { createCodeView, type CodeTools, type CodeView } from './code-view.ts';
import type { GateQuestion, LexemeDiff } from './gate.ts';
import { answerGates, createGateQuestion, type PairToJudge } from './index.ts';

export interface Workbench {
  view(language: Language, code: string): CodeView;
  question(pair: PairToJudge): GateQuestion;
  gates(pair: PairToJudge): GateResult[];
}

/** Records in flight at once have four versions each at most. */
const KEPT = 64;

export function createWorkbench(tools: CodeTools): Workbench {
  const views = createRecentMap<CodeView>(KEPT);
  const questions = createRecentMap<GateQuestion>(KEPT);
  const view = (language: Language, code: string): CodeView =>
    views.get(`${language}\n${code}`, () => createCodeView(language, code, tools));
  const question = (pair: PairToJudge): GateQuestion => {
    const { language, before, after, cwe } = pair;
    const keyOf = (from: string, to: string): string => `${language}\n${from}\n\u0000${to}`;
    const shared = questions.get(keyOf(before, after), () => {
      const reverse = questions.peek(keyOf(after, before));
      return reverse === undefined
        ? createGateQuestion({ cwe: [] }, view(language, before), view(language, after))
        : reversed(reverse);
    });
    return cwe.length === 0 ? shared : withCwe(shared, cwe);
  };
  return { view, question, gates: (pair) => answerGates(question(pair)) };
}

/** The same question about another weakness; the diff stays lazy and shared. */
const withCwe = (question: GateQuestion, cwe: readonly string[]): GateQuestion => ({
  before: question.before,
  after: question.after,
  cwe,
  get diff() {
    return question.diff;
  },
});

/** The same comparison seen from the other side; its diff is turned round, not made again. */
const reversed = (question: GateQuestion): GateQuestion => ({
  before: question.after,
  after: question.before,
  cwe: question.cwe,
  get diff() {
    return reverseDiff(question.diff);
  },
});

function reverseDiff(diff: LexemeDiff): LexemeDiff {
  return {
    deleted: diff.inserted,
    inserted: diff.deleted,
    kept: diff.kept,
    hunks: diff.hunks.map((hunk) => ({
      deletedFrom: hunk.insertedFrom,
      insertedFrom: hunk.deletedFrom,
      deleted: hunk.inserted,
      inserted: hunk.deleted,
    })),
  };
}

interface RecentMap<V> {
  peek(key: string): V | undefined;
  get(key: string, make: () => V): V;
}

/** Least recently made goes first. */
function createRecentMap<V>(limit: number): RecentMap<V> {
  const entries = new Map<string, V>();
  return {
    peek: (key) => entries.get(key),
    get(key, make) {
      const known = entries.get(key);
      if (known !== undefined) return known;
      const made = make();
      if (entries.size >= limit) entries.delete(entries.keys().next().value as string);
      entries.set(key, made);
      return made;
    },
  };
}
