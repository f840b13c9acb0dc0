/**
 * @file What a training loop needs of the disk, as a port: the last good state and a log that agrees with it.
 * `resume` loads the newest checkpoint into the engine and drops events written after it, so that an interrupted run,
 * resumed, leaves the same log and the same weights as one that was not interrupted.
 */
import type { TrainingEngine } from '../engine/training-engine.ts';
import type { EventSink } from '../kernel/events.ts';

export interface TrainingStore {
  /** Steps already done (0 for a fresh run); the engine then holds their result. */
  resume(engine: TrainingEngine): Promise<number>;
  /** Makes the state after `step` steps durable; atomic. */
  checkpoint(engine: TrainingEngine, step: number): Promise<void>;
  readonly events: EventSink;
}
