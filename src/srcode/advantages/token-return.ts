/**
 * @file The token part of the advantage: G_t = sum over k >= t of gammaToken^(k-t) r_k, scaled and NOT centred.
 * With gammaToken = 0 credit stays exactly where it fell and neutral tokens get exactly zero (ours; see docs/PAPER.md).
 */

/** @param rewards [token] @returns [token] */
export function tokenReturns(rewards: Float32Array, gammaToken: number): Float32Array {
  const returns = new Float32Array(rewards.length);
  let next = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    next = rewards[t]! + gammaToken * next;
    returns[t] = next;
  }
  return returns;
}

/**
 * s_G: the root mean square of G over the tokens where it is not zero, so that a typical rewarded token has size 1
 * whatever share of the tokens is rewarded. 0 when no token of the batch is rewarded.
 */
export function tokenScale(batch: readonly Float32Array[]): number {
  let squares = 0;
  let count = 0;
  for (const row of batch) {
    for (const value of row) {
      if (value === 0) continue;
      squares += value * value;
      count++;
    }
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}
