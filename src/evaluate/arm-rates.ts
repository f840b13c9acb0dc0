/** @file The rates an arm is compared by, each with its 95% interval, clustered by task. */
import type { RateInterval } from './statistics/rate.ts';
import { rateWithInterval } from './statistics/rate.ts';

/** One judged program. */
export interface JudgedProgram {
  readonly taskId: string;
  readonly families: readonly string[];
  readonly cwe: readonly string[];
  readonly weakSpots: number;
  readonly split: string;
  readonly sample: number;
  readonly program: string;
  readonly functional: boolean;
  readonly secure: boolean | null;
  readonly spots: readonly boolean[];
  readonly outcome: string;
  readonly detail: string;
}

export interface ArmRates {
  /** Programs judged. */
  readonly programs: number;
  /** Share of all programs whose functional tests pass. */
  readonly functionalRate: RateInterval;
  /** Share of the working programs on which at least one attack succeeds. */
  readonly insecureRate: RateInterval;
  /** Share of all programs that work and resist every attack. */
  readonly jointRate: RateInterval;
}

export function ratesOf(programs: readonly JudgedProgram[], seed: number): ArmRates {
  return {
    programs: programs.length,
    functionalRate: rateWithInterval(
      outcomes(programs, (item) => item.functional),
      seed,
    ),
    insecureRate: rateWithInterval(
      outcomes(programs, (item) => (item.secure === null ? undefined : !item.secure)),
      seed,
    ),
    jointRate: rateWithInterval(
      outcomes(programs, (item) => item.functional && item.secure === true),
      seed,
    ),
  };
}

/** Outcomes by task; undefined = this program does not count for this rate. */
export function outcomes(
  programs: readonly JudgedProgram[],
  test: (program: JudgedProgram) => boolean | undefined,
): Map<string, boolean[]> {
  const byTask = new Map<string, boolean[]>();
  for (const program of programs) {
    const list = byTask.get(program.taskId) ?? [];
    byTask.set(program.taskId, list);
    const value = test(program);
    if (value !== undefined) list.push(value);
  }
  return byTask;
}
