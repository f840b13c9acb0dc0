/**
 * @file Keys and values of the rows being sampled: per layer one buffer [rows, heads, capacity, headSize] that the decode
 * graph extends in place. Capacity grows in steps, and finished rows are dropped by copying the living ones together.
 */
import type { ModelConfig } from '../../models/config.ts';
import { type BoundTensor, float32 } from '../../tensor/session.ts';

/** Positions by which capacity grows: small wastes copies, large wastes attention over empty places. */
const CAPACITY_STEP = 32;

interface LayerBuffers {
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** Where a row's first entries come from: a row of this cache or of freshly computed prompts. */
export type RowSource =
  | { readonly kind: 'kept'; readonly row: number; readonly length: number }
  | {
      readonly kind: 'prompt';
      readonly layers: readonly LayerBuffers[];
      readonly row: number;
      /** Positions per row in `layers`. */
      readonly stride: number;
      readonly length: number;
    };

export class KeyValueCache {
  readonly rows: number;
  readonly capacity: number;
  private readonly layers: readonly LayerBuffers[];
  private readonly config: ModelConfig;
  /** Inputs key0, value0, ... */
  readonly feeds: Readonly<Record<string, BoundTensor>>;
  /** Outputs key0:extended, ...: the same buffers. */
  readonly into: Readonly<Record<string, BoundTensor>>;

  constructor(config: ModelConfig, sources: readonly RowSource[], previous?: KeyValueCache) {
    const longest = sources.reduce((most, source) => Math.max(most, source.length), 0);
    this.config = config;
    this.rows = sources.length;
    this.capacity = (Math.floor(longest / CAPACITY_STEP) + 1) * CAPACITY_STEP;
    const { keyValueHeads, headSize } = config;
    const size = this.rows * keyValueHeads * this.capacity * headSize;
    const feeds: Record<string, BoundTensor> = {};
    const into: Record<string, BoundTensor> = {};
    this.layers = Array.from({ length: config.layers }, (_, layer) => {
      const buffers = { key: new Float32Array(size), value: new Float32Array(size) };
      for (const part of ['key', 'value'] as const) {
        const bound = float32(buffers[part], this.rows, keyValueHeads, this.capacity, headSize);
        feeds[`${part}${layer}`] = bound;
        into[`${part}${layer}:extended`] = bound;
      }
      return buffers;
    });
    this.feeds = feeds;
    this.into = into;
    sources.forEach((source, row) => {
      const stride = source.kind === 'kept' ? (previous?.capacity ?? 0) : source.stride;
      const layers = source.kind === 'kept' ? (previous?.layers ?? []) : source.layers;
      this.copyRow(row, layers, source.row, stride, source.length);
    });
  }

  private copyRow(
    row: number,
    from: readonly LayerBuffers[],
    fromRow: number,
    fromStride: number,
    length: number,
  ): void {
    const { keyValueHeads, headSize } = this.config;
    this.layers.forEach((to, layer) => {
      for (const part of ['key', 'value'] as const) {
        const source = from[layer]?.[part] as Float32Array;
        for (let head = 0; head < keyValueHeads; head++) {
          const start = (fromRow * keyValueHeads + head) * fromStride * headSize;
          const end = (row * keyValueHeads + head) * this.capacity * headSize;
          to[part].set(source.subarray(start, start + length * headSize), end);
        }
      }
    });
  }
}
