/**
 * @file What a teacher is asked and what it answers, one pair of shapes per step of self-reflection.
 * The answers' zod schemas are also what chat models get as JSON Schema. Ours; the paper names the idea, not the steps.
 */
import { z } from 'zod';
import { promptStyleSchema, type PromptStyle } from '../data/prompted-pair.ts';
import type { Language } from '../data/vulnerable-function.ts';

/** `unknown` is an honest answer: it is never counted as "safe". */
export const detectionSchema = z.object({
  verdict: z.enum(['vulnerable', 'safe', 'unknown']),
  cwe: z.array(z.string()),
  /** 1-based lines of the code shown. */
  lines: z.array(z.number().int()),
  /** Exact pieces of the code shown. */
  quotes: z.array(z.string()),
  why: z.string(),
});
export type Detection = Readonly<z.infer<typeof detectionSchema>>;

export const repairSchema = z.object({
  /** The whole function again, or null when no repair was found. */
  fixedCode: z.string().nullable(),
  why: z.string(),
});
export type Repair = Readonly<z.infer<typeof repairSchema>>;

export const critiqueSchema = z.object({
  accept: z.boolean(),
  stillExploitable: z.boolean(),
  behaviourChanged: z.boolean(),
  newWeakness: z.boolean(),
  critique: z.string(),
  /** A better version of the candidate, or null. */
  revision: z.string().nullable(),
});
export type Critique = Readonly<z.infer<typeof critiqueSchema>>;

export const comparisonSchema = z.object({
  /** The one that is vulnerable; "undecided" is honest and costs confidence only. */
  vulnerable: z.enum(['A', 'B', 'undecided']),
  /** 0..1: how sure, apart from the choice itself. */
  certainty: z.number().min(0).max(1),
  cwe: z.array(z.string()),
  quotes: z.array(z.string()),
  why: z.string(),
});
export type Comparison = Readonly<z.infer<typeof comparisonSchema>>;

export const writtenPromptsSchema = z.object({
  prompts: z.array(z.object({ style: promptStyleSchema, text: z.string() })),
});
export type WrittenPrompts = Readonly<z.infer<typeof writtenPromptsSchema>>;

/** Blind: the label, CWE and description of the record are withheld. */
export interface DetectQuestion {
  readonly language: Language;
  readonly code: string;
  /** 0-based; tells k votes on the same code apart. */
  readonly vote: number;
}

export interface RepairQuestion {
  readonly language: Language;
  readonly code: string;
  readonly cwe: readonly string[];
  readonly description: string | undefined;
  /** What the detect step said, if it saw something. */
  readonly finding: string | undefined;
}

export interface ReflectQuestion {
  readonly language: Language;
  readonly code: string;
  readonly candidate: string;
  readonly cwe: readonly string[];
  readonly description: string | undefined;
  /** 0-based. */
  readonly round: number;
}

/** Blind and unlabelled; the loop asks it in both orders. */
export interface CompareQuestion {
  readonly language: Language;
  readonly a: string;
  readonly b: string;
}

export interface WritePromptsQuestion {
  readonly language: Language;
  readonly code: string;
  readonly fixedCode: string;
  readonly description: string | undefined;
  readonly styles: readonly PromptStyle[];
  /** Fixes persona, length and wording where the teacher chooses at random. */
  readonly seed: string;
}
