/**
 * @file Proves a family by running it: secure programs pass every test; vulnerable ones pass the functional tests and fail an exploit
 * test; in composed programs exactly the vulnerable spots fail. Problems are returned as sentences, none means proven for this sample.
 */
import { createRandom } from '../kernel/random.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { composeTask, languageOf, makeSpot } from './compose.ts';
import type { TaskInstance } from './compose.ts';
import type { Family } from './family.ts';
import { TASK_LIMITS } from './limits.ts';
import { drawParameters } from './splits.ts';

export interface SpotVerdict {
  /** Message of the first functional failure, or undefined. */
  readonly functionalFailure: string | undefined;
  /** [spot] True where every exploit test of the spot passed. */
  readonly secure: readonly boolean[];
}

/** Runs one program against a task. */
async function judgeProgram(
  sandbox: Sandbox,
  { task, spots }: TaskInstance,
  program: string,
): Promise<SpotVerdict> {
  const tests = [...task.functionalTests, ...task.exploitTests];
  const outcome = await sandbox.run({
    language: task.language,
    program,
    world: task.world,
    tests,
    limits: TASK_LIMITS[languageOf(spots)],
  });
  const nothing = Array.from({ length: task.weakSpots }, () => false);
  if (outcome.status === 'broken') return { functionalFailure: outcome.message, secure: nothing };
  let functionalFailure: string | undefined;
  const secure = nothing.map(() => true);
  outcome.tests.forEach((result, index) => {
    if (result.status === 'passed') return;
    const test = tests[index];
    if (test?.spot !== undefined) secure[test.spot] = false;
    else
      functionalFailure ??= `${test?.name}: ${result.status === 'failed' ? result.message : `stopped by ${result.limit}`}`;
  });
  return { functionalFailure, secure };
}

/** Checks one program of a task; a sentence for each problem. */
export async function checkProgram(
  sandbox: Sandbox,
  task: TaskInstance,
  secure: readonly boolean[],
  seed: string | number,
): Promise<string[]> {
  const program = task.render(createRandom('self-check', seed), secure);
  const verdict = await judgeProgram(sandbox, task, program);
  const problems: string[] = [];
  if (verdict.functionalFailure !== undefined)
    problems.push(
      `${task.task.families.join('+')} [${secure}]: does not work: ${verdict.functionalFailure}\n${program}`,
    );
  secure.forEach((wanted, spot) => {
    if (verdict.secure[spot] !== wanted)
      problems.push(
        `${task.task.families[spot]} as spot ${spot} of ${secure.length}: written ${wanted ? 'securely but an exploit works' : 'vulnerably but no exploit works'}\n${program}`,
      );
  });
  return problems;
}

/** Checks `count` random instances of a family, secure and vulnerable each. */
export async function checkFamily(
  sandbox: Sandbox,
  family: Family,
  count: number,
  seed: string | number = 0,
): Promise<string[]> {
  const problems: string[] = [];
  for (let index = 0; index < count; index++) {
    const random = createRandom('self-check', family.id, seed, index);
    const spot = makeSpot(family, drawParameters(random, family, 'held-out-family'));
    const task = composeTask(random, [spot], { split: 'validation', neutralVariety: 'much' });
    for (const secure of [true, false])
      problems.push(...(await checkProgram(sandbox, task, [secure], `${seed} ${index}`)));
  }
  return problems;
}
