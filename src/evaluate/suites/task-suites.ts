/** @file Our own tasks as suites: the embedded families (held-out instances, held-out families), and any JSON-lines file of Task records. */
import { type Task, taskSchema } from '../../data/task.ts';
import { TASK_LIMITS } from '../../tasks/limits.ts';
import { taskSet } from '../../tasks/sets.ts';
import { judgeByExecution } from '../execution-judge.ts';
import { judgeByAnalyzer } from './analyzer-judge.ts';
import { extractCode } from './answer.ts';
import { locateData, readRecords } from './data-files.ts';
import type { Judgement, Problem, Suite } from './suite.ts';
import type { SuiteTools } from './tools.ts';

async function judgeTask(task: Task, program: string, tools: SuiteTools): Promise<Judgement> {
  if (task.functionalTests.length + task.exploitTests.length === 0)
    return judgeByAnalyzer({ language: task.language, code: program, writtenFrom: 0 }, tools);
  const sandbox = await tools.sandboxFor(task.language);
  const limits =
    task.language in TASK_LIMITS
      ? TASK_LIMITS[task.language as keyof typeof TASK_LIMITS]
      : tools.limits;
  const verdict = await judgeByExecution(task, program, sandbox, limits);
  return {
    func: task.functionalTests.length === 0 ? null : verdict.functional,
    sec: verdict.secure,
    outcome: verdict.outcome,
    detail: verdict.detail,
    tests: verdict.tests,
  };
}

const problemOf = (task: Task): Problem => ({
  id: task.id,
  aliases: [],
  language: task.language,
  cwe: task.cwe,
  prompt: task.prompt.text,
  assemble: (answer) => extractCode(answer, task.language, task.interface[0]),
  judge: (program, tools) => judgeTask(task, program, tools),
  ...(task.reference
    ? { reference: { fixed: task.reference.fixed, vulnerable: task.reference.vulnerable } }
    : {}),
});

const JUDGES =
  'function and security on the same program, by functional and exploit tests; security only of programs that work';

/** As the demo judges its arms (src/run/demo/plan.ts): with the demo's seed and model the rates are the demo's table. */
const embeddedSuiteOf = (
  name: string,
  about: string,
  split: 'held-out-instance' | 'held-out-family',
  count: number,
): Suite => ({
  name,
  about,
  judges: JUDGES,
  cannot: 'security of programs that do not work',
  data: undefined,
  sampling: { temperature: 0.6, maxTokens: 320 },
  load: async ({ seed, limit }) =>
    taskSet(split, seed, limit ?? count).map(({ task }) => problemOf(task)),
});

export const embeddedSuite = embeddedSuiteOf(
  'embedded',
  'JavaScript tasks made here: 400 unseen instances of the families trained on (the demo’s table)',
  'held-out-instance',
  400,
);
export const embeddedFamiliesSuite = embeddedSuiteOf(
  'embedded-families',
  'JavaScript tasks made here: 150 instances of families no training has seen',
  'held-out-family',
  150,
);

export const taskFileSuite: Suite = {
  name: 'tasks',
  about: 'any JSON-lines file of Task records',
  judges: `${JUDGES}; tasks without tests by the analyzers`,
  cannot: 'security of programs that do not work',
  data: 'tasks.jsonl',
  async load({ dataPath }) {
    const path = locateData('tasks', dataPath, ['tasks.jsonl']);
    return (await readRecords('tasks', path, taskSchema)).map(problemOf);
  },
};
