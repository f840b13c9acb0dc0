/**
 * @file The gates' workbench: views and comparisons of recently seen code, kept for a while, since one record's code is
 * looked at by detection, gates, review and both comparisons. Bounded, so memory stays flat.
 */
import type { Language } from '../../data/vulnerable-function.ts';
import type { GateResult } from '../../data/repair-pair.ts';
import { createCodeView, type CodeTools, type CodeView } from './code-view.ts';
import type { GateQuestion } from './gate.ts';
import { answerGates, createGateQuestion, type PairToJudge } from './index.ts';

export interface Workbench {
  view(language: Language, code: string): CodeView;
  question(pair: PairToJudge): GateQuestion;
  gates(pair: PairToJudge): GateResult[];
}

const KEPT = 256;

export function createWorkbench(tools: CodeTools): Workbench {
  const views = createRecentMap<CodeView>(KEPT);
  const questions = createRecentMap<GateQuestion>(KEPT);
  const view = (language: Language, code: string): CodeView =>
    views.get(`${language}\n${code}`, () => createCodeView(language, code, tools));
  const question = (pair: PairToJudge): GateQuestion => {
    const { language, before, after, cwe } = pair;
    const shared = questions.get(`${language}\n${before}\n\u0000${after}`, () =>
      createGateQuestion({ ...pair, cwe: [] }, view(language, before), view(language, after)),
    );
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

interface RecentMap<V> {
  get(key: string, make: () => V): V;
}

/** Least recently made goes first. */
function createRecentMap<V>(limit: number): RecentMap<V> {
  const entries = new Map<string, V>();
  return {
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
