/**
 * @file SRCode's whole idea in one file: reinforcement learning for secure code with reward on single tokens. Read it from top to bottom.
 * The real thing, with checkpoints, monitors, critic and KL, is src/srcode/rl/train.ts; every function called here is the one used there.
 *
 * One step: sample a group of programs per task, run their functional tests and the embedded rules, lay rewards on the tokens that make
 * a program secure or vulnerable, turn them into advantages, update the model. Exploit tests are kept for judging and never trained on.
 */
import { createEmbeddedAnalyzer } from '../src/analyzers/embedded/analyzer.ts';
import type { Task } from '../src/data/task.ts';
import type { TrainingEngine } from '../src/engine/training-engine.ts';
import { judgeByExecution } from '../src/evaluate/execution-judge.ts';
import { openSandbox } from '../src/sandbox/create.ts';
import { criticFreeAdvantages } from '../src/srcode/advantages/critic-free.ts';
import { programOf } from '../src/srcode/answer.ts';
import { createEnvironment } from '../src/srcode/environment.ts';
import { createRewarder } from '../src/srcode/reward/rewarder.ts';
import type { RewardPair } from '../src/srcode/reward/patterns.ts';
import { policyDatum, sampleRollouts } from '../src/srcode/rollouts.ts';
import { TASK_LIMITS } from '../src/tasks/limits.ts';
import type { Tokenizer } from '../src/tokenizer/tokenizer.ts';

export interface LoopSetup {
  readonly engine: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly tasks: readonly Task[];
  /** What the `pair` channel learns its patterns from; may be empty. */
  readonly pairs: readonly RewardPair[];
  readonly steps: number;
  readonly promptsPerStep: number;
  readonly groupSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

const LIMITS = TASK_LIMITS.javascript;

export interface StepFigures {
  readonly step: number;
  /** Shares of the step's programs. */
  readonly working: number;
  readonly withFindings: number;
  /** Tokens that carried a reward, of all sampled ones. */
  readonly rewardedShare: number;
}

export async function* rlLoop(setup: LoopSetup): AsyncGenerator<StepFigures> {
  const { engine, tokenizer, tasks } = setup;
  const sandbox = await openSandbox('javascript');
  const analyzer = await createEmbeddedAnalyzer(['javascript']);
  const environment = createEnvironment({
    sandboxFor: async () => sandbox,
    analyze: analyzer.analyzeSync,
    limitsFor: () => LIMITS,
  });
  const rewarder = createRewarder({ pairs: setup.pairs });
  try {
    for (let step = 0; step < setup.steps; step++) {
      // 1. A few tasks, a group of answers to each.
      const chosen = Array.from(
        { length: setup.promptsPerStep },
        (_, i) => tasks[(step * setup.promptsPerStep + i) % tasks.length]!,
      );
      const groups = await sampleRollouts({ engine, tokenizer }, chosen, setup.groupSize, {
        maxTokens: 256,
        temperature: 1,
        topP: 1,
        topK: -1,
        seed: setup.seed + step,
        stopTokens: [tokenizer.endOfTextId],
      });
      const answers = groups.flatMap((group, g) =>
        group.map((rollout) => ({
          rollout,
          task: chosen[g]!,
          group: g,
          program: programOf(rollout.text),
        })),
      );

      // 2. Do they work, and what do the rules find?
      const judged = await environment.judge(answers);
      const programs = answers.map((answer, i) => ({ ...answer, ...judged[i]! }));

      // 3. The reward, token by token.
      const rewarded = await rewarder.rewardPrograms(programs);

      // 4. Advantages: function for the whole answer, security for the tokens it hangs on (gammaToken 0: credit stays where it fell).
      const signals = groups.map((_, g) =>
        programs.flatMap((program, i) =>
          program.group === g
            ? [
                {
                  reward: rewarded[i]!.instance.functional ?? 0,
                  tokenRewards: rewarded[i]!.tokens.rewards,
                },
              ]
            : [],
        ),
      );
      const advantages = criticFreeAdvantages(signals, {
        baseline: 'rloo',
        alpha: 1,
        beta: 1,
        gammaToken: 0,
        klWeight: 0,
      }).flat();

      // 5. One policy-gradient step with PPO's clipped loss, on policy.
      const sampledTokens = programs.reduce((sum, { rollout }) => sum + rollout.tokens.length, 0);
      const data = programs.map(({ rollout }, i) =>
        policyDatum(rollout, { advantages: advantages[i]!, weight: 1 / sampledTokens }),
      );
      await engine.forwardBackward(data, { name: 'ppo', clipLow: 0.8, clipHigh: 1.28 });
      await engine.optimStep({
        learningRate: setup.learningRate,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0,
        gradientClipNorm: 1,
      });

      const share = (test: (program: (typeof programs)[number]) => boolean): number =>
        programs.filter(test).length / programs.length;
      yield {
        step: step + 1,
        working: share(
          ({ execution }) =>
            execution?.status === 'ran' &&
            execution.tests.every((test) => test.status === 'passed'),
        ),
        withFindings: share(
          ({ analysis }) => analysis.status === 'analysed' && analysis.findings.length > 0,
        ),
        rewardedShare:
          rewarded.reduce(
            (sum, { tokens }) => sum + tokens.rewards.filter((amount) => amount !== 0).length,
            0,
          ) / sampledTokens,
      };
    }
  } finally {
    await sandbox.close();
  }
}

/** The other judge: attacks the program really suffers. Used after training, never during. */
export async function isSecure(task: Task, program: string): Promise<boolean | null> {
  const sandbox = await openSandbox('javascript');
  try {
    return (await judgeByExecution(task, program, sandbox, LIMITS)).secure;
  } finally {
    await sandbox.close();
  }
}
