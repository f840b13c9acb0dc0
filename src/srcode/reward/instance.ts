/**
 * @file Instance-level reward R, the baseline's whole signal, in its two fair forms: binary (works and is secure) and graded
 * (partial credit for form, function and the share of secure weak spots). What could not be judged is null and never counts
 * as secure; where no tests exist, a complete program that parses stands for function.
 */
import type { InstanceReward } from '../../data/token-rewards.ts';
import type { ProgramContext } from './channel.ts';

export type InstanceForm = 'binary' | 'graded';

export interface InstanceParts {
  /** Share of functional tests passed; null: there are none. */
  readonly functional: number | null;
  /** 1, 0, or null: unknown. */
  readonly secure: number | null;
  /** [spot] True where the weak spot is secure, where that is known spot by spot. */
  readonly spots?: readonly boolean[];
  /** 1 when there is a complete, parsable program, else 0. */
  readonly format: number;
}

const GRADES = { format: 0.1, functional: 0.4, secure: 0.5 } as const;

export function instanceReward(parts: InstanceParts, form: InstanceForm): InstanceReward {
  const { functional, secure, spots, format } = parts;
  const works = functional ?? format;
  const share = spots !== undefined && spots.length > 0 ? mean(spots.map(Number)) : (secure ?? 0);
  const value =
    form === 'binary'
      ? Number(format === 1 && works === 1 && (spots ? share === 1 : secure === 1))
      : format * (GRADES.format + GRADES.functional * works + GRADES.secure * works * share);
  return { value, functional, secure, format, why: sentence(parts, share) };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function sentence({ functional, secure, format }: InstanceParts, share: number): string {
  if (format === 0) return 'no complete program';
  const works =
    functional === null
      ? 'no tests'
      : functional === 1
        ? 'works'
        : `passes ${Math.round(functional * 100)}% of its tests`;
  const safe =
    secure === null
      ? 'security unknown'
      : secure === 1
        ? 'no weakness found'
        : `weak (${Math.round(share * 100)}% of its spots secure)`;
  return `${works}, ${safe}`;
}

/** What execution and analysis say of an answer. A finding costs one weak spot, whichever it is. */
export function instanceParts(context: ProgramContext): InstanceParts {
  const { execution, analysis, standing, task } = context;
  const functional =
    execution === null
      ? null
      : execution.status === 'broken' || execution.tests.length === 0
        ? 0
        : mean(execution.tests.map((test) => Number(test.status === 'passed')));
  const format = Number(
    standing.parses && standing.complete && context.rollout.finishReason === 'stop',
  );
  if (analysis.status !== 'analysed' || !standing.parses)
    return { functional, secure: null, format };
  const findings = analysis.findings.length;
  const spots = Array.from({ length: Math.max(1, task.weakSpots) }, (_, spot) => spot >= findings);
  return { functional, secure: findings === 0 ? 1 : 0, spots, format };
}
