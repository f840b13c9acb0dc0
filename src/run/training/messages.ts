/** @file What a training process and its parent tell each other. */
import type { ErrorCode } from '../../kernel/errors.ts';

export interface ToChild {
  readonly kind: 'sft' | 'lpo' | 'rl' | 'evaluation';
  readonly config: unknown;
}

export type FromChild =
  | {
      readonly kind: 'stage';
      readonly label: string;
      readonly total: number;
      readonly unit: string;
    }
  | { readonly kind: 'advance'; readonly count: number; readonly note?: string }
  | { readonly kind: 'finish'; readonly note?: string }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
    };
