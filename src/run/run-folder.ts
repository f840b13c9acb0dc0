/**
 * @file A run folder: resolved config, seed, code version, an append-only `events.jsonl`, checkpoints. Everything in it
 * survives SIGKILL: `latest.json` names the newest whole checkpoint and how long the event log was then; resuming cuts
 * the log back to that length, so that log and weights always tell the same story.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../kernel/atomic-file.ts';
import { canonicalJson } from '../kernel/content-hash.ts';
import { inputError } from '../kernel/errors.ts';
import type { EventSink } from '../kernel/events.ts';
import type { TrainingStore } from '../srcode/training-store.ts';
import { codeVersion } from './code-version.ts';

const latestSchema = z.object({
  step: z.number().int(),
  checkpoint: z.string(),
  eventsBytes: z.number().int(),
});

export interface RunFolder {
  readonly path: string;
  readonly events: EventSink;
  readonly store: TrainingStore;
}

/**
 * Opens a run folder, making it where it is new. A folder that holds another configuration or seed is refused: resuming it
 * would mix two runs. Where the folder lies, and how its path is spelled, is no setting: it may be moved and go on.
 * @param schema of the configuration: settings it has got since the folder was made are taken at their defaults, which
 * are what the run was made with.
 */
export function openRunFolder(
  path: string,
  config: unknown,
  seed: number,
  schema?: z.ZodType,
): RunFolder {
  mkdirSync(join(path, 'checkpoints'), { recursive: true });
  claimFolder(path, 'run.json', { seed, config }, (found) => {
    const filled = schema?.safeParse(found.config);
    const settings = filled?.success ? filled.data : found.config;
    return { ...found, config: atPlaceOf(config, settings) };
  });
  const eventsPath = join(path, 'events.jsonl');
  const latestPath = join(path, 'latest.json');
  const events: EventSink = (event) => appendFileSync(eventsPath, `${JSON.stringify(event)}\n`);
  const store: TrainingStore = {
    events,
    async resume(engine) {
      const latest = readLatest(latestPath);
      cutTo(eventsPath, latest?.eventsBytes ?? 0);
      if (!latest) return 0;
      await engine.loadState(join(path, latest.checkpoint));
      return latest.step;
    },
    async checkpoint(engine, step) {
      const checkpoint = join('checkpoints', `step-${String(step).padStart(6, '0')}`);
      const previous = readLatest(latestPath);
      if (previous?.checkpoint !== checkpoint) await engine.saveState(join(path, checkpoint));
      makeDurable(eventsPath);
      const eventsBytes = existsSync(eventsPath) ? statSync(eventsPath).size : 0;
      writeFileAtomic(latestPath, canonicalJson({ step, checkpoint, eventsBytes }));
      removeOlder(path, checkpoint);
    },
  };
  return { path, events, store };
}

/** Settings that name their own folder, `out`, named as the given ones name it. */
function atPlaceOf(given: unknown, settings: unknown): unknown {
  const names = (value: unknown): value is { out: string } =>
    typeof value === 'object' && value !== null && 'out' in value;
  return names(given) && names(settings) ? { ...settings, out: given.out } : settings;
}

type Identity = Readonly<Record<string, unknown>>;

/**
 * Marks a folder as belonging to one piece of work; @throws inputError when it already belongs to another.
 * @param renew brings an identity written by an older version into today's form.
 */
export function claimFolder(
  path: string,
  name: string,
  identity: Identity,
  renew: (found: Identity) => Identity = (found) => found,
): void {
  const file = join(path, name);
  if (!existsSync(file)) {
    writeFileAtomic(
      file,
      `${JSON.stringify({ ...identity, codeVersion: codeVersion() }, null, 2)}\n`,
    );
    return;
  }
  const { codeVersion: _version, ...found } = JSON.parse(readFileSync(file, 'utf8')) as Record<
    string,
    unknown
  >;
  if (canonicalJson(renew(found)) !== canonicalJson(identity)) {
    throw inputError(
      `${path} holds a run with other settings (see ${file})`,
      'choose another folder, or remove this one to start over',
    );
  }
}

function readLatest(file: string) {
  return existsSync(file) ? latestSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

function cutTo(file: string, bytes: number): void {
  if (existsSync(file) && statSync(file).size > bytes) truncateSync(file, bytes);
}

function makeDurable(file: string): void {
  if (!existsSync(file)) return;
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

function removeOlder(path: string, keep: string): void {
  for (const name of readdirSync(join(path, 'checkpoints'))) {
    if (join('checkpoints', name) !== keep)
      rmSync(join(path, 'checkpoints', name), { recursive: true, force: true });
  }
}
