/**
 * @file The frame of a run whose model is judged: an unfinished run folder is opened, the model trained, judged and exported, its
 * drift measured; a finished one gives its summary at once. What is trained, and how, is the caller's.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import type { Progress } from '../../kernel/events.ts';
import type { TrainingStore } from '../../srcode/training-store.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { openRunFolder } from '../run-folder.ts';
import type { LpoRun, RlRun } from '../training-config.ts';
import { addCurvePoint } from './curve-point.ts';
import type { RunIo } from './fork-run.ts';
import { judgeSets } from './judge-sets.ts';
import { measureDrift } from './measure-drift.ts';
import type { OpenModel } from './open-model.ts';
import { openSandboxes, type Sandboxes } from './sandboxes.ts';

/** What every way of training is given. */
export interface TrainingFrame {
  readonly engine: TrainingEngine;
  readonly tokenizer: Tokenizer;
  readonly reference?: TrainingEngine;
  readonly seed: number;
  readonly store: TrainingStore;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  readonly label: string;
  afterStep(step: number): Promise<void>;
}

export interface PreparedTraining<Summary> {
  readonly model: OpenModel;
  /** The model as it was, where the objective or the penalty asks for it. */
  readonly reference: TrainingEngine | undefined;
  train(frame: TrainingFrame, sandboxes: Sandboxes): Promise<Summary>;
  /** What was opened beside model and reference. */
  close?(): Promise<void>;
}

/** `prepare` is called only where there is something left to train. */
export async function runJudgedTraining<Summary>(
  config: RlRun | LpoRun,
  schema: z.ZodType,
  maxTokens: number,
  io: RunIo,
  prepare: () => Promise<PreparedTraining<Summary>>,
): Promise<Summary> {
  const run = openRunFolder(config.out, config, config.seed, schema);
  const done = join(config.out, 'done.json');
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8')) as Summary;
  const { model, reference, train, close } = await prepare();
  const sandboxes = openSandboxes();
  const label = config.out.split('/').slice(-2).join('/');
  const frame: TrainingFrame = {
    engine: model.engine,
    tokenizer: model.tokenizer,
    ...(reference ? { reference } : {}),
    seed: config.seed,
    store: run.store,
    progress: io.progress,
    ...(io.signal ? { signal: io.signal } : {}),
    label,
    afterStep: (step) =>
      addCurvePoint(model, step, {
        plan: config.evaluation,
        maxTokens,
        sandboxes,
        events: run.events,
      }),
  };
  try {
    const summary = await train(frame, sandboxes);
    await judgeSets(model, config.final, maxTokens, config.out, label, sandboxes, io);
    if (config.drift) await measureDrift(model, config, config.drift, maxTokens);
    await model.engine.exportModel(join(config.out, 'model'));
    writeFileAtomic(done, JSON.stringify(summary));
    return summary;
  } finally {
    await sandboxes.close();
    await model.engine.close();
    await reference?.close();
    await close?.();
  }
}
