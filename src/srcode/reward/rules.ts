/** @file Channel `rules`: findings of analyzers are vulnerable places (-); idioms that guard against the task's weaknesses are secure ones (+). */
import type { Finding } from '../../analyzers/finding.ts';
import type { Attribution } from '../../data/token-rewards.ts';
import type { ProgramContext, RewardChannel } from './channel.ts';

const SEVERITY = { high: 1, medium: 0.75, low: 0.4 } as const;

export const rulesChannel: RewardChannel = {
  name: 'rules',
  attribute: (batch) => batch.map((context) => [...penalties(context), ...credits(context)]),
};

/** A weakness the task is at risk of weighs fully, whatever its severity in general; others by severity. */
function penalties({ analysis, task }: ProgramContext): Attribution[] {
  if (analysis.status !== 'analysed') return [];
  return analysis.findings.map((finding) => ({
    start: finding.start,
    end: finding.end,
    channel: 'rules',
    rule: finding.ruleId,
    amount: -(isAtRisk(finding, task.cwe) ? 1 : SEVERITY[finding.severity]) * finding.confidence,
    why: `${finding.message}${cweText(finding)}`,
  }));
}

const isAtRisk = ({ cwe }: Finding, risks: readonly string[]): boolean =>
  cwe.some((id) => risks.includes(id));

const cweText = ({ cwe, tool }: Finding): string =>
  ` (${[...cwe, tool].filter((part) => part !== '').join(', ')})`;

/** An idiom that guards against nothing the task is at risk of is good style, not this task's security. */
function credits({ idioms, task }: ProgramContext): Attribution[] {
  return idioms
    .filter((idiom) => idiom.cwe.some((cwe) => task.cwe.includes(cwe)))
    .map((idiom) => ({
      start: idiom.start,
      end: idiom.end,
      channel: 'rules',
      rule: idiom.rule,
      amount: 1,
      why: idiom.why,
    }));
}
