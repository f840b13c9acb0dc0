/**
 * @file Keys and values of the rows being sampled: per layer one buffer [rows, heads, capacity, headSize] that the decode
 * graph extends in place. Capacity grows in steps, and finished rows are dropped by moving the living ones together, both
 * inside the same memory: fresh memory for every step up costs more in page faults than the copies themselves.
 */
import type { ModelConfig } from '../../models/config.ts';
import { type BoundTensor, float32 } from '../../tensor/session.ts';

/** Positions by which capacity grows: small wastes copies, large wastes attention over empty places. */
const CAPACITY_STEP = 32;
/** Memory is taken with this much to spare, so that it is taken seldom. */
const SPARE = 1.5;
/** Between sampling calls no more than this is held. */
const KEPT_BYTES = 256 << 20;

interface LayerBuffers {
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** A freshly computed prompt. */
export interface PromptSource {
  readonly layers: readonly LayerBuffers[];
  readonly row: number;
  /** Positions per row in `layers`. */
  readonly stride: number;
  readonly length: number;
}

/** In elements. */
interface Move {
  readonly from: number;
  readonly to: number;
  readonly elements: number;
}

/**
 * Moves between ascending, disjoint places, in an order in which none overwrites what another still has to read: downward
 * ones first to last, then upward ones last to first.
 */
export const safeInPlace = (moves: readonly Move[]): Move[] => [
  ...moves.filter(({ from, to }) => to < from),
  ...moves.filter(({ from, to }) => to > from).reverse(),
];

/** What the decode graph is run with, until the next arrangement. */
export interface CacheArrangement {
  readonly rows: number;
  readonly capacity: number;
  /** Inputs key0, value0, ... */
  readonly feeds: Readonly<Record<string, BoundTensor>>;
  /** Outputs key0:extended, ...: the same buffers. */
  readonly into: Readonly<Record<string, BoundTensor>>;
}

export class KeyValueCache {
  private readonly config: ModelConfig;
  private buffers: readonly LayerBuffers[] = [];
  /** Elements of each buffer. */
  private size = 0;
  private capacity = 0;

  constructor(config: ModelConfig) {
    this.config = config;
  }

  /**
   * Brings the rows into a new order: kept ones first, then prompts.
   * @param kept places of present rows, ascending, and how many positions each has filled.
   */
  arrange(
    kept: readonly { readonly row: number; readonly length: number }[],
    prompts: readonly PromptSource[],
  ): CacheArrangement {
    const { keyValueHeads, headSize } = this.config;
    const longest = [...kept, ...prompts].reduce((most, { length }) => Math.max(most, length), 0);
    const rows = kept.length + prompts.length;
    const capacity = (Math.floor(longest / CAPACITY_STEP) + 1) * CAPACITY_STEP;
    const size = rows * keyValueHeads * capacity * headSize;
    this.moveKept(kept, capacity, size);
    this.capacity = capacity;
    prompts.forEach((prompt, index) => {
      this.copyPrompt(prompt, kept.length + index);
    });
    const feeds: Record<string, BoundTensor> = {};
    const into: Record<string, BoundTensor> = {};
    this.buffers.forEach((buffers, layer) => {
      for (const part of ['key', 'value'] as const) {
        const used = buffers[part].subarray(0, size);
        const bound = float32(used, rows, keyValueHeads, capacity, headSize);
        feeds[`${part}${layer}`] = bound;
        into[`${part}${layer}:extended`] = bound;
      }
    });
    return { rows, capacity, feeds, into };
  }

  /** After a call: keeps the memory for the next one unless it is much. */
  finish(): void {
    if (this.size * this.buffers.length * 2 * 4 <= KEPT_BYTES) return;
    this.buffers = [];
    this.size = 0;
  }

  private moveKept(
    kept: readonly { readonly row: number; readonly length: number }[],
    capacity: number,
    size: number,
  ): void {
    const { keyValueHeads, headSize, layers } = this.config;
    const oldStride = this.capacity * headSize;
    const newStride = capacity * headSize;
    const roomy = size <= this.size;
    const target = roomy
      ? this.buffers
      : Array.from({ length: layers }, () => ({
          key: new Float32Array(Math.ceil(size * SPARE)),
          value: new Float32Array(Math.ceil(size * SPARE)),
        }));
    const moves: readonly Move[] = kept.flatMap(({ row, length }, place) =>
      Array.from({ length: keyValueHeads }, (_, head) => ({
        from: (row * keyValueHeads + head) * oldStride,
        to: (place * keyValueHeads + head) * newStride,
        elements: length * headSize,
      })),
    );
    const inOrder = roomy ? safeInPlace(moves) : moves;
    target.forEach((to, layer) => {
      for (const part of ['key', 'value'] as const) {
        const from = this.buffers[layer]?.[part];
        for (const move of inOrder) {
          if (roomy) to[part].copyWithin(move.to, move.from, move.from + move.elements);
          else
            to[part].set(
              (from as Float32Array).subarray(move.from, move.from + move.elements),
              move.to,
            );
        }
      }
    });
    if (!roomy) {
      this.buffers = target;
      this.size = Math.ceil(size * SPARE);
    }
  }

  private copyPrompt(source: PromptSource, row: number): void {
    const { keyValueHeads, headSize } = this.config;
    this.buffers.forEach((to, layer) => {
      for (const part of ['key', 'value'] as const) {
        const from = source.layers[layer]?.[part] as Float32Array;
        for (let head = 0; head < keyValueHeads; head++) {
          const start = (source.row * keyValueHeads + head) * source.stride * headSize;
          const end = (row * keyValueHeads + head) * this.capacity * headSize;
          to[part].set(from.subarray(start, start + source.length * headSize), end);
        }
      }
    });
  }
}
