/**
 * @file The offline teacher: answers the steps of reflection without any model. Embedded rules detect, rewrite rules (or
 * the upstream fix) repair, rules and habits of real fixes review and compare. It is weaker than a model and says so: it
 * answers "unknown" where no rule fires, never "safe", and its comparisons carry the certainty they were measured to have.
 */
import { contentHash } from '../../../kernel/content-hash.ts';
import type { Analysis, Finding } from '../../../analyzers/finding.ts';
import { sameCweFamily } from '../../../analyzers/cwe.ts';
import type {
  Comparison,
  Critique,
  Detection,
  Repair,
  WritePromptsQuestion,
  WrittenPrompts,
} from '../../../teacher/steps.ts';
import type { StepAnswer, StepCost, Teacher } from '../../../teacher/teacher.ts';
import type { GateQuestion } from '../../gates/gate.ts';
import type { Workbench } from '../../gates/workbench.ts';
import type { Rewriter } from './rewrite/rewriter.ts';
import {
  directionOf,
  SHIPPED_WEIGHTS,
  type Direction,
  type DirectionWeights,
} from './direction.ts';

export interface OfflineTeacherParts {
  readonly workbench: Workbench;
  readonly rewriter: Rewriter;
  readonly composePrompts: (question: WritePromptsQuestion) => WrittenPrompts;
  readonly weights?: DirectionWeights;
}

/** Raise it when rules or weights change what this teacher answers. */
const VERSION = 'offline-1';
/** Under this a lean is no answer. */
const MINIMUM_CERTAINTY = 0.02;
/** What rules that fire on one version only add to the odds (natural logarithm). */
const FINDING_LOG_ODDS = 2.5;

export function createOfflineTeacher(parts: OfflineTeacherParts): Teacher {
  const { workbench } = parts;
  const weights = parts.weights ?? SHIPPED_WEIGHTS;
  const cost: StepCost = {
    model: 'none',
    promptHash: contentHash(VERSION, 16),
    promptVersion: VERSION,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
  };
  /** Both orders are the same comparison. */
  const directions = new WeakMap<GateQuestion, Direction>();
  const say = async <V>(verdict: V): Promise<StepAnswer<V>> => ({ ok: true, verdict, cost });

  return {
    name: 'offline',
    repairOrigin: 'rule',
    voices: false,
    detect: ({ language, code }) => say(detection(workbench.view(language, code).analysis, code)),
    repair: ({ language, code, cwe }) => {
      const { findings } = findingsOf(workbench.view(language, code).analysis);
      const rewritten = parts.rewriter.rewrite(language, code, cwe, findings);
      const answer: Repair =
        rewritten === undefined
          ? { fixedCode: null, why: 'no repair found: no rewrite rule understands this code' }
          : { fixedCode: rewritten.code, why: `rewritten by ${rewritten.rules.join(', ')}` };
      return say(answer);
    },
    reflect: ({ language, code, candidate, cwe }) => {
      const question = workbench.question({ language, before: code, after: candidate, cwe });
      return say(critique(question.before.analysis, question.after.analysis, cwe));
    },
    compare: ({ language, a, b }) => {
      // Always judged in one order, so that the answer cannot depend on the position.
      const [first, second] = a < b ? [a, b] : [b, a];
      const question = workbench.question({ language, before: first, after: second, cwe: [] });
      const edit = directions.get(question) ?? directionOf(question, weights);
      directions.set(question, edit);
      const found = findingEvidence(question.before.analysis, question.after.analysis);
      const odds = Math.log(edit.probability / (1 - edit.probability)) + found.logOdds;
      const secondSafer = 1 / (1 + Math.exp(-odds));
      const aSafer = first === a ? 1 - secondSafer : secondSafer;
      const certainty = Math.round(Math.abs(2 * aSafer - 1) * 1e4) / 1e4;
      const answer: Comparison = {
        vulnerable: certainty < MINIMUM_CERTAINTY ? 'undecided' : aSafer > 0.5 ? 'B' : 'A',
        certainty,
        cwe: found.cwe,
        quotes: [],
        why: `${first === a ? 'from A to B' : 'from B to A'} the edit ${edit.reasons.join(', ') || 'shows no habit of fixes'}${found.why}`,
      };
      return say(answer);
    },
    writePrompts: (question) => say(parts.composePrompts(question)),
  };
}

function findingsOf(analysis: Analysis): { findings: readonly Finding[]; why: string } {
  return analysis.status === 'analysed'
    ? { findings: analysis.findings, why: 'no rule fires' }
    : { findings: [], why: `not analysable: ${analysis.reason}` };
}

function detection(analysis: Analysis, code: string): Detection {
  const { findings, why } = findingsOf(analysis);
  if (findings.length === 0)
    return {
      verdict: 'unknown',
      cwe: [],
      lines: [],
      quotes: [],
      why: `${why}, which is no evidence of safety`,
    };
  return {
    verdict: 'vulnerable',
    cwe: [...new Set(findings.flatMap((finding) => finding.cwe))],
    lines: [...new Set(findings.map((finding) => finding.startLine))],
    quotes: findings.map((finding) => code.slice(finding.start, finding.end)),
    why: findings.map((finding) => `${finding.ruleId}: ${finding.message}`).join('; '),
  };
}

/** The hostile review by rules: what is still found, and what is found only now. */
function critique(before: Analysis, after: Analysis, cwe: readonly string[]): Critique {
  const was = findingsOf(before).findings;
  const is = findingsOf(after).findings;
  const known = new Set(was.map((finding) => finding.ruleId));
  const fresh = is.filter((finding) => !known.has(finding.ruleId));
  const wanted = (finding: Finding): boolean =>
    finding.cwe.some((found) => cwe.some((recorded) => sameCweFamily(found, recorded)));
  const still = is.filter(wanted);
  const stillExploitable = was.some(wanted) && still.length >= was.filter(wanted).length;
  const remarks = [
    ...(stillExploitable ? [`${still[0]!.ruleId} still fires`] : []),
    ...fresh.map((finding) => `${finding.ruleId} fires only in the fix`),
  ];
  return {
    accept: !stillExploitable && fresh.length === 0,
    stillExploitable,
    behaviourChanged: false,
    newWeakness: fresh.length > 0,
    critique:
      remarks.join('; ') ||
      (was.length > is.length
        ? `${was.length - is.length} finding(s) gone`
        : 'no rule objects; behaviour is not judged without a model'),
    revision: null,
  };
}

/** Positive odds: the second version is the safer one, because rules fire on the first only. */
function findingEvidence(
  first: Analysis,
  second: Analysis,
): { logOdds: number; cwe: string[]; why: string } {
  const one = findingsOf(first).findings;
  const two = findingsOf(second).findings;
  const difference = one.length - two.length;
  if (difference === 0) return { logOdds: 0, cwe: [], why: '' };
  const side = difference > 0 ? one : two;
  return {
    logOdds: Math.sign(difference) * FINDING_LOG_ODDS,
    cwe: [...new Set(side.flatMap((finding) => finding.cwe))],
    why: `; more rules fire on one version: ${[...new Set(side.map((finding) => finding.ruleId))].join(', ')}`,
  };
}
