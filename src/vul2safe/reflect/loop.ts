/**
 * @file The reflection loop on one record: detect blind, repair, let candidates compete, reflect, compare blind in both
 * orders, pass the gates, combine the confidence. The idea is the paper's abstract; steps, weights and thresholds are
 * ours (docs/PAPER.md). Pure: teacher, gates and spans come in; every verdict goes into the log.
 */
import { contentHash } from '../../kernel/content-hash.ts';
import type { ReflectionStep, RepairPair } from '../../data/repair-pair.ts';
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import type { Detection } from '../../teacher/steps.ts';
import type { StepAnswer, Teacher } from '../../teacher/teacher.ts';
import { judgeCandidate, type Candidate, type CandidateVerdict } from './candidate.ts';
import { detectionScore } from './confidence.ts';
import type { ReflectionOutcome, Stage } from './outcome.ts';
import {
  DEFAULT_REFLECTION,
  type ReflectionLog,
  type ReflectionOptions,
  type ReflectionTools,
} from './reflection-tools.ts';

export async function reflectOn(
  record: VulnerableFunction,
  teacher: Teacher,
  tools: ReflectionTools,
  options: ReflectionOptions = DEFAULT_REFLECTION,
  signal?: AbortSignal,
): Promise<ReflectionOutcome> {
  const log = createLog(teacher);
  const reject = (
    reason: Extract<ReflectionOutcome, { kept: false }>['reason'],
    detail: string,
    stage: Stage,
    rest: Partial<Extract<ReflectionOutcome, { kept: false }>> = {},
  ): ReflectionOutcome => ({
    kept: false,
    reason,
    detail,
    stage,
    reflection: log.steps,
    gates: [],
    ...rest,
  });

  const votes: Detection[] = [];
  for (let vote = 0; vote < (teacher.voices ? options.votes : 1); vote++) {
    const { language, code } = record;
    const answer = await teacher.detect({ language, code, vote }, signal);
    log.write('detect', answer, { vote });
    if (!answer.ok) return reject(answer.failure, `detect: ${answer.detail}`, 'curated');
    votes.push(answer.verdict);
  }
  if (votes.every((vote) => vote.verdict === 'safe'))
    return reject(
      'not-detected',
      `all ${votes.length} blind votes call it safe: ${votes[0]?.why}`,
      'curated',
    );

  const finding = votes.find((vote) => vote.verdict === 'vulnerable');
  const repair = await teacher.repair(
    {
      language: record.language,
      code: record.code,
      cwe: record.cwe.length > 0 ? record.cwe : (finding?.cwe ?? []),
      description: record.description,
      finding: finding?.why,
    },
    signal,
  );
  log.write('repair', repair, {});
  const candidates = candidatesOf(record, teacher, repair, tools);
  if (candidates.length === 0) {
    return repair.ok
      ? reject('no-repair', repair.verdict.why || 'the teacher proposed nothing', 'detected')
      : reject(repair.failure, `repair: ${repair.detail}`, 'detected');
  }

  const detect = detectionScore(votes, record.cwe, tools.sameWeakness);
  // Rules point at whole calls; only a model's quotes are chosen to be decisive.
  const quotes = teacher.voices ? votes.flatMap((vote) => vote.quotes) : [];
  const context = { record, teacher, tools, options, log, detect, quotes, signal };
  let best: CandidateVerdict | undefined;
  for (const candidate of candidates) {
    const verdict = await judgeCandidate(candidate, context);
    // The upstream fix comes first and wins ties: maintainers know their code.
    if (best === undefined || rank(verdict) > rank(best)) best = verdict;
  }
  const verdict = best!;
  if (verdict.rejection !== undefined) {
    const { reason, detail } = verdict.rejection;
    const confidence = verdict.confidence === undefined ? {} : { confidence: verdict.confidence };
    return reject(reason, detail, verdict.stage, {
      gates: verdict.gates,
      fixedCode: verdict.fixedCode,
      ...confidence,
    });
  }
  const { fixedCode, origin, gates, confidence } = verdict;
  const pair: RepairPair = {
    id: contentHash({ record: record.id, code: record.code, fixedCode }, 16),
    function: record,
    fixedCode,
    spans: tools.spans(record, fixedCode, [...quotes, ...verdict.quotes]),
    origin,
    teacher: teacher.name,
    reflection: log.steps,
    gates: [...gates],
    confidence: confidence ?? 0,
  };
  return { kept: true, pair };
}

const STAGES: readonly Stage[] = ['curated', 'detected', 'repaired', 'reflected', 'gated', 'kept'];

/** Kept before rejected, then by confidence, then by how far it came. */
const rank = (verdict: CandidateVerdict): number =>
  (verdict.rejection === undefined ? 100 : 0) +
  STAGES.indexOf(verdict.stage) * 2 +
  (verdict.confidence ?? 0);

function candidatesOf(
  record: VulnerableFunction,
  teacher: Teacher,
  repair: StepAnswer<{ readonly fixedCode: string | null }>,
  tools: ReflectionTools,
): Candidate[] {
  const candidates: Candidate[] = [];
  if (record.upstreamFix !== undefined)
    candidates.push({ origin: 'upstream', code: tools.clean(record, record.upstreamFix) });
  if (repair.ok && repair.verdict.fixedCode !== null) {
    const code = tools.clean(record, repair.verdict.fixedCode);
    const squeezed = (text: string): string => text.replace(/\s+/g, '');
    if (!candidates.some((known) => squeezed(known.code) === squeezed(code)))
      candidates.push({ origin: teacher.repairOrigin, code });
  }
  return candidates;
}

function createLog(teacher: Teacher): ReflectionLog {
  const steps: ReflectionStep[] = [];
  return {
    steps,
    write(step, answer, about = {}) {
      const said: object = answer.ok
        ? answer.verdict
        : { failure: answer.failure, detail: answer.detail };
      const verdict: Record<string, unknown> = { ...about, ...said };
      steps.push({ step, teacher: teacher.name, ...answer.cost, verdict });
    },
  };
}
