/**
 * @file What training is told when its labels are worse than they could be (ours), to measure how much that costs: a share of
 * the programs get their verdict flipped, a share of the pairs have their sides swapped, or rules are missing altogether.
 * Who is hit depends on content and seed alone, so that a program is judged alike whenever it is written and all arms of a
 * comparison see the same errors. Only training is told this; programs are judged by execution as ever.
 */
import type { PlainTree } from '../analyzers/embedded/parse-source.ts';
import { EMBEDDED_RULES } from '../analyzers/embedded/rules.ts';
import type { Analysis, Finding, SourceText } from '../analyzers/finding.ts';
import { type SecureIdiom, secureIdiomsIn } from '../analyzers/secure-idioms.ts';
import { usageError } from '../kernel/errors.ts';
import { createRandom } from '../kernel/random.ts';
import type { IdiomFinder } from './reward/context.ts';
import type { RewardPair } from './reward/patterns.ts';

export interface LabelErrors {
  readonly seed: number;
  /** Share of programs whose verdict is flipped: findings vanish, or a clean program gets one in a line drawn at random. */
  readonly flippedPrograms: number;
  /** Share of pairs whose vulnerable side is taken for the fixed one. */
  readonly swappedPairs: number;
  /** Rule ids or CWEs that the rules know nothing of, neither as findings nor as secure idioms. */
  readonly missingRules: readonly string[];
}

export interface DegradedLabels {
  readonly analysis: (source: SourceText, analysis: Analysis) => Analysis;
  readonly idioms: IdiomFinder;
  readonly pairs: (pairs: readonly RewardPair[]) => RewardPair[];
}

/** @throws usage for a missing rule that does not exist */
export function degradeLabels(errors: LabelErrors): DegradedLabels {
  const missing = new Set(errors.missingRules);
  for (const name of missing)
    if (!/^CWE-\d+$/.test(name) && !EMBEDDED_RULES.some(({ id }) => id === name))
      throw usageError(
        `missingRules: there is no rule "${name}"`,
        `give a CWE such as CWE-89, or a rule id such as ${EMBEDDED_RULES[0]?.id}`,
      );
  const isKnown = (id: string, cwe: readonly string[]): boolean =>
    !missing.has(id) && !cwe.some((weakness) => missing.has(weakness));
  const isFlipped = ({ code }: SourceText): boolean =>
    createRandom(errors.seed, 'flipped-program', code).chance(errors.flippedPrograms);
  return {
    analysis(source, analysis) {
      if (analysis.status !== 'analysed') return analysis;
      const findings = analysis.findings.filter(({ ruleId, cwe }) => isKnown(ruleId, cwe));
      if (!isFlipped(source)) return { ...analysis, findings };
      return { ...analysis, findings: findings.length > 0 ? [] : [falseFinding(source, errors)] };
    },
    idioms(source, tree?: PlainTree): readonly SecureIdiom[] {
      if (isFlipped(source)) return [];
      return secureIdiomsIn(source, tree).filter(({ rule, cwe }) => isKnown(rule, cwe));
    },
    pairs: (pairs) =>
      pairs.map((pair) =>
        createRandom(errors.seed, 'swapped-pair', pair.id).chance(errors.swappedPairs)
          ? { ...pair, vulnerable: pair.fixed, fixed: pair.vulnerable }
          : pair,
      ),
  };
}

/** In one of the lines with code. */
function falseFinding({ file, code }: SourceText, { seed }: LabelErrors): Finding {
  const lines: { line: number; start: number; text: string }[] = [];
  let at = 0;
  code.split('\n').forEach((text, index) => {
    if (/\w/.test(text)) lines.push({ line: index + 1, start: at, text });
    at += text.length + 1;
  });
  const { line, start, text } =
    lines.length > 0
      ? createRandom(seed, 'false-finding', code).pick(lines)
      : { line: 1, start: 0, text: code };
  const indent = text.length - text.trimStart().length;
  return {
    tool: 'label-errors',
    toolVersion: '1',
    ruleId: 'label-errors/false-finding',
    cwe: [],
    file,
    start: start + indent,
    end: start + text.length,
    startLine: line,
    startColumn: indent + 1,
    endLine: line,
    endColumn: text.length + 1,
    severity: 'high',
    confidence: 1,
    message: 'an error put into the labels on purpose',
  };
}
