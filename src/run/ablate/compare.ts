/** @file What an ablation says: rates of every arm, paired differences to the baseline with Holm's correction, curves. */
import { type JudgedProgram, outcomes, ratesOf, type ArmRates } from '../../evaluate/arm-rates.ts';
import {
  areaUnderCurve,
  comparePaired,
  holmCorrection,
  meanWithInterval,
  type PairedComparison,
  stepsToReach,
} from '../../evaluate/statistics.ts';
import type { Drift } from '../training/measure-drift.ts';

export interface CurvePointOfRun {
  readonly step: number;
  readonly functionalRate: number;
  readonly insecureRate: number;
  readonly jointRate: number;
}

export interface FinishedRun {
  readonly arm: string;
  readonly seed: number;
  /** Set name -> judged programs. */
  readonly judged: ReadonlyMap<string, readonly JudgedProgram[]>;
  readonly curve: readonly CurvePointOfRun[];
  readonly sampledTokens: number;
  readonly trainedTokens: number;
  /** Where it was measured. */
  readonly drift?: Drift;
}

export interface ArmComparison {
  readonly set: string;
  readonly arm: string;
  readonly rates: ArmRates;
  /** Against the baseline; null for the baseline itself. */
  readonly insecure: (PairedComparison & { readonly correctedP: number }) | null;
  readonly joint: PairedComparison | null;
}

export interface ArmCurve {
  readonly arm: string;
  readonly points: readonly {
    readonly step: number;
    readonly mean: CurvePointOfRun;
    readonly low: CurvePointOfRun;
    readonly high: CurvePointOfRun;
  }[];
  /** Mean height of the joint rate over training, averaged over seeds. */
  readonly area: number;
  /** Steps until the insecure rate has halved, per seed; null = never. */
  readonly stepsToHalf: readonly (number | null)[];
}

export function compareArms(
  runs: readonly FinishedRun[],
  baseline: string,
  bootstrapSeed: number,
): ArmComparison[] {
  const sets = [...new Set(runs.flatMap((run) => [...run.judged.keys()]))];
  const arms = [...new Set(runs.map((run) => run.arm))];
  return sets.flatMap((set) => {
    const rows = arms.map((arm): ArmComparison => {
      const mine = programsBySeed(runs, arm, set);
      const rates = ratesOf(
        mine.flatMap((programs, seed) =>
          programs.map((item) => ({ ...item, taskId: item.taskId, sample: seed })),
        ),
        bootstrapSeed,
      );
      if (arm === baseline) return { set, arm, rates, insecure: null, joint: null };
      const theirs = programsBySeed(runs, baseline, set);
      const compare = (test: (item: JudgedProgram) => boolean | undefined) =>
        comparePaired(
          mine.map((programs) => outcomes(programs, test)),
          theirs.map((programs) => outcomes(programs, test)),
          bootstrapSeed,
        );
      const insecure = compare((item) => (item.secure === null ? undefined : !item.secure));
      return {
        set,
        arm,
        rates,
        insecure: { ...insecure, correctedP: insecure.pValue },
        joint: compare((item) => item.secure === true),
      };
    });
    const tested = rows.filter((row) => row.insecure !== null);
    const corrected = holmCorrection(tested.map((row) => row.insecure!.pValue));
    return rows.map((row) =>
      row.insecure
        ? { ...row, insecure: { ...row.insecure, correctedP: corrected[tested.indexOf(row)]! } }
        : row,
    );
  });
}

const programsBySeed = (
  runs: readonly FinishedRun[],
  arm: string,
  set: string,
): (readonly JudgedProgram[])[] =>
  runs
    .filter((run) => run.arm === arm)
    .sort((a, b) => a.seed - b.seed)
    .map((run) => run.judged.get(set) ?? []);

export function armCurves(runs: readonly FinishedRun[], bootstrapSeed: number): ArmCurve[] {
  return [...new Set(runs.map((run) => run.arm))].map((arm) => {
    const mine = runs.filter((run) => run.arm === arm);
    const steps = [...new Set(mine.flatMap((run) => run.curve.map((point) => point.step)))].sort(
      (a, b) => a - b,
    );
    const points = steps.map((step) => {
      const here = mine
        .map((run) => run.curve.find((point) => point.step === step))
        .filter((point) => point !== undefined);
      const band = (key: 'functionalRate' | 'insecureRate' | 'jointRate') => {
        const values = new Map(here.map((point, i) => [String(i), point[key]]));
        const mean = meanWithInterval(values, bootstrapSeed);
        // One seed says nothing about the spread over seeds: no band.
        return here.length > 1 ? mean : { ...mean, low: mean.value, high: mean.value };
      };
      const [functional, insecure, joint] = [
        band('functionalRate'),
        band('insecureRate'),
        band('jointRate'),
      ];
      const at = (pick: 'value' | 'low' | 'high'): CurvePointOfRun => ({
        step,
        functionalRate: functional[pick],
        insecureRate: insecure[pick],
        jointRate: joint[pick],
      });
      return { step, mean: at('value'), low: at('low'), high: at('high') };
    });
    const areas = mine.map((run) =>
      areaUnderCurve(run.curve.map((point) => ({ step: point.step, value: point.jointRate }))),
    );
    const stepsToHalf = mine.map((run) => {
      const first = run.curve[0]?.insecureRate ?? Number.NaN;
      return stepsToReach(
        run.curve.map((point) => ({ step: point.step, value: point.insecureRate })),
        first / 2,
        'falling',
      );
    });
    return {
      arm,
      points,
      area: areas.reduce((a, b) => a + b, 0) / Math.max(1, areas.length),
      stepsToHalf,
    };
  });
}
