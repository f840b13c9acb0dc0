/**
 * @file What training may know of a program: does it load and do its functional tests pass (sandbox), and what do the embedded rules find.
 * Exploit tests are deliberately NOT run here: rules reward, execution judges, so that learning the rules' holes shows in the table.
 */
import type { Analysis } from '../analyzers/finding.ts';
import type { Task } from '../data/task.ts';
import type { ProgramOutcome, Sandbox, SandboxLimits } from '../sandbox/sandbox.ts';

export interface ProgramToJudge {
  readonly task: Task;
  readonly program: string;
}

export interface Judgement {
  /** null when the task has no tests. */
  readonly execution: ProgramOutcome | null;
  readonly analysis: Analysis;
}

export interface Environment {
  judge(programs: readonly ProgramToJudge[]): Promise<Judgement[]>;
}

export interface EnvironmentSetup {
  sandboxFor(language: Task['language']): Promise<Sandbox>;
  analyze(source: {
    language: Task['language'];
    code: string;
    file: string;
  }): Analysis | Promise<Analysis>;
  limitsFor(language: Task['language']): SandboxLimits;
}

/** Equal programs for one task are judged once: late in training, groups repeat themselves. */
export function createEnvironment(setup: EnvironmentSetup): Environment {
  return {
    async judge(programs) {
      const known = new Map<string, Promise<Judgement>>();
      return Promise.all(
        programs.map((item) => {
          const key = `${item.task.id}\u0000${item.program}`;
          const judgement = known.get(key) ?? judgeOne(setup, item);
          known.set(key, judgement);
          return judgement;
        }),
      );
    },
  };
}

async function judgeOne(
  setup: EnvironmentSetup,
  { task, program }: ProgramToJudge,
): Promise<Judgement> {
  const { language } = task;
  const analysis = await setup.analyze({ language, code: program, file: `${task.id}.${language}` });
  if (task.functionalTests.length === 0) return { execution: null, analysis };
  const sandbox = await setup.sandboxFor(language);
  const execution = await sandbox.run({
    language,
    program,
    world: task.world,
    tests: task.functionalTests,
    limits: setup.limitsFor(language),
  });
  return { execution, analysis };
}

/** True when every test passed; null when there was nothing to run. */
export function passedAll(execution: ProgramOutcome | null): boolean | null {
  if (execution === null) return null;
  return execution.status === 'ran' && execution.tests.every((test) => test.status === 'passed');
}
