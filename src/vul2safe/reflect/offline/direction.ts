/**
 * @file Which of two versions looks like the safer one, from the edit alone: a logistic score over the edit's features.
 * Fitted on real fixes, so it knows habits (fixes add comparisons, bounds, escapes, early returns), not semantics: it is
 * right for about four pairs in five, and the offline teacher's certainty says so.
 */
import type { GateQuestion } from '../../gates/gate.ts';
import { editFeatures, type EditFeatures } from './direction-features.ts';
import { DIRECTION_WEIGHTS } from './direction-weights.ts';
import { withoutRenames } from './same-names.ts';

export type DirectionWeights = ReadonlyMap<string, number>;

export interface Direction {
  /** 0..1, that `after` is the safer version; 0.5 when nothing speaks. The reverse edit gives 1 minus this. */
  readonly probability: number;
  /** What spoke loudest, e.g. "adds guard (+0.40)". */
  readonly reasons: readonly string[];
}

export const SHIPPED_WEIGHTS: DirectionWeights = parseWeights(DIRECTION_WEIGHTS);

export function parseWeights(text: string): DirectionWeights {
  const weights = new Map<string, number>();
  for (const entry of text.split(/ \| |\n/)) {
    const blank = entry.lastIndexOf(' ');
    if (blank > 0) weights.set(entry.slice(0, blank), Number(entry.slice(blank + 1)));
  }
  return weights;
}

const REASONS_SHOWN = 5;

export function directionOf(
  question: GateQuestion,
  weights: DirectionWeights = SHIPPED_WEIGHTS,
): Direction {
  return scoreFeatures(editFeatures(withoutRenames(question)), weights);
}

export function scoreFeatures(features: EditFeatures, weights: DirectionWeights): Direction {
  let sum = 0;
  const parts: { name: string; amount: number; weight: number }[] = [];
  for (const [name, amount] of features) {
    const weight = weights.get(name) ?? 0;
    if (weight === 0) continue;
    sum += weight * amount;
    parts.push({ name, amount, weight });
  }
  parts.sort((a, b) => Math.abs(b.weight * b.amount) - Math.abs(a.weight * a.amount));
  return {
    probability: 1 / (1 + Math.exp(-sum)),
    reasons: parts.slice(0, REASONS_SHOWN).map(({ name, amount, weight }) => {
      const effect = weight * amount;
      return `${phraseOf(name, amount)} (${effect > 0 ? '+' : ''}${effect.toFixed(2)})`;
    }),
  };
}

/** What the features of whole edits say, one way and the other. */
const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  size: ['grows the code', 'shrinks the code'],
  grows: ['grows the code at all', 'shrinks the code at all'],
  'one-way': ['adds and takes nothing away', 'takes away and adds nothing'],
  'new-names': ['brings names', 'drops names'],
  'names-one-way': ['brings names and drops none', 'drops names and brings none'],
};

function phraseOf(name: string, amount: number): string {
  const [base, steps] = name.split('>');
  const shape = steps === undefined || base === 'grows' ? SHAPES[base!] : undefined;
  if (shape === undefined) return `${amount > 0 ? 'adds' : 'removes'} ${name}`;
  const phrase = shape[amount > 0 ? 0 : 1];
  return steps === undefined
    ? phrase
    : `${phrase.replace(' at all', '')} by more than ${steps} lexemes`;
}
