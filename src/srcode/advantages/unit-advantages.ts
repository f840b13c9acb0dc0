/**
 * @file Instance advantages unit by unit (ours): every unit of a program has its own baseline, made from the same unit in the answers to
 * the same prompt; a token's advantage is the sum over the units it belongs to. With one unit it is the instance advantage. If units are
 * decided independently this is the same expected gradient with the noise of the other units left out.
 */
import type { UnitReward } from '../../data/token-rewards.ts';
import { type Baseline, instanceAdvantages } from './group-baseline.ts';

export interface UnitAdvantages {
  /** [group][answer][token] */
  readonly tokens: Float64Array[][];
  /** [group and unit][answer] What was summed up, for scaling. */
  readonly units: number[][];
}

/** @param groups [group][answer][unit]; the answers of a group have the same units in the same order. */
export function unitAdvantages(
  groups: readonly (readonly (readonly UnitReward[])[])[],
  baseline: Baseline,
): UnitAdvantages {
  const rows = groups.flatMap((group) =>
    (group[0] ?? []).map((_, unit) => group.map((answer) => answer[unit]!.reward)),
  );
  const units = instanceAdvantages(rows, baseline);
  let at = 0;
  const tokens = groups.map((group) => {
    const first = at;
    at += group[0]?.length ?? 0;
    return group.map((answer, i) => {
      const advantages = new Float64Array(answer[0]?.tokens.length ?? 0);
      answer.forEach((unit, u) => {
        const amount = units[first + u]![i]!;
        for (let t = 0; t < advantages.length; t++)
          if (unit.tokens[t] === 1) advantages[t] = advantages[t]! + amount;
      });
      return advantages;
    });
  });
  return { tokens, units };
}
