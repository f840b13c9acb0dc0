/**
 * @file Per-token estimators of KL(pi || pi_ref) from samples of pi (Schulman 2020, "Approximating KL divergence"),
 * with gap = log pi - log pi_ref: k1 = gap (unbiased, noisy), k2 = gap^2/2 (biased, low variance), k3 = exp(-gap) - 1 + gap (unbiased, non-negative).
 */

export type KlEstimator = 'k1' | 'k2' | 'k3';

export function klEstimate(gap: number, estimator: KlEstimator): number {
  switch (estimator) {
    case 'k1':
      return gap;
    case 'k2':
      return (gap * gap) / 2;
    case 'k3':
      return Math.expm1(-gap) + gap;
  }
}
