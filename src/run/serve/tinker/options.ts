/** @file What a Tinker server of ours can be told. */
import type { Clock } from '../../../engine/tinker/clock.ts';

export interface TinkerServiceOptions {
  /** A Hugging Face folder. */
  readonly folder: string;
  readonly modelName: string;
  /** Where logs and checkpoints lie; a server started over the same folder goes on where this one ended. */
  readonly state: string;
  /** Every model trains all weights, whatever lora_config says. */
  readonly full: boolean;
  /** How token losses are reduced; default 'sum', as the hosted service does. */
  readonly reduction?: 'sum' | 'sequence-mean';
  readonly threads?: number;
  readonly maximumModels?: number;
  /** Optimizer steps between two snapshots; what a restart does again at most. */
  readonly snapshotEverySteps?: number;
  /** Sessions silent for longer lose their models. */
  readonly silenceMs?: number;
  readonly clock?: Clock;
}
