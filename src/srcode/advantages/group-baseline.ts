/**
 * @file Instance-level advantages without a critic: one number per answer, from the answers to the same prompt.
 * RLOO (Ahmadian et al. 2024): R_i - mean of the others. GRPO (Shao et al. 2024): (R_i - mean) / std of the group.
 * REINFORCE++ (Hu 2025): whitened over the whole batch. All sum to zero within a group (the last one: within the batch).
 */

export type Baseline = 'rloo' | 'grpo' | 'reinforce++';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const deviation = (values: readonly number[], centre: number): number =>
  Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));

/** @param groups [group][answer] instance rewards. @returns [group][answer], not yet scaled for 'rloo'. */
export function instanceAdvantages(
  groups: readonly (readonly number[])[],
  baseline: Baseline,
): number[][] {
  if (baseline === 'reinforce++') {
    const all = groups.flat();
    const centre = mean(all);
    const scale = deviation(all, centre);
    return groups.map((group) =>
      group.map((reward) => (scale > 0 ? (reward - centre) / scale : 0)),
    );
  }
  return groups.map((group) => {
    const centre = mean(group);
    if (baseline === 'grpo') {
      const scale = deviation(group, centre);
      return group.map((reward) => (scale > 1e-9 ? (reward - centre) / scale : 0));
    }
    // R_i - (n mean - R_i)/(n-1) = (R_i - mean) n/(n-1)
    const factor = group.length > 1 ? group.length / (group.length - 1) : 0;
    return group.map((reward) => (reward - centre) * factor);
  });
}

/** Root mean square over a batch: the scale s_R that RLOO's advantages are divided by (0 stays 0). */
export function batchScale(groups: readonly (readonly number[])[]): number {
  const all = groups.flat();
  return Math.sqrt(mean(all.map((value) => value * value)));
}
