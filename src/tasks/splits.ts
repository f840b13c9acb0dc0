/**
 * @file Which instances of a family belong to which split: decided by a hash of the family and the whole combination of parameters, so
 * that a combination held out can never turn up in training, whatever the seed. 70% train, 10% validation, 20% held out.
 */
import { createRandom } from '../kernel/random.ts';
import type { Random } from '../kernel/random.ts';
import type { Family, Parameters } from './family.ts';
import { instanceCount, parametersAt } from './family.ts';

export type InstanceSplit = 'train' | 'validation' | 'held-out-instance';
export type TaskSplit = InstanceSplit | 'held-out-family';

const splitByInstance = new Map<string, InstanceSplit>();

/** The split of the instance with this index. */
export function splitOf(family: Family, index: number): InstanceSplit {
  const key = `${family.id}/${index}`;
  let split = splitByInstance.get(key);
  if (split === undefined) {
    const share = createRandom('split', family.id, index).next();
    split = share < 0.7 ? 'train' : share < 0.8 ? 'validation' : 'held-out-instance';
    splitByInstance.set(key, split);
  }
  return split;
}

/** An instance of the split at random; for held-out families any instance. */
export function drawParameters(random: Random, family: Family, split: TaskSplit): Parameters {
  const count = instanceCount(family);
  for (;;) {
    const index = random.integer(count);
    if (split === 'held-out-family' || splitOf(family, index) === split)
      return parametersAt(family, index);
  }
}
