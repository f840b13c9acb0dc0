/**
 * @file One candidate fix before its judges: the gates first (they cost nothing), then the hostile review with at most N
 * revisions, then the blind comparison in both orders. A revision has to pass the gates again.
 */
import type { GateResult, RepairPair } from '../../data/repair-pair.ts';
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import {
  combineConfidence,
  comparisonFailure,
  comparisonScore,
  reflectionScore,
  type JudgedComparison,
} from './confidence.ts';
import type { ReflectionLog, ReflectionOptions, ReflectionTools } from './reflection-tools.ts';
import type { ReflectionRejection, Stage } from './outcome.ts';

export interface Candidate {
  readonly origin: RepairPair['origin'];
  readonly code: string;
}

export interface CandidateVerdict {
  readonly fixedCode: string;
  readonly origin: RepairPair['origin'];
  readonly gates: readonly GateResult[];
  readonly stage: Stage;
  /** Pieces of either version that a comparison quoted. */
  readonly quotes: readonly string[];
  readonly confidence?: number;
  /** Absent when the candidate is kept. */
  readonly rejection?: { readonly reason: ReflectionRejection; readonly detail: string };
}

export interface JudgingContext {
  readonly record: VulnerableFunction;
  readonly teacher: Teacher;
  readonly tools: ReflectionTools;
  readonly options: ReflectionOptions;
  readonly log: ReflectionLog;
  /** Score of the blind detection, 0..1. */
  readonly detect: number;
  readonly quotes: readonly string[];
  readonly signal: AbortSignal | undefined;
}

export async function judgeCandidate(
  candidate: Candidate,
  context: JudgingContext,
): Promise<CandidateVerdict> {
  const { record, options } = context;
  let origin = candidate.origin;
  let code = candidate.code;
  let gates = passGates(context, code, origin);
  const verdict = (
    stage: Stage,
    rejection?: CandidateVerdict['rejection'],
    rest: Partial<CandidateVerdict> = {},
  ): CandidateVerdict => ({
    fixedCode: code,
    origin,
    gates,
    stage,
    quotes: [],
    ...(rejection === undefined ? {} : { rejection }),
    ...rest,
  });
  const closed = gates.find((gate) => !gate.passed);
  if (closed !== undefined)
    return verdict('repaired', { reason: `gate-${closed.gate}`, detail: closed.detail });

  let round = 0;
  for (; ; round++) {
    const { language, cwe, description } = record;
    const question = { language, code: record.code, candidate: code, cwe, description, round };
    const answer = await context.teacher.reflect(question, context.signal);
    context.log.write('reflect', answer, { round, candidate: origin });
    if (!answer.ok)
      return verdict('repaired', { reason: answer.failure, detail: `reflect: ${answer.detail}` });
    if (answer.verdict.accept) break;
    const revision = answer.verdict.revision;
    const revisedGates =
      revision === null || round >= options.rounds
        ? undefined
        : passGates(context, context.tools.clean(record, revision), context.teacher.repairOrigin);
    if (
      revision === null ||
      revisedGates === undefined ||
      revisedGates.some((gate) => !gate.passed)
    )
      return verdict('repaired', { reason: 'reflection-refused', detail: answer.verdict.critique });
    code = context.tools.clean(record, revision);
    origin = context.teacher.repairOrigin;
    gates = revisedGates;
  }

  const comparisons = await compareBlind(context, code, origin);
  if (!Array.isArray(comparisons)) return verdict('reflected', comparisons);
  const quotes = comparisons.flatMap(({ answer }) => answer.quotes);
  const confidence = combineConfidence({
    detect: context.detect,
    compare: comparisonScore(comparisons, record.cwe, context.tools.sameWeakness),
    reflect: reflectionScore(round),
  });
  const judged = { quotes, confidence };
  const failing = comparisonFailure(comparisons, context.teacher.voices);
  if (failing !== undefined)
    return verdict(
      'gated',
      { reason: failing.reason, detail: `${failing.detail}: ${comparisons[0]!.answer.why}` },
      judged,
    );
  if (confidence < options.threshold)
    return verdict(
      'gated',
      {
        reason: 'low-confidence',
        detail: `confidence ${confidence.toFixed(2)} is under ${options.threshold}: ${comparisons[0]?.answer.why ?? ''}`,
      },
      judged,
    );
  return verdict('kept', undefined, judged);
}

function passGates(
  context: JudgingContext,
  code: string,
  origin: RepairPair['origin'],
): readonly GateResult[] {
  const gates = context.tools.gates(context.record, code);
  context.log.steps.push({
    step: 'gates',
    teacher: 'none',
    model: 'none',
    promptHash: '',
    promptVersion: 'gates-1',
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    verdict: { candidate: origin, failed: gates.filter((gate) => !gate.passed) },
  });
  return gates;
}

/** Both orders; an answer that follows the position instead of the code shows as one right and one wrong. */
async function compareBlind(
  context: JudgingContext,
  fixedCode: string,
  origin: RepairPair['origin'],
): Promise<JudgedComparison[] | NonNullable<CandidateVerdict['rejection']>> {
  const { record, teacher, log, signal } = context;
  const comparisons: JudgedComparison[] = [];
  for (const vulnerableWas of ['A', 'B'] as const) {
    const [a, b] = vulnerableWas === 'A' ? [record.code, fixedCode] : [fixedCode, record.code];
    const answer = await teacher.compare({ language: record.language, a, b }, signal);
    log.write('compare', answer, { vulnerableWas, candidate: origin });
    if (!answer.ok) return { reason: answer.failure, detail: `compare: ${answer.detail}` };
    comparisons.push({ vulnerableWas, answer: answer.verdict });
  }
  return comparisons;
}
