/**
 * @file Is the harness itself right? A benchmark's own answers run through it: its reference must work and be secure, its
 * vulnerable variant must work and not be secure (a variant that no longer runs proves nothing). What disagrees is listed, row by row.
 */
import type { Problem, Judgement } from './suites/suite.ts';
import type { SuiteTools } from './suites/tools.ts';

export interface FidelityRow {
  readonly id: string;
  readonly side: 'fixed' | 'vulnerable' | 'works';
  readonly judgement: Judgement;
  readonly agrees: boolean;
}

export interface Fidelity {
  readonly rows: readonly FidelityRow[];
  readonly notJudged: number;
}

/** Runs every reference of the problems; those that nothing can judge are counted. */
export async function measureFidelity(
  problems: readonly Problem[],
  tools: SuiteTools,
  onRow: (row: FidelityRow) => void = () => {},
): Promise<Fidelity> {
  const rows: FidelityRow[] = [];
  let notJudged = 0;
  await Promise.all(
    problems.map(async (problem) => {
      if (problem.unjudgeable) {
        notJudged++;
        return;
      }
      const { fixed, vulnerable, works, otherVulnerable = [] } = problem.reference ?? {};
      const answers = [
        ['fixed', fixed],
        ['vulnerable', vulnerable],
        ['works', works],
        ...otherVulnerable.map((other) => ['vulnerable', other] as const),
      ] as const;
      for (const [side, answer] of answers) {
        if (answer === undefined) continue;
        const judgement = await problem.judge(problem.assemble(answer), tools);
        if (judgement.outcome === 'not-judged' || (side === 'works' && judgement.func === null)) {
          notJudged++;
          continue;
        }
        const agrees =
          side === 'fixed'
            ? judgement.func !== false && judgement.sec !== false
            : side === 'works'
              ? judgement.func === true
              : judgement.sec === false && judgement.func !== false;
        const row = { id: problem.id, side, judgement, agrees };
        rows.push(row);
        onRow(row);
      }
    }),
  );
  return { rows, notJudged };
}
