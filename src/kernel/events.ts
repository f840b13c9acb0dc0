/**
 * @file What long work tells the outside: events (facts, appended to a run's `events.jsonl`) and progress (for a person's eyes).
 * Both come in as arguments, so that algorithms stay free of disk and terminal.
 */

/** Named noun-verb, e.g. `step-finished`; the rest are plain JSON values. */
export interface RunEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export type EventSink = (event: RunEvent) => void;

/** One stage's progress. `total` is known from the start; `note` is a short figure such as "reward 0.71". */
export interface Progress {
  stage(label: string, total: number, unit: string): ProgressStage;
}

export interface ProgressStage {
  advance(count: number, note?: string): void;
  finish(note?: string): void;
}

export const silentProgress: Progress = {
  stage: () => ({ advance() {}, finish() {} }),
};
