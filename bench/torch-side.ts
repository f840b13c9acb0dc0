/**
 * @file The same model in PyTorch and transformers, for comparison: a Python process that is asked for one training step
 * or one `generate` call at a time, so that both sides take turns on the same machine. Nothing is installed; where no
 * Python with both libraries is found the comparison is left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ModelConfig } from '../src/models/config.ts';

export interface TorchSide {
  /** Duration of one call there. */
  seconds(what: 'train' | 'sample'): Promise<number>;
  stop(): void;
}

function findPython(): string | undefined {
  const candidates = [process.env.VUL2SAFE_PYTHON, 'python3', 'python'];
  return candidates.find(
    (python) =>
      python !== undefined &&
      spawnSync(python, ['-c', 'import torch, transformers'], { stdio: 'ignore' }).status === 0,
  );
}

export async function startTorch(
  config: ModelConfig,
  training: { readonly batch: number; readonly sequence: number },
  sampling: { readonly batch: number; readonly promptTokens: number; readonly newTokens: number },
  threads: number,
): Promise<TorchSide | undefined> {
  const python = findPython();
  if (python === undefined) return undefined;
  const settings = {
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.rmsNormEpsilon,
    training,
    sampling,
    threads,
  };
  // Beside the source also when this runs compiled.
  const script = join(process.cwd(), 'bench', 'torch_side.py');
  const child: ChildProcess = spawn(python, [script, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) return undefined;
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const ask = async (what: string): Promise<number> => {
    stdin.write(`${what}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the Python side of the benchmark ended during ${what}`);
    return Number(value);
  };
  await ask('train');
  await ask('sample');
  return {
    seconds: ask,
    stop: () => {
      child.kill();
    },
  };
}
