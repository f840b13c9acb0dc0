/**
 * @file Generalised advantage estimation (Schulman et al. 2016, eq. 16) on per-token rewards, for PPO with a critic:
 * delta_t = r_t + gamma V_{t+1} - V_t;  A_t = delta_t + gamma lambda A_{t+1};  V after the last token is 0.
 * How the reward reaches single tokens is SRCode's part (see ../reward); nothing here knows of security.
 */

export interface GaeResult {
  /** [token] */
  readonly advantages: Float32Array;
  /** [token] A_t + V_t, the critic's targets. */
  readonly returns: Float32Array;
}

/** @param rewards [token] @param values [token] V_t before token t is emitted */
export function generalisedAdvantages(
  rewards: Float32Array,
  values: Float32Array,
  gamma: number,
  lambda: number,
): GaeResult {
  if (rewards.length !== values.length) {
    throw new RangeError(
      `rewards (${rewards.length}) and values (${values.length}) differ in length`,
    );
  }
  const advantages = new Float32Array(rewards.length);
  const returns = new Float32Array(rewards.length);
  let next = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const nextValue = values[t + 1] ?? 0;
    const delta = rewards[t]! + gamma * nextValue - values[t]!;
    next = delta + gamma * lambda * next;
    advantages[t] = next;
    returns[t] = next + values[t]!;
  }
  return { advantages, returns };
}

export type CriticNormalisation = 'whiten' | 'scale' | 'none';

/**
 * Normalises the advantages of a batch in place. 'whiten' centres and scales (verl's default); with sparse token rewards
 * centring gives every neutral token a signal, so 'scale' (divide by the root mean square) is ours.
 */
export function normaliseAdvantages(
  batch: readonly Float32Array[],
  how: CriticNormalisation,
): void {
  if (how === 'none') return;
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const row of batch) {
    for (const value of row) {
      count++;
      sum += value;
      squares += value * value;
    }
  }
  if (count === 0) return;
  const centre = how === 'whiten' ? sum / count : 0;
  const scale = Math.sqrt(Math.max(0, squares / count - centre * centre)) + 1e-8;
  for (const row of batch) {
    for (let t = 0; t < row.length; t++) row[t] = (row[t]! - centre) / scale;
  }
}
