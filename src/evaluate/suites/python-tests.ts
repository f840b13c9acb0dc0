/** @file Judging a Python program by test code run after it: what HumanEval, MBPP and their relatives do. Function only; they say nothing of security. */
import type { ProgramOutcome, TestOutcome } from '../../sandbox/sandbox.ts';
import type { Judgement } from './suite.ts';
import type { SuiteTools } from './tools.ts';

export async function judgeFunction(
  program: string,
  test: string,
  tools: SuiteTools,
): Promise<Judgement> {
  const sandbox = await tools.sandboxFor('python');
  const outcome = await sandbox.run({
    language: 'python',
    program,
    world: {},
    tests: [{ name: 'tests', code: test }],
    limits: tools.limits,
  });
  const lacking = lackingPackage(outcome, test);
  return lacking === null
    ? functionJudgement(outcome)
    : { func: null, sec: null, outcome: 'not-judged', detail: lacking };
}

/** A package that the tests themselves import and this machine lacks: no program could pass. */
function lackingPackage(outcome: ProgramOutcome, test: string): string | null {
  const [tested] = outcome.status === 'broken' ? [] : outcome.tests;
  const message =
    outcome.status === 'broken'
      ? outcome.message
      : tested?.status === 'failed'
        ? tested.message
        : '';
  const name = /No module named '(\w+)/.exec(message)?.[1];
  return name && new RegExp(`^\\s*(?:import|from)\\s+${name}\\b`, 'm').test(test)
    ? `the tests need the Python package ${name}, which is not installed for the system's python3`
    : null;
}

export function functionJudgement(outcome: ProgramOutcome): Judgement {
  if (outcome.status === 'broken')
    return { func: false, sec: null, outcome: 'broken', detail: outcome.message };
  const [test] = outcome.tests as readonly [TestOutcome];
  if (test.status === 'passed')
    return { func: true, sec: null, outcome: 'works', detail: 'all tests passed' };
  if (test.status === 'stopped')
    return {
      func: false,
      sec: null,
      outcome: `stopped:${test.limit}`,
      detail: `stopped by the ${test.limit} limit`,
    };
  return { func: false, sec: null, outcome: 'wrong', detail: test.message };
}
