/**
 * @file Channel `rules`: findings of analyzers are vulnerable places (-); idioms that guard against the task's weaknesses are secure ones (+).
 * With `imports`, half of a penalty goes to where the names in the finding were imported: by the call, the choice has long been made (ours).
 */
import { type ImportedName, importedNames } from '../../code/imports.ts';
import type { Finding } from '../../analyzers/finding.ts';
import type { Attribution } from '../../data/token-rewards.ts';
import type { ProgramContext, RewardChannel } from './channel.ts';

const SEVERITY = { high: 1, medium: 0.75, low: 0.4 } as const;

export const createRulesChannel = ({ imports }: { readonly imports: boolean }): RewardChannel => ({
  name: 'rules',
  attribute: (batch) =>
    batch.map((context) => {
      const charged = penalties(context);
      return [...(imports ? withImports(context, charged) : charged), ...credits(context)];
    }),
});

/** Share of a penalty that moves to the imports of the names it uses. */
const IMPORT_SHARE = 0.5;

function withImports(context: ProgramContext, charged: readonly Attribution[]): Attribution[] {
  if (charged.length === 0) return [];
  const { program, lexemes, task } = context;
  const imported = importedNames(task.language, program, lexemes);
  return charged.flatMap((item) => {
    const origins = originsOf(item, imported, context);
    if (origins.length === 0) return [item];
    const moved = origins.map((origin) => ({
      ...item,
      start: origin.start,
      end: origin.end,
      rule: `${item.rule}:import`,
      amount: (item.amount * IMPORT_SHARE) / origins.length,
      why: `${origin.name} is imported here, and used so that: ${item.why}`,
    }));
    return [{ ...item, amount: item.amount * (1 - IMPORT_SHARE) }, ...moved];
  });
}

/**
 * Imports of the names within a finding or, where it holds none (an argument alone), of those before it in its statement; none for a
 * finding that lies on the import itself.
 */
function originsOf(
  { start, end }: Attribution,
  imported: readonly ImportedName[],
  { lexemes }: ProgramContext,
): ImportedName[] {
  const elsewhere = imported.filter((origin) => origin.end <= start || origin.start >= end);
  const first = lexemes.findIndex((lexeme) => lexeme.end > start);
  const begin = lexemes.findLastIndex(({ text }, at) => at < first && /^[;{}]$/.test(text)) + 1;
  const within = lexemes.filter((lexeme) => lexeme.start >= start && lexeme.end <= end);
  for (const place of [within, first < 0 ? [] : lexemes.slice(begin, first)]) {
    const used = new Set(place.filter(({ kind }) => kind === 'identifier').map(({ text }) => text));
    const origins = elsewhere.filter(({ name }) => used.has(name));
    if (origins.length > 0) return origins;
  }
  return [];
}

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
