/** @file RepairPair: a vulnerable function, its fixed twin, where exactly they differ in security, and how we came to believe it. */
import { z } from 'zod';
import { createOffsetMap, rangeToCodePoints, rangeToUtf16 } from './offsets.ts';
import {
  decodeVulnerableFunction,
  encodeVulnerableFunction,
  vulnerableFunctionSchema,
} from './vulnerable-function.ts';

export const spanSchema = z.object({
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  text: z.string(),
  /** A sentence a person can read. */
  why: z.string(),
});
/** A range of characters with its text and reason. */
export type Span = Readonly<z.infer<typeof spanSchema>>;

export const gateResultSchema = z.object({
  gate: z.string(),
  passed: z.boolean(),
  /** Why, in one sentence; always present where `passed` is false. */
  detail: z.string(),
});
export type GateResult = Readonly<z.infer<typeof gateResultSchema>>;

/** One step of the reflection log: who was asked what, and what came back. */
export const reflectionStepSchema = z.object({
  step: z.enum(['detect', 'repair', 'reflect', 'compare', 'gates', 'prompt']),
  teacher: z.string(),
  model: z.string(),
  promptHash: z.string(),
  promptVersion: z.string(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
  /** The verdict in the step's own shape, e.g. {vulnerable, cwe, lines, why} for detect. */
  verdict: z.record(z.string(), z.unknown()),
});
export type ReflectionStep = Readonly<z.infer<typeof reflectionStepSchema>>;

export const repairPairSchema = z.object({
  id: z.string(),
  function: vulnerableFunctionSchema,
  fixedCode: z.string(),
  spans: z.object({ vulnerable: z.array(spanSchema), secure: z.array(spanSchema) }),
  origin: z.enum(['upstream', 'teacher', 'rule']),
  teacher: z.string(),
  reflection: z.array(reflectionStepSchema),
  gates: z.array(gateResultSchema),
  confidence: z.number().min(0).max(1),
});

export type RepairPair = Omit<Readonly<z.infer<typeof repairPairSchema>>, 'function'> & {
  readonly function: ReturnType<typeof decodeVulnerableFunction>;
};

/** From disk (code points) to memory (UTF-16). */
export function decodeRepairPair(value: unknown): RepairPair {
  const pair = repairPairSchema.parse(value);
  const vulnerableMap = createOffsetMap(pair.function.code);
  const fixedMap = createOffsetMap(pair.fixedCode);
  return {
    ...pair,
    function: decodeVulnerableFunction(pair.function),
    spans: {
      vulnerable: pair.spans.vulnerable.map((span) => rangeToUtf16(span, vulnerableMap)),
      secure: pair.spans.secure.map((span) => rangeToUtf16(span, fixedMap)),
    },
  };
}

/** From memory (UTF-16) to disk (code points). */
export function encodeRepairPair(pair: RepairPair): unknown {
  const vulnerableMap = createOffsetMap(pair.function.code);
  const fixedMap = createOffsetMap(pair.fixedCode);
  return {
    ...pair,
    function: encodeVulnerableFunction(pair.function),
    spans: {
      vulnerable: pair.spans.vulnerable.map((span) => rangeToCodePoints(span, vulnerableMap)),
      secure: pair.spans.secure.map((span) => rangeToCodePoints(span, fixedMap)),
    },
  };
}
