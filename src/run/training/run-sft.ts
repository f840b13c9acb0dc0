/** @file One supervised run: model + PrimeVul+ folder -> a run folder whose `model/` is the fine-tuned model. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { type SftSummary, trainSupervised } from '../../srcode/sft/train.ts';
import { openRunFolder } from '../run-folder.ts';
import { type SftRun, sftRunSchema } from '../training-config.ts';
import type { RunIo } from './fork-run.ts';
import { openModel } from './open-model.ts';
import { readSftExamples } from './read-pairs.ts';

export async function runSupervised(config: SftRun, io: RunIo): Promise<SftSummary> {
  const run = openRunFolder(config.out, config, config.seed, sftRunSchema);
  const done = join(config.out, 'done.json');
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8')) as SftSummary;
  const examples = await readSftExamples(config.pairs, config.side);
  const { engine, tokenizer } = await openModel(config);
  try {
    const summary = await trainSupervised({
      engine,
      tokenizer,
      examples,
      config: config.sft,
      seed: config.seed,
      store: run.store,
      label: 'fine-tune',
      progress: io.progress,
      ...(io.signal ? { signal: io.signal } : {}),
    });
    await engine.exportModel(join(config.out, 'model'));
    writeFileAtomic(done, JSON.stringify(summary));
    return summary;
  } finally {
    await engine.close();
  }
}
