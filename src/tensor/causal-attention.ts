/**
 * @file Causal attention of a whole sequence over itself in blocks of queries: a block meets only the keys up to its own
 * end, so that of the square of scores the part above the diagonal is, but for the diagonal blocks, neither computed nor
 * stored (with four blocks 5/8 of the square remain). Where blocks end is given at run time, so one graph serves all
 * lengths. Ours, after the causal skipping of FlashAttention (Dao 2023); scores are kept for the backward pass, not
 * recomputed.
 */
import { type AttentionShape, attention, attentionBlock } from './fused.ts';
import { input, int, integers, operation, type TensorNode, withGradient } from './node.ts';
import { add, lessOrEqual, where } from './operators.ts';

const MASKED = -1e9;

/** Names of the run-time inputs that `blockSizes` fills. */
const edgeInput = (block: number): string => `edge${block}`;
const growthInput = (block: number): string => `growth${block}`;

/** For every block but the first: where it begins, and by how much its keys exceed those of the block before. */
export interface BlockSizes {
  readonly name: string;
  readonly values: BigInt64Array;
}

/** Run-time inputs of a graph with this many blocks: equal blocks, the last one the shortest. @param length at least `count`. */
export function blockSizes(length: number, count: number): BlockSizes[] {
  const edge = (block: number): number => Math.round((block * length) / count);
  return Array.from({ length: count - 1 }, (_, index) => index + 1).flatMap((block) => [
    { name: edgeInput(block), values: BigInt64Array.of(BigInt(edge(block))) },
    {
      name: growthInput(block),
      // ONNX Pad: how many places before each of four axes, then after each; axis 2 is the keys'.
      values: BigInt64Array.of(0n, 0n, 0n, 0n, 0n, 0n, BigInt(edge(block + 1) - edge(block)), 0n),
    },
  ]);
}

/** One mask for every block, shared by all layers. */
export class CausalBlocks {
  readonly count: number;
  private readonly edges: readonly TensorNode[];
  private readonly masks: readonly TensorNode[];
  private readonly growths: readonly (TensorNode | undefined)[];

  constructor(count: number) {
    this.count = count;
    const queryOrder = input('queryOrder', ['sequence', 1], 'int32');
    const keyOrder = input('keyOrder', [1, 'sequence'], 'int32');
    const blocks = Array.from({ length: count }, (_, block) => block);
    this.edges = blocks.map((block) =>
      block === 0 ? integers([0]) : input(edgeInput(block), [1], 'int64'),
    );
    this.growths = blocks.map((block) =>
      block === 0 ? undefined : input(growthInput(block), [8], 'int64'),
    );
    this.masks = blocks.map((block) =>
      where(
        lessOrEqual(this.keys(keyOrder, block, 1), this.queries(queryOrder, block, 0)),
        0,
        MASKED,
      ),
    );
  }

  /** The part of `x` that belongs to a block's queries along `axis`. */
  private queries(x: TensorNode, block: number, axis: number): TensorNode {
    return this.slice(x, this.edges[block] as TensorNode, block, axis, `block${block}`);
  }

  /** The part of `x` that a block's queries may see along `axis`. */
  private keys(x: TensorNode, block: number, axis: number): TensorNode {
    return block === this.count - 1 ? x : this.slice(x, integers([0]), block, axis, `end${block}`);
  }

  private slice(
    x: TensorNode,
    start: TensorNode,
    block: number,
    axis: number,
    size: string,
  ): TensorNode {
    if (this.count === 1) return x;
    const end = this.edges[block + 1] ?? integers([Number.MAX_SAFE_INTEGER]);
    const shape = x.shape.map((dimension, index) => (index === axis ? size : dimension));
    return operation('Slice', [x, start, end, integers([axis])], shape, {
      elementType: x.elementType,
    });
  }

  /** `sum` over the keys of the block before plus `part` over this block's. */
  private grow(sum: TensorNode | undefined, part: TensorNode, block: number): TensorNode {
    if (sum === undefined) return part;
    return add(operation('Pad', [sum, this.growths[block]], part.shape), part);
  }

  /** As `attention` of fused.ts, query [batch, heads, sequence, headSize], under the causal mask. */
  attention(
    query: TensorNode,
    key: TensorNode,
    value: TensorNode,
    shape: AttentionShape,
  ): TensorNode {
    if (this.count === 1) return attention(query, key, value, this.masks[0] as TensorNode, shape);
    const blocks = this.masks.map((mask, block) =>
      attentionBlock(
        this.queries(query, block, 2),
        this.keys(key, block, 2),
        this.keys(value, block, 2),
        mask,
        shape,
      ),
    );
    const joined = concat(
      blocks.map(({ output }) => output),
      query,
    );
    return withGradient(joined, [query, key, value], (gradient) => {
      const parts = blocks.map((block, index) => block.gradient(this.queries(gradient, index, 2)));
      const sumOf = (which: 'key' | 'value'): TensorNode =>
        parts.reduce<TensorNode | undefined>(
          (sum, part, index) => this.grow(sum, part[which], index),
          undefined,
        ) as TensorNode;
      return [
        {
          to: query,
          dense: concat(
            parts.map((part) => part.query),
            query,
          ),
        },
        { to: key, dense: sumOf('key') },
        { to: value, dense: sumOf('value') },
      ];
    });
  }
}

/** Joins blocks along the sequence, axis 2. */
const concat = (parts: readonly TensorNode[], like: TensorNode): TensorNode =>
  operation('Concat', parts, like.shape, { attributes: { axis: int(2) } });
