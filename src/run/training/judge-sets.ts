/** @file Judges a model on named sets of tasks by execution; the programs go to judged.jsonl, whole or not at all. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedProgram } from '../../evaluate/arm-rates.ts';
import { evaluateModel } from '../../evaluate/model-evaluation.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import type { FinalSet } from '../training-config.ts';
import { chooseTasks } from './choose-tasks.ts';
import type { RunIo } from './fork-run.ts';
import type { OpenModel } from './open-model.ts';
import { limitsFor, type Sandboxes } from './sandboxes.ts';

export async function judgeSets(
  model: OpenModel,
  sets: readonly FinalSet[],
  maxTokens: number,
  out: string,
  label: string,
  sandboxes: Sandboxes,
  io: RunIo,
): Promise<void> {
  const file = join(out, 'judged.jsonl');
  if (existsSync(file)) return;
  const lines: string[] = [];
  for (const set of sets) {
    const judged: JudgedProgram[] = await evaluateModel({
      engine: model.engine,
      tokenizer: model.tokenizer,
      tasks: await chooseTasks(set.tasks),
      samplesPerTask: set.samplesPerTask,
      maxTokens,
      temperature: set.temperature,
      seed: set.seed,
      sandboxFor: sandboxes.sandboxFor,
      limitsFor,
      label: `${label}: judge ${set.name}`,
      progress: io.progress,
    });
    lines.push(...judged.map((program) => JSON.stringify({ set: set.name, ...program })));
  }
  writeFileAtomic(file, `${lines.join('\n')}\n`);
}
