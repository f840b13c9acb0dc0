/**
 * @file Training state on disk: trainable weights, Adam moments and step count in one safetensors file inside a folder,
 * written aside and renamed, so that a kill at any moment leaves the old state or the new one. Bits are kept exactly.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { inputError } from '../../kernel/errors.ts';
import { openSafetensors } from '../../models/safetensors.ts';
import { type TensorSource, writeSafetensors } from '../../models/safetensors-writer.ts';
import type { ParameterStore } from './parameters.ts';

const FILE = 'engine-state.safetensors';
const STEP = 'optimizer.step';

type Part = 'value' | 'firstMoment' | 'secondMoment';

const partsOf = (store: ParameterStore): readonly (readonly [Part, Float32Array])[] => [
  ['value', store.values],
  ['firstMoment', store.adamMoments[0]],
  ['secondMoment', store.adamMoments[1]],
];

export async function writeState(
  folder: string,
  store: ParameterStore,
  step: number,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const tensors: TensorSource[] = [{ name: STEP, shape: [1], read: () => Float32Array.of(step) }];
  for (const [part, flat] of partsOf(store)) {
    for (const name of store.trainableNames) {
      const { offset = 0, data, shape } = store.view(name);
      tensors.push({
        name: `${part}:${name}`,
        shape,
        read: () => flat.subarray(offset, offset + data.length),
      });
    }
  }
  const path = join(folder, FILE);
  const aside = `${path}.${process.pid}.tmp`;
  await writeSafetensors(aside, tensors, 'f32', {
    metadata: { format: 'vul2safe-engine-state' },
  });
  renameSync(aside, path);
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Fills the store and returns the step count. @throws inputError when the state is of another model; nothing is changed then. */
export function readState(folder: string, store: ParameterStore): number {
  const path = join(folder, FILE);
  if (!existsSync(path))
    throw inputError(
      `${folder}: holds no training state (${FILE})`,
      'give a folder saveState wrote',
    );
  const file = openSafetensors(path);
  try {
    const expected = partsOf(store).flatMap(([part]) =>
      store.trainableNames.map((name) => [`${part}:${name}`, store.view(name).shape] as const),
    );
    if (file.tensors.size !== expected.length + 1)
      throw inputError(
        `${path}: holds ${file.tensors.size} tensors, this model's state has ${expected.length + 1}`,
        'the state was saved by an engine of another model, adapter or value head',
      );
    for (const [name, shape] of expected) {
      const found = file.tensors.get(name)?.shape;
      if (`${found}` !== `${shape}`)
        throw inputError(
          `${path}: tensor ${name} has shape [${found ?? 'none'}], this model needs [${shape}]`,
          'the state was saved by an engine of another model, adapter or value head',
        );
    }
    for (const [part, flat] of partsOf(store)) {
      for (const name of store.trainableNames)
        flat.set(file.read(`${part}:${name}`), store.view(name).offset ?? 0);
    }
    return file.read(STEP)[0] as number;
  } finally {
    file.close();
  }
}
