/** @file Judges and rewards one program by itself: runs the task's tests in its sandbox, analyses it, and teaches the pair channel from the task's reference. */
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import type { Rollout } from '../../data/rollout.ts';
import type { Task } from '../../data/task.ts';
import { openSandbox } from '../../sandbox/create.ts';
import type { ProgramOutcome } from '../../sandbox/sandbox.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { programOf } from '../answer.ts';
import { asRollout } from './as-rollout.ts';
import { createRewarder, type RewardedProgram, type RewarderConfig } from './rewarder.ts';

export interface RewardProgramOptions extends RewarderConfig {
  /** Lexemes are the tokens when left out. */
  readonly tokenizer?: Tokenizer;
  /** Run the functional tests; without, function is unknown. Default true. */
  readonly run?: boolean;
}

const LIMITS = { wallMs: 2000, memoryMb: 64 } as const;

export async function rewardProgram(
  task: Task,
  answer: string,
  options: RewardProgramOptions = {},
): Promise<{ rollout: Rollout; rewarded: RewardedProgram }> {
  const rollout = asRollout(task, answer, options.tokenizer);
  const program = programOf(answer);
  const analyzer = await createEmbeddedAnalyzer([task.language]);
  const analysis = await analyzer.analyze({
    file: `${task.id}.${task.language}`,
    language: task.language,
    code: program,
  });
  const execution = options.run === false ? null : await execute(task, program);
  const pairs = options.pairs ?? referencePair(task);
  const rewarder = createRewarder({ ...options, pairs });
  const [rewarded] = await rewarder.rewardPrograms([{ task, rollout, execution, analysis }]);
  return { rollout, rewarded: rewarded! };
}

const referencePair = ({ reference, language }: Task): NonNullable<RewarderConfig['pairs']> =>
  reference === undefined ? [] : [{ id: 'reference', language, ...reference }];

/** null when the task has no functional tests. Throws `missing` where no sandbox for the language is at hand. */
async function execute(task: Task, program: string): Promise<ProgramOutcome | null> {
  if (task.functionalTests.length === 0) return null;
  const sandbox = await openSandbox(task.language);
  try {
    return await sandbox.run({
      language: task.language,
      program,
      world: task.world,
      tests: task.functionalTests,
      limits: LIMITS,
    });
  } finally {
    await sandbox.close();
  }
}
