/** @file Summaries of a training curve: the area under it, and the steps it took to reach a level. Ours; plain trapezoids. */

export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

const byStep = (points: readonly CurvePoint[]): CurvePoint[] =>
  points.filter((point) => Number.isFinite(point.value)).sort((a, b) => a.step - b.step);

/** Mean height of the curve between its first and last step (area / width); NaN without points. */
export function areaUnderCurve(points: readonly CurvePoint[]): number {
  const ordered = byStep(points);
  if (ordered.length === 0) return Number.NaN;
  const first = ordered[0]!;
  const last = ordered[ordered.length - 1]!;
  if (last.step === first.step)
    return ordered.reduce((total, point) => total + point.value, 0) / ordered.length;
  let area = 0;
  for (let i = 1; i < ordered.length; i++) {
    const a = ordered[i - 1]!;
    const b = ordered[i]!;
    area += ((a.value + b.value) / 2) * (b.step - a.step);
  }
  return area / (last.step - first.step);
}

/**
 * The first step (interpolated) at which the curve is at or beyond `level`; null when it never is.
 * `direction` says whether the curve is hoped to fall (an insecure rate) or to rise (a reward).
 */
export function stepsToReach(
  points: readonly CurvePoint[],
  level: number,
  direction: 'rising' | 'falling',
): number | null {
  const ordered = byStep(points);
  const reached = (value: number): boolean =>
    direction === 'rising' ? value >= level : value <= level;
  for (let i = 0; i < ordered.length; i++) {
    const here = ordered[i]!;
    if (!reached(here.value)) continue;
    const before = ordered[i - 1];
    if (!before || before.value === here.value) return here.step;
    const share = (level - before.value) / (here.value - before.value);
    return before.step + share * (here.step - before.step);
  }
  return null;
}
