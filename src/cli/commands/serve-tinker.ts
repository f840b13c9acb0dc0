/** @file `vul2safe serve tinker`: the embedded engine behind the Tinker training API. */
import type { Command } from 'commander';
import { startTinkerServer } from '../../run/serve/tinker/start.ts';
import { BASE_MODEL } from '../../run/training/open-model.ts';
import { usageError } from '../../kernel/errors.ts';
import { type ServeFlags, serveUntilInterrupted, withAddress } from './serve-address.ts';

interface Flags extends ServeFlags {
  model: string;
  name?: string;
  state: string;
  full?: boolean;
  threads: string;
  reduction: string;
}

export function addServeTinker(serve: Command): void {
  withAddress(serve.command('tinker'), 8000)
    .description('train small models on this machine from any Tinker client')
    .option('--model <dir>', 'a Hugging Face folder', BASE_MODEL)
    .option('--name <name>', 'the model’s name for clients; the folder’s when left out')
    .option('--state <dir>', 'logs and checkpoints; a restart goes on from here', 'tinker-state')
    .option('--full', 'train all weights, whatever lora_config says')
    .option('--threads <number>', 'CPU threads', '2')
    .option('--reduction <kind>', 'sum, or sequence-mean as some servers do', 'sum')
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { reduction } = flags;
  if (reduction !== 'sum' && reduction !== 'sequence-mean')
    throw usageError(`--reduction is "${reduction}"`, 'expected sum or sequence-mean');
  await serveUntilInterrupted(flags, (address) =>
    startTinkerServer({
      ...address,
      model: flags.model,
      ...(flags.name ? { name: flags.name } : {}),
      state: flags.state,
      full: flags.full ?? false,
      threads: Number(flags.threads),
      reduction,
    }),
  );
}
