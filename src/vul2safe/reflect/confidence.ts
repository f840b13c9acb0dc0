/**
 * @file How sure we are of a pair, 0..1, from what the teacher said: blind detection votes, blind comparisons in both
 * orders, and the hostile review. Gates do not enter the sum: a failed gate rejects. Weights are ours; the
 * blind comparison weighs most, since it is the only step that sees both versions without knowing which is which.
 */
import type { Comparison, Detection } from '../../teacher/steps.ts';

export const CONFIDENCE_WEIGHTS = { detect: 0.3, compare: 0.5, reflect: 0.2 } as const;
const SCORE_WITHOUT_CWE_AGREEMENT = 0.85;
const SCORE_LOST_PER_ROUND = 0.15;

/** Says whether two CWE lists name the same kind of weakness. */
export type CweAgreement = (claimed: readonly string[], recorded: readonly string[]) => boolean;

/** 1 when every vote sees the recorded weakness, 0.5 when nobody knows, 0 when every vote says "safe". */
export function detectionScore(
  votes: readonly Detection[],
  recordedCwe: readonly string[],
  agree: CweAgreement,
): number {
  if (votes.length === 0) return 0.5;
  const scores = votes.map((vote): number => {
    if (vote.verdict === 'unknown') return 0.5;
    if (vote.verdict === 'safe') return 0;
    return recordedCwe.length === 0 || agree(vote.cwe, recordedCwe)
      ? 1
      : SCORE_WITHOUT_CWE_AGREEMENT;
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** One blind comparison: which letter hid the vulnerable version, and what was answered. */
export interface JudgedComparison {
  readonly vulnerableWas: 'A' | 'B';
  readonly answer: Comparison;
}

/** From here on a wrong choice is more than a weak hint. */
const SURE = 0.5;

/** 1 for two sure and right answers, 0.5 for "undecided", 0 for two sure and wrong ones. */
export function comparisonScore(
  comparisons: readonly JudgedComparison[],
  recordedCwe: readonly string[],
  agree: CweAgreement,
): number {
  if (comparisons.length === 0) return 0.5;
  const scores = comparisons.map(({ vulnerableWas, answer }) => {
    if (answer.vulnerable === 'undecided') return 0.5;
    const lean = 0.5 * answer.certainty;
    // Under SURE the wrong lean of a heuristic is right one time in three: it counts half of what a sure one does.
    if (answer.vulnerable !== vulnerableWas)
      return answer.certainty < SURE ? 0.5 - 0.5 * lean : 0.5 - lean;
    const otherWeakness =
      answer.cwe.length > 0 && recordedCwe.length > 0 && !agree(answer.cwe, recordedCwe);
    return (0.5 + lean) * (otherWeakness ? SCORE_WITHOUT_CWE_AGREEMENT : 1);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/**
 * Comparisons that sink a pair whatever its confidence. A model has to pick the vulnerable version in both orders;
 * heuristics may be undecided, or lean the wrong way a little (which costs confidence), but not surely.
 */
export function comparisonFailure(
  comparisons: readonly JudgedComparison[],
  isModel: boolean,
):
  | {
      reason: 'comparison-wrong' | 'comparison-inconsistent' | 'comparison-undecided';
      detail: string;
    }
  | undefined {
  const wrong = comparisons.filter(
    ({ vulnerableWas, answer }) =>
      answer.vulnerable !== 'undecided' && answer.vulnerable !== vulnerableWas,
  );
  const undecided = comparisons.filter(({ answer }) => answer.vulnerable === 'undecided');
  if (wrong.length > 0 && wrong.length + undecided.length < comparisons.length)
    return {
      reason: 'comparison-inconsistent',
      detail: 'the choice followed the order, not the code',
    };
  const sure = wrong.some(({ answer }) => answer.certainty >= SURE);
  if (wrong.length > 0 && (isModel || sure))
    return {
      reason: 'comparison-wrong',
      detail: 'shown blind, the fix was taken for the vulnerable version',
    };
  if (isModel && undecided.length > 0)
    return {
      reason: 'comparison-undecided',
      detail: 'shown blind, the vulnerable version was not recognised',
    };
  return undefined;
}

/** Accepted at once: 1; each revision that was needed costs a little. */
export const reflectionScore = (rounds: number): number =>
  Math.max(0, 1 - SCORE_LOST_PER_ROUND * rounds);

export function combineConfidence(scores: {
  readonly detect: number;
  readonly compare: number;
  readonly reflect: number;
}): number {
  const sum =
    CONFIDENCE_WEIGHTS.detect * scores.detect +
    CONFIDENCE_WEIGHTS.compare * scores.compare +
    CONFIDENCE_WEIGHTS.reflect * scores.reflect;
  return Math.round(sum * 1e4) / 1e4;
}
