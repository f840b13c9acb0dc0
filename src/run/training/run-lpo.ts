/** @file One preference run: model + PrimeVul+ folder -> a run folder with log, trained model and judged programs. */
import { type PreferenceSummary, trainByPreference } from '../../srcode/preference/train.ts';
import { type LpoRun, lpoRunSchema } from '../training-config.ts';
import type { RunIo } from './fork-run.ts';
import { runJudgedTraining } from './judged-training.ts';
import { openModel } from './open-model.ts';
import { readPreferenceExamples } from './read-pairs.ts';

export const runPreference = (config: LpoRun, io: RunIo): Promise<PreferenceSummary> =>
  runJudgedTraining(config, lpoRunSchema, config.maxTokens, io, async () => {
    const examples = await readPreferenceExamples(config.pairs);
    return {
      model: await openModel(config),
      reference:
        config.lpo.objective === 'reference' ? (await openModel(config)).engine : undefined,
      train: (frame) => trainByPreference({ ...frame, examples, config: config.lpo }),
    };
  });
