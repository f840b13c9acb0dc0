/**
 * @file What training may know of a program: does it load and do its functional tests pass (sandbox), and what do the embedded rules find.
 * Exploit tests are deliberately NOT run here: rules reward, execution judges, so that learning the rules' holes shows in the table.
 */
import { type PlainTree, parsePlain } from '../analyzers/embedded/parse-source.ts';
import type { Analysis, SourceText } from '../analyzers/finding.ts';
import { grammarLoaded } from '../code/syntax-tree.ts';
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
  /** Of the program, for who asks about it next. */
  readonly tree?: PlainTree;
}

export interface Environment {
  judge(programs: readonly ProgramToJudge[]): Promise<Judgement[]>;
}

export interface EnvironmentSetup {
  sandboxFor(language: Task['language']): Promise<Sandbox>;
  /** Gets the program's tree where the grammar of its language is loaded. */
  analyze(source: SourceText, tree?: PlainTree): Analysis | Promise<Analysis>;
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
  const source = { language, code: program, file: `${task.id}.${language}` };
  const tree = grammarLoaded(language) ? parsePlain(source) : undefined;
  const analysis = await setup.analyze(source, tree);
  const examined = { analysis, ...(tree ? { tree } : {}) };
  if (task.functionalTests.length === 0) return { execution: null, ...examined };
  const sandbox = await setup.sandboxFor(language);
  const execution = await sandbox.run({
    language,
    program,
    world: task.world,
    tests: task.functionalTests,
    limits: setup.limitsFor(language),
  });
  return { execution, ...examined };
}

/** True when every test passed; null when there was nothing to run. */
export function passedAll(execution: ProgramOutcome | null): boolean | null {
  if (execution === null) return null;
  return execution.status === 'ran' && execution.tests.every((test) => test.status === 'passed');
}
