/**
 * @file Saved checkpoints, as they lie on disk: `<model>/<kind>/<name>`. They outlive their model and the server; only a
 * client's request or a person removes them. `sampler_weights` is what is downloaded, `sampler_state` the same weights as
 * our engine loads them; the two come and go together.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../kernel/atomic-file.ts';
import type { CheckpointAddress, CreateModel } from './requests.ts';

/** What a checkpoint was trained as; beside its weights, as SHAPE_FILE. */
export interface CheckpointShape {
  /** null: the whole model. */
  readonly lora_config: CreateModel['lora_config'];
}

const SHAPE_FILE = 'model.json';
const KINDS = ['weights', 'sampler_weights'] as const;

export class Checkpoints {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Of the weights themselves. */
  path({ model, kind, name }: CheckpointAddress): string {
    return join(this.folder, model, kind, name);
  }

  /** What our engine loads. */
  statePath({ model, kind, name }: CheckpointAddress): string {
    return join(this.folder, model, kind === 'weights' ? kind : 'sampler_state', name);
  }

  exists(address: CheckpointAddress): boolean {
    return existsSync(this.path(address));
  }

  writeShape(address: CheckpointAddress, shape: CheckpointShape): void {
    writeFileAtomic(join(this.statePath(address), SHAPE_FILE), JSON.stringify(shape));
  }

  /** undefined: no such checkpoint, or one that does not say. */
  shapeOf(address: CheckpointAddress): CheckpointShape | undefined {
    const file = join(this.statePath(address), SHAPE_FILE);
    return existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as CheckpointShape)
      : undefined;
  }

  /** Of a model, oldest first, as the API lists them. */
  list(model: string): object[] {
    const found = KINDS.flatMap((kind) => {
      const folder = join(this.folder, model, kind);
      const names = existsSync(folder) ? readdirSync(folder) : [];
      return names.map((name) => ({ kind, name, time: statSync(join(folder, name)).mtime }));
    });
    found.sort((a, b) => a.time.getTime() - b.time.getTime());
    return found.map(({ kind, name, time }) => ({
      checkpoint_id: `${kind}/${name}`,
      checkpoint_type: kind === 'weights' ? 'training' : 'sampler',
      time: time.toISOString(),
      tinker_path: `tinker://${model}/${kind}/${name}`,
    }));
  }

  remove(address: CheckpointAddress): void {
    for (const path of [this.path(address), this.statePath(address)])
      rmSync(path, { recursive: true, force: true });
  }
}
