/** @file What reflection makes of one record: a pair, or a rejection with a reason code; both carry the whole log. */
import type { GateResult, ReflectionStep, RepairPair } from '../../data/repair-pair.ts';
import type { TeacherFailure } from '../../teacher/teacher.ts';

/** Gate rejections read `gate-<name of the first gate that failed>`. */
export type ReflectionRejection =
  | 'not-detected'
  | 'no-repair'
  | 'reflection-refused'
  | 'comparison-wrong'
  | 'comparison-inconsistent'
  | 'comparison-undecided'
  | 'low-confidence'
  | `gate-${string}`
  | TeacherFailure;

/** The furthest a record came, for the funnel. */
export type Stage = 'curated' | 'detected' | 'repaired' | 'reflected' | 'gated' | 'kept';

export type ReflectionOutcome =
  | { readonly kept: true; readonly pair: RepairPair }
  | {
      readonly kept: false;
      readonly reason: ReflectionRejection;
      readonly detail: string;
      readonly stage: Stage;
      readonly reflection: readonly ReflectionStep[];
      readonly gates: readonly GateResult[];
      /** The candidate that came furthest, where there was one. */
      readonly fixedCode?: string;
      readonly confidence?: number;
    };
