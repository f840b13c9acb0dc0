/** @file `vul2safe sft`: supervised fine-tuning on a folder made by `vul2safe build`. */
import type { Command } from 'commander';
import { runSupervised } from '../../run/training/run-sft.ts';
import { sftRunSchema } from '../../run/training-config.ts';
import { registerTraining } from './training-command.ts';

export const registerSft = (program: Command): void =>
  registerTraining(program, {
    name: 'sft',
    description:
      'fine-tune a model on (implicit prompt -> fixed code), secure spans weighted; resumable',
    example: 'sft.epochs=1',
    schema: sftRunSchema,
    run: runSupervised,
    describe: (summary, { out }) =>
      `${out}/model: ${summary.examples} examples, ${summary.steps} steps, ${summary.tooLong} too long`,
  });
