/**
 * @file Random initial parameters: normal with standard deviation 0.02 and, for the two projections that write to the
 * residual stream, 0.02 / sqrt(2 · layers) (GPT-2's scaling), norms one, biases zero. Each parameter draws from a stream of
 * its own name, so a seed gives the same model whatever the order of creation.
 */
import { createRandom } from '../../kernel/random.ts';
import type { ModelConfig } from '../../models/config.ts';

const DEVIATION = 0.02;

export function initialParameter(
  config: ModelConfig,
  seed: number,
  name: string,
  size: number,
): Float32Array {
  const values = new Float32Array(size);
  if (name.endsWith('norm.weight')) return values.fill(1);
  if (name.endsWith('.bias')) return values;
  const writesResidual = /\.(o_proj|down_proj)\.weight$/.test(name);
  const deviation = writesResidual ? DEVIATION / Math.sqrt(2 * config.layers) : DEVIATION;
  const random = createRandom(seed, 'initial weights', name);
  for (let index = 0; index < size; index++) values[index] = deviation * random.normal();
  return values;
}

/** PEFT's start: A uniform in ±1/sqrt(input), B zero, so that the adapted model begins as its base. */
export function initialAdapter(
  seed: number,
  name: string,
  shape: readonly number[],
  side: 'down' | 'up',
): Float32Array {
  const [rows = 1, columns = 1] = shape;
  const values = new Float32Array(rows * columns);
  if (side === 'up') return values;
  const random = createRandom(seed, 'initial adapter', name);
  const limit = 1 / Math.sqrt(columns);
  for (let index = 0; index < values.length; index++)
    values[index] = (2 * random.next() - 1) * limit;
  return values;
}
