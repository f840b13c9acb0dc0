/** @file `vul2safe lpo`: localized preference optimisation on a folder made by `vul2safe build`. */
import type { Command } from 'commander';
import { runPreference } from '../../run/training/run-lpo.ts';
import { lpoRunSchema } from '../../run/training-config.ts';
import { registerTraining } from './training-command.ts';

export const registerLpo = (program: Command): void =>
  registerTraining(program, {
    name: 'lpo',
    description:
      'localized preference optimisation on (prompt, fixed, vulnerable), security tokens only; resumable',
    example: 'lpo.objective=reference',
    schema: lpoRunSchema,
    run: runPreference,
    describe: (summary, { out }) =>
      `${out}/model: ${summary.pairs} pairs, ${summary.steps} steps, ${summary.tooLong} too long or alike`,
  });
