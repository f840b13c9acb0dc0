/**
 * @file What analysis says of each unit of a program. A finding counts against the unit in whose own text it lies; one elsewhere against all that
 * rest on that place; one that no unit rests on against all.
 */
import { parseText } from '../../analyzers/embedded/parse-source.ts';
import type { Range } from '../../data/offsets.ts';
import { tokensUnder } from '../../vul2safe/spans/token-labels.ts';
import type { ProgramContext } from './channel.ts';
import { type Unit, unitsOf } from './units.ts';

export interface UnitVerdict extends Unit {
  /** undefined: not analysable, which is never "secure". */
  readonly findings: number | undefined;
}

/** @returns [name of the task's interface], in its order; empty when the program cannot be parsed. Ranges count in the program. */
export function unitVerdicts(context: ProgramContext): UnitVerdict[] {
  const { task, program, standing, tree } = context;
  if (!standing.parses) return [];
  const { root } = tree?.head === 0 ? tree : parseText(task.language, program);
  const units = unitsOf({ language: task.language, code: program, root }, task.interface);
  const counts = findingsOf(context, units);
  return units.map((unit, index) => ({ ...unit, findings: counts?.[index] }));
}

/** The answer's tokens that hold a character of the unit, ascending within each of its ranges. */
export const tokensOf = ({ rollout, place }: ProgramContext, { ranges }: Unit): number[] =>
  ranges.flatMap(({ start, end }) =>
    tokensUnder(rollout.tokenRanges, { start: start + place.start, end: end + place.start }),
  );

/** [unit] */
function findingsOf({ analysis }: ProgramContext, units: readonly Unit[]): number[] | undefined {
  if (analysis.status !== 'analysed') return undefined;
  const counts = units.map(() => 0);
  const touches = (range: Range | undefined, at: Range): boolean =>
    range !== undefined && range.start <= at.start && at.start < range.end;
  for (const finding of analysis.findings) {
    const owners = units.flatMap((unit, index) => (touches(unit.own, finding) ? [index] : []));
    const users = units.flatMap((unit, index) =>
      unit.ranges.some((range) => touches(range, finding)) ? [index] : [],
    );
    const blamed = owners.length > 0 ? owners : users.length > 0 ? users : units.keys();
    for (const index of blamed) counts[index]!++;
  }
  return counts;
}
