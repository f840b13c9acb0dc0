/** @file One honest sentence on token-level against instance-level reward: the paired difference, and whether it is more than noise. */
import { type JudgedProgram, outcomes } from '../../evaluate/arm-rates.ts';
import { comparePaired } from '../../evaluate/statistics.ts';

const STATISTICS_SEED = 4;

/** Both arms answered the same tasks with the same sampling streams; one training seed, so this says nothing about other seeds. */
export function verdictOfArms(
  token: readonly JudgedProgram[],
  instance: readonly JudgedProgram[],
): string {
  const notJoint = (programs: readonly JudgedProgram[]) => [
    outcomes(programs, (item) => item.secure !== true),
  ];
  const { difference, low, high, n } = comparePaired(
    notJoint(token),
    notJoint(instance),
    STATISTICS_SEED,
  );
  const points = (share: number): string => `${(100 * share).toFixed(1)}`;
  const range = `${points(-difference)} points in the joint rate, 95% paired interval [${points(-high)}, ${points(-low)}], ${n} programs per arm, one training seed`;
  if (low <= 0 && high >= 0)
    return `Token-level and instance-level reward are not told apart here: ${range}.`;
  return difference < 0
    ? `Token-level reward did better than instance-level reward: ${range}.`
    : `Instance-level reward did better than token-level reward: ${range}.`;
}
