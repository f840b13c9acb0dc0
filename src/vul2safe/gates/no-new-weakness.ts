/**
 * @file Gate: the target finding is gone and no new one has come, by the embedded analyzers, and no dangerous call is
 * made more often than before. Findings are compared by rule, not by line, since a fix moves lines.
 */
import type { Analysis, Finding } from '../../analyzers/finding.ts';
import { sameCweFamily } from '../../analyzers/cwe.ts';
import { fail, pass, type Gate } from './gate.ts';

export const findingGoneGate: Gate = {
  name: 'finding-gone',
  check({ before, after, cwe }) {
    // The fix is looked at first: where it is clean, the original need not be analysed.
    const is = targets(after.analysis, cwe);
    if (is === undefined) return pass(`not checked: ${reasonOf(after.analysis)}`);
    if (is.length === 0) return pass('no rule sees the recorded weakness in the fix');
    const was = targets(before.analysis, cwe);
    if (was === undefined) return pass(`not checked: ${reasonOf(before.analysis)}`);
    if (was.length === 0) return pass('no rule saw the recorded weakness in the original');
    return is.length < was.length
      ? pass(`${was.length} finding(s) of the recorded weakness before, ${is.length} after`)
      : fail(`the recorded weakness is still found: ${is[0]!.ruleId}, ${is[0]!.message}`);
  },
};

export const noNewFindingGate: Gate = {
  name: 'no-new-finding',
  check({ before, after }) {
    const danger =
      newDanger(before.dangers, after.dangers) ?? newDanger(before.moreDangers, after.moreDangers);
    if (danger !== undefined) return fail(`the fix introduces ${danger}`);
    if (after.analysis.status !== 'analysed')
      return pass(`dangerous calls compared; rules not applied: ${reasonOf(after.analysis)}`);
    if (after.analysis.findings.length === 0) return pass('no rule fires on the fix');
    if (before.analysis.status !== 'analysed')
      return pass(`dangerous calls compared; rules not applied: ${reasonOf(before.analysis)}`);
    const was = countByRule(before.analysis.findings);
    for (const [rule, findings] of countByRule(after.analysis.findings))
      if (findings.length > (was.get(rule)?.length ?? 0))
        return fail(`the fix has a new finding: ${rule}, ${findings.at(-1)!.message}`);
    return pass('no rule fires that did not fire before');
  },
};

function targets(analysis: Analysis, cwe: readonly string[]): readonly Finding[] | undefined {
  if (analysis.status !== 'analysed') return undefined;
  return analysis.findings.filter((finding) =>
    finding.cwe.some((found) => cwe.some((wanted) => sameCweFamily(found, wanted))),
  );
}

type Dangers = ReadonlyMap<string, number>;

const newDanger = (before: Dangers, after: Dangers): string | undefined =>
  [...after].find(([danger, times]) => times > (before.get(danger) ?? 0))?.[0];

const reasonOf = (analysis: Analysis): string =>
  analysis.status === 'analysed' ? 'analysed' : analysis.reason;

function countByRule(findings: readonly Finding[]): Map<string, Finding[]> {
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) {
    const list = byRule.get(finding.ruleId);
    if (list === undefined) byRule.set(finding.ruleId, [finding]);
    else list.push(finding);
  }
  return byRule;
}
