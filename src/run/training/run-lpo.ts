/** @file One preference run: model + PrimeVul+ folder -> a run folder with log, trained model and judged programs, as run-rl.ts leaves one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { type PreferenceSummary, trainByPreference } from '../../srcode/preference/train.ts';
import { openRunFolder } from '../run-folder.ts';
import { type LpoRun, lpoRunSchema } from '../training-config.ts';
import { addCurvePoint } from './curve-point.ts';
import type { RunIo } from './fork-run.ts';
import { judgeSets } from './judge-sets.ts';
import { measureDrift } from './measure-drift.ts';
import { openModel } from './open-model.ts';
import { readPreferenceExamples } from './read-pairs.ts';
import { openSandboxes } from './sandboxes.ts';

export async function runPreference(config: LpoRun, io: RunIo): Promise<PreferenceSummary> {
  const run = openRunFolder(config.out, config, config.seed, lpoRunSchema);
  const done = join(config.out, 'done.json');
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8')) as PreferenceSummary;
  const examples = await readPreferenceExamples(config.pairs);
  const model = await openModel(config);
  const reference =
    config.lpo.objective === 'reference' ? (await openModel(config)).engine : undefined;
  const sandboxes = openSandboxes();
  const label = config.out.split('/').slice(-2).join('/');
  try {
    const summary = await trainByPreference({
      engine: model.engine,
      tokenizer: model.tokenizer,
      ...(reference ? { reference } : {}),
      examples,
      config: config.lpo,
      seed: config.seed,
      store: run.store,
      progress: io.progress,
      ...(io.signal ? { signal: io.signal } : {}),
      label,
      afterStep: (step) =>
        addCurvePoint(model, step, {
          plan: config.evaluation,
          maxTokens: config.maxTokens,
          sandboxes,
          events: run.events,
        }),
    });
    await judgeSets(model, config.final, config.maxTokens, config.out, label, sandboxes, io);
    if (config.drift) await measureDrift(model, config, config.drift, config.maxTokens);
    await model.engine.exportModel(join(config.out, 'model'));
    writeFileAtomic(done, JSON.stringify(summary));
    return summary;
  } finally {
    await sandboxes.close();
    await model.engine.close();
    await reference?.close();
  }
}
