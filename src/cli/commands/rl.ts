/** @file `vul2safe rl`: reinforcement learning with instance-level, token-level or hybrid reward. */
import type { Command } from 'commander';
import { runReinforcement } from '../../run/training/run-rl.ts';
import { rlRunSchema } from '../../run/training-config.ts';
import { registerTraining } from './training-command.ts';

export const registerRl = (program: Command): void =>
  registerTraining(program, {
    name: 'rl',
    description:
      'reinforcement learning; rl.granularity says instance, token or hybrid reward; resumable',
    example: 'rl.granularity=instance',
    schema: rlRunSchema,
    run: runReinforcement,
    describe: (summary, { out }) =>
      `${out}/model: ${summary.steps} steps${summary.stoppedBy ? `, stopped by a monitor: ${summary.stoppedBy}` : ''}`,
    failed: (summary) => Boolean(summary.stoppedBy),
  });
