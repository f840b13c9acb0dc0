/**
 * @file The Teacher port: whoever answers the steps of self-reflection. Two kinds implement it: `ChatTeacher` (any
 * chat model, see chat-teacher.ts) and the offline teacher (no model, see vul2safe/reflect/offline).
 * An answer that could not be had is a value, so that one bad answer costs one record and nothing else.
 */
import type {
  CompareQuestion,
  Comparison,
  Critique,
  DetectQuestion,
  Detection,
  ReflectQuestion,
  Repair,
  RepairQuestion,
  WritePromptsQuestion,
  WrittenPrompts,
} from './steps.ts';

/** Reason codes of a record that is rejected because its teacher failed. */
export type TeacherFailure =
  | 'teacher-unavailable'
  | 'teacher-timeout'
  | 'teacher-malformed'
  | 'teacher-refused-request'
  | 'budget-exhausted';

/** What one answer cost, for the reflection log. */
export interface StepCost {
  /** Names of the model and the prompt that were used; rules of the offline teacher have a version, too. */
  readonly model: string;
  readonly promptHash: string;
  readonly promptVersion: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export type StepAnswer<Verdict> =
  | { readonly ok: true; readonly verdict: Verdict; readonly cost: StepCost }
  | {
      readonly ok: false;
      readonly failure: TeacherFailure;
      readonly detail: string;
      readonly cost: StepCost;
    };

export interface Teacher {
  /** e.g. "offline", "openai-compatible". */
  readonly name: string;
  /** Who made a repair: a model, or a rewrite rule. */
  readonly repairOrigin: 'teacher' | 'rule';
  /** False where asking twice gives the same answer, so that k votes are one. */
  readonly voices: boolean;
  detect(question: DetectQuestion, signal?: AbortSignal): Promise<StepAnswer<Detection>>;
  repair(question: RepairQuestion, signal?: AbortSignal): Promise<StepAnswer<Repair>>;
  reflect(question: ReflectQuestion, signal?: AbortSignal): Promise<StepAnswer<Critique>>;
  compare(question: CompareQuestion, signal?: AbortSignal): Promise<StepAnswer<Comparison>>;
  writePrompts(
    question: WritePromptsQuestion,
    signal?: AbortSignal,
  ): Promise<StepAnswer<WrittenPrompts>>;
}
