/**
 * @file The numbers of a run's `events.jsonl`, one row per step, for the experiment trackers. An event `step-finished`
 * with {loss, monitors: {entropy}} gives `step/loss` and `step/monitors/entropy`; lists and texts are left out (they are
 * in the log itself). A last line cut off by a kill is skipped, any other broken line is an error.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { inputError, messageOf } from '../../kernel/errors.ts';

export interface MetricRow {
  readonly step: number;
  /** The event's own `timeMs` where it has one, else when the log was last written. Milliseconds since 1970. */
  readonly timeMs: number;
  readonly values: ReadonlyMap<string, number>;
}

export interface LoggedRun {
  readonly name: string;
  /** What the run folder's run.json says: seed, resolved configuration, code version. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly startedMs: number;
  /** Ascending steps. */
  readonly rows: readonly MetricRow[];
}

const eventSchema = z.looseObject({
  event: z.string(),
  step: z.number().int().nonnegative().optional(),
  timeMs: z.number().optional(),
});
const settingsSchema = z.record(z.string(), z.unknown());

/** @throws inputError when the folder is no run folder or its log is broken. */
export function readLoggedRun(folder: string): LoggedRun {
  const path = join(folder, 'events.jsonl');
  if (!existsSync(path))
    throw inputError(
      `${folder}: has no events.jsonl`,
      'give the folder of a run (sft, rl, ablate)',
    );
  const { mtimeMs } = statSync(path);
  const settingsPath = join(folder, 'run.json');
  const hasSettings = existsSync(settingsPath);
  const settings = hasSettings
    ? settingsSchema.parse(JSON.parse(readFileSync(settingsPath, 'utf8')))
    : {};
  const started = statSync(hasSettings ? settingsPath : path).mtimeMs;
  const rows = metricRows(readFileSync(path, 'utf8'), path, mtimeMs);
  return {
    name: basename(resolve(folder)),
    settings,
    startedMs: rows.reduce((first, { timeMs }) => Math.min(first, timeMs), started),
    rows,
  };
}

/** `path` is only for messages; `timeMs` for events without a time of their own. */
export function metricRows(log: string, path: string, timeMs: number): MetricRow[] {
  const rows = new Map<number, { timeMs: number; values: Map<string, number> }>();
  const seen = new Map<string, number>();
  const lines = log.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    let raw: unknown;
    try {
      raw = JSON.parse(line);
    } catch (error) {
      if (index === lines.length - 1) break; // Cut off by a kill; a whole line ends with a line feed.
      throw inputError(`${path}:${index + 1}: not JSON: ${messageOf(error)}`);
    }
    const parsed = eventSchema.safeParse(raw);
    if (!parsed.success)
      throw inputError(`${path}:${index + 1}: not an event: no name or a bad step`);
    const { event, step, timeMs: own, ...fields } = parsed.data;
    // Events without a step (an arm finished) count on their own.
    const count = seen.get(event) ?? 0;
    seen.set(event, count + 1);
    const values = new Map<string, number>();
    flatten(fields, event.replace(/-finished$/, ''), values);
    if (values.size === 0) continue;
    const at = step ?? count;
    const row = rows.get(at) ?? { timeMs: own ?? timeMs, values: new Map<string, number>() };
    for (const [name, value] of values) row.values.set(name, value);
    rows.set(at, row);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([step, row]) => ({ step, ...row }));
}

function flatten(value: unknown, name: string, into: Map<string, number>): void {
  if (typeof value === 'number') into.set(name, value);
  else if (typeof value === 'boolean') into.set(name, value ? 1 : 0);
  else if (typeof value === 'object' && value !== null && !Array.isArray(value))
    for (const [key, member] of Object.entries(value)) flatten(member, `${name}/${key}`, into);
}
