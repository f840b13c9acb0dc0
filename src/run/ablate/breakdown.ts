/**
 * @file Where the arms differ: the comparison again for every number of weak spots, and insecure weak spots by CWE. By number
 * the whole program counts, as in the main table; by CWE each weak spot of a working program counts for itself.
 */
import type { JudgedProgram } from '../../evaluate/arm-rates.ts';
import { type RateInterval, rateWithInterval } from '../../evaluate/statistics/rate.ts';
import { FAMILIES } from '../../tasks/families/index.ts';
import { type ArmComparison, compareArms, type FinishedRun } from './compare.ts';

export interface Breakdown {
  readonly byWeakSpots: readonly { readonly weakSpots: number; readonly rows: ArmComparison[] }[];
  readonly byCwe: readonly CweRates[];
}

export interface CweRates {
  readonly set: string;
  readonly cwe: string;
  /** Arm -> share of its insecure spots among the spots of working programs. */
  readonly insecure: Readonly<Record<string, RateInterval>>;
}

export function breakDown(
  runs: readonly FinishedRun[],
  baseline: string,
  bootstrapSeed: number,
): Breakdown {
  const all = runs.flatMap((run) => [...run.judged.values()].flat());
  const numbers = [...new Set(all.map(({ weakSpots }) => weakSpots))].sort((a, b) => a - b);
  return {
    byWeakSpots: numbers.map((weakSpots) => ({
      weakSpots,
      rows: compareArms(
        runs.map((run) => restricted(run, (program) => program.weakSpots === weakSpots)),
        baseline,
        bootstrapSeed,
      ),
    })),
    byCwe: [...new Set(runs.flatMap((run) => [...run.judged.keys()]))].flatMap((set) =>
      ratesByCwe(runs, set, bootstrapSeed),
    ),
  };
}

/** Sets that hold no such program are left out. */
const restricted = (run: FinishedRun, keep: (program: JudgedProgram) => boolean): FinishedRun => ({
  ...run,
  judged: new Map(
    [...run.judged]
      .map(([set, programs]) => [set, programs.filter(keep)] as const)
      .filter(([, programs]) => programs.length > 0),
  ),
});

const cweOfFamily = new Map(FAMILIES.map(({ id, cwe }) => [id, cwe]));

/** The CWE of each weak spot; families name them, else a program with one CWE in all. */
const spotCwes = ({ families, cwe, spots }: JudgedProgram): (string | undefined)[] =>
  spots.map(
    (_, spot) => cweOfFamily.get(families[spot] ?? '') ?? (cwe.length === 1 ? cwe[0] : undefined),
  );

function ratesByCwe(runs: readonly FinishedRun[], set: string, seed: number): CweRates[] {
  const cwes = new Set<string>();
  /** Arm, CWE, task -> outcomes. */
  const spots = new Map<string, Map<string, boolean[]>>();
  for (const run of runs)
    for (const program of run.judged.get(set) ?? [])
      spotCwes(program).forEach((cwe, spot) => {
        if (cwe === undefined) return;
        cwes.add(cwe);
        const key = `${run.arm} ${cwe}`;
        const byTask = spots.get(key) ?? new Map<string, boolean[]>();
        spots.set(key, byTask);
        byTask.set(program.taskId, [
          ...(byTask.get(program.taskId) ?? []),
          program.spots[spot] === false,
        ]);
      });
  const arms = [...new Set(runs.map((run) => run.arm))];
  return [...cwes]
    .sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
    .map((cwe) => ({
      set,
      cwe,
      insecure: Object.fromEntries(
        arms.map((arm) => [
          arm,
          rateWithInterval(spots.get(`${arm} ${cwe}`) ?? new Map<string, boolean[]>(), seed),
        ]),
      ),
    }));
}
