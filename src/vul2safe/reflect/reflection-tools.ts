/** @file What the reflection loop is given: its options, the tools that need no model, and the log it writes. */
import type { GateResult, ReflectionStep, RepairPair } from '../../data/repair-pair.ts';
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import type { StepAnswer } from '../../teacher/teacher.ts';
import type { CweAgreement } from './confidence.ts';

export interface ReflectionOptions {
  /** Blind detection votes, k. One for a teacher that always says the same. */
  readonly votes: number;
  /** Revisions of a candidate, at most. */
  readonly rounds: number;
  /** 0..1; pairs below go to the rejected. */
  readonly threshold: number;
}

export const DEFAULT_REFLECTION: ReflectionOptions = { votes: 3, rounds: 2, threshold: 0.5 };

/** What the loop needs besides the teacher; all without a model. */
export interface ReflectionTools {
  gates(record: VulnerableFunction, fixedCode: string): readonly GateResult[];
  spans(
    record: VulnerableFunction,
    fixedCode: string,
    quotes: readonly string[],
  ): RepairPair['spans'];
  /** Takes comments out of a candidate that would tell what it is. */
  clean(record: VulnerableFunction, fixedCode: string): string;
  sameWeakness: CweAgreement;
}

/** One record's log in the making. */
export interface ReflectionLog {
  readonly steps: ReflectionStep[];
  write<V extends object>(
    step: ReflectionStep['step'],
    answer: StepAnswer<V>,
    about?: object,
  ): void;
}
