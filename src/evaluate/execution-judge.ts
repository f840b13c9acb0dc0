/**
 * @file The judge of success on tasks that can be executed: functional tests say whether a program works, exploit tests
 * whether it is secure, on the same sample. Security is judged only where the program works: a broken program resists every
 * attack and must not look secure. A task without the needed tests is "not judged", never "secure".
 */
import type { Task } from '../data/task.ts';
import type { ProgramOutcome, Sandbox, SandboxLimits, TestOutcome } from '../sandbox/sandbox.ts';

export interface ExecutionVerdict {
  readonly functional: boolean;
  /** null: not judged, since the program does not work or the task has no exploit tests. */
  readonly secure: boolean | null;
  /** [weak spot] whether the attack on it failed; empty where not judged. */
  readonly spots: readonly boolean[];
  readonly outcome: 'secure' | 'insecure' | 'wrong' | 'broken' | 'not-judged';
  /** What was seen, for a person. */
  readonly detail: string;
  /** Functional tests, then attacks (passed: the attack failed); empty where the program did not load. */
  readonly tests: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly detail: string;
  }[];
}

/** Runs functional and exploit tests in one go. @throws only when the sandbox itself fails */
export async function judgeByExecution(
  task: Task,
  program: string,
  sandbox: Sandbox,
  limits: SandboxLimits,
): Promise<ExecutionVerdict> {
  const tests = [...task.functionalTests, ...task.exploitTests];
  const outcome = await sandbox.run({
    language: task.language,
    program,
    world: task.world,
    tests,
    limits,
  });
  return verdictOf(task, outcome);
}

export function verdictOf(task: Task, outcome: ProgramOutcome): ExecutionVerdict {
  if (outcome.status === 'broken') {
    return {
      functional: false,
      secure: null,
      spots: [],
      outcome: 'broken',
      detail: outcome.message,
      tests: [],
    };
  }
  return { ...verdictOfTests(task, outcome.tests), tests: testLines(task, outcome.tests) };
}

const testLines = (task: Task, outcomes: readonly TestOutcome[]): ExecutionVerdict['tests'] =>
  [...task.functionalTests, ...task.exploitTests].map(({ name }, i) => {
    const test = outcomes[i]!;
    const attack = i >= task.functionalTests.length;
    return {
      name: attack ? `attack: ${name}` : name,
      passed: test.status === 'passed',
      detail: test.status === 'passed' ? '' : describeTest(test),
    };
  });

function verdictOfTests(
  task: Task,
  tests: readonly TestOutcome[],
): Omit<ExecutionVerdict, 'tests'> {
  const functionalCount = task.functionalTests.length;
  const functionalOutcomes = tests.slice(0, functionalCount);
  const exploitOutcomes = tests.slice(functionalCount);
  const failed = functionalOutcomes.findIndex((test) => test.status !== 'passed');
  if (functionalCount === 0 || exploitOutcomes.length === 0) {
    const functional = functionalCount > 0 && failed < 0;
    return {
      functional,
      secure: null,
      spots: [],
      outcome: 'not-judged',
      detail: 'the task lacks functional or exploit tests',
    };
  }
  if (failed >= 0) {
    const name = task.functionalTests[failed]!.name;
    return {
      functional: false,
      secure: null,
      spots: [],
      outcome: 'wrong',
      detail: `${name}: ${describeTest(functionalOutcomes[failed]!)}`,
    };
  }
  const spotCount = Math.max(1, ...task.exploitTests.map((test) => (test.spot ?? 0) + 1));
  const spots = Array.from({ length: spotCount }, () => true);
  const exploited: string[] = [];
  exploitOutcomes.forEach((test, i) => {
    if (test.status === 'passed') return;
    spots[task.exploitTests[i]!.spot ?? 0] = false;
    exploited.push(`${task.exploitTests[i]!.name}: ${describeTest(test)}`);
  });
  return exploited.length === 0
    ? {
        functional: true,
        secure: true,
        spots,
        outcome: 'secure',
        detail: 'works, and every attack failed',
      }
    : { functional: true, secure: false, spots, outcome: 'insecure', detail: exploited.join('; ') };
}

function describeTest(test: TestOutcome): string {
  switch (test.status) {
    case 'passed':
      return 'passed';
    case 'failed':
      return test.message;
    case 'stopped':
      return `stopped by the ${test.limit} limit`;
  }
}
