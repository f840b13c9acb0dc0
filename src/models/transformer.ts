/**
 * @file The decoder of Llama, Qwen2(.5) and Qwen3, written once: pre-norm blocks of grouped-query attention with rotary
 * positions and a gated SiLU feed-forward; biases, q/k norms and tied embeddings by configuration. How queries meet keys
 * is the caller's (`Attend`), so that training, prefill and cached decoding share every other line.
 * Parameter names and layouts are Hugging Face's. Not covered: dropout, sliding windows, mixtures of experts.
 */
import type { CausalBlocks } from '../tensor/causal-attention.ts';
import { gatedSilu, linear, type RotaryTables, rmsNorm, rotaryEmbedding } from '../tensor/fused.ts';
import type { TensorNode } from '../tensor/node.ts';
import { add, lookup, matrixProduct, reshape, split, transpose } from '../tensor/operators.ts';
import type { ModelConfig } from './config.ts';

export interface LowRankAdapter {
  /** [rank, input] */
  readonly down: TensorNode;
  /** [output, rank] */
  readonly up: TensorNode;
  /** alpha / rank */
  readonly scale: number;
}

export interface TransformerWeights {
  /** The node of a parameter by its Hugging Face name. */
  parameter(name: string): TensorNode;
  /** The adapter of a linear module, e.g. `model.layers.0.self_attn.q_proj`. */
  adapter?(module: string): LowRankAdapter | undefined;
  /** These parameters one below the other, where that costs nothing at run time: one product then serves them all. */
  joined?(names: readonly string[]): TensorNode | undefined;
}

/** query [batch, heads, sequence, headSize], key and value [batch, keyValueHeads, sequence, headSize] -> like query. */
export type Attend = (
  layer: number,
  query: TensorNode,
  key: TensorNode,
  value: TensorNode,
) => TensorNode;

/** Applies one block to the hidden state, in a way of its own (recomputation of activations). */
export type WrapBlock = (
  hidden: TensorNode,
  block: (hidden: TensorNode) => TensorNode,
) => TensorNode;

/** Embeddings of tokens [batch, sequence]. */
export const embedTokens = (weights: TransformerWeights, tokens: TensorNode): TensorNode =>
  lookup(weights.parameter('model.embed_tokens.weight'), tokens);

/** The matrix of the output head: its own, or the embedding's when tied. */
export const headName = (config: ModelConfig): string =>
  config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';

/** From embeddings [batch, sequence, hidden] to the normed last hidden state of the same shape. */
export function transformer(
  config: ModelConfig,
  weights: TransformerWeights,
  embeddings: TensorNode,
  tables: RotaryTables,
  attend: Attend,
  wrap: WrapBlock = (hidden, block) => block(hidden),
): TensorNode {
  const [batch, sequence] = embeddings.shape;
  if (batch === undefined || sequence === undefined) throw new RangeError('embeddings need rank 3');
  const { heads, keyValueHeads, headSize, rmsNormEpsilon } = config;
  const project = (module: string, x: TensorNode, bias: boolean): TensorNode => {
    const base = linear(
      x,
      weights.parameter(`${module}.weight`),
      bias ? weights.parameter(`${module}.bias`) : undefined,
    );
    const adapter = weights.adapter?.(module);
    if (!adapter) return base;
    const low = matrixProduct(x, adapter.down, { transposeB: true });
    return add(base, matrixProduct(low, adapter.up, { transposeB: true, scale: adapter.scale }));
  };
  /** Modules that read the same input. */
  const projectAll = (modules: readonly string[], x: TensorNode, bias: boolean): TensorNode[] => {
    const names = (kind: string): string[] => modules.map((module) => `${module}.${kind}`);
    const weight = weights.joined?.(names('weight'));
    if (!weight) return modules.map((module) => project(module, x, bias));
    const sizes = names('weight').map((name) => weights.parameter(name).shape[0] as number);
    return split(linear(x, weight, bias ? weights.joined?.(names('bias')) : undefined), sizes);
  };
  const norm = (name: string, x: TensorNode): TensorNode =>
    rmsNorm(x, weights.parameter(`${name}.weight`), rmsNormEpsilon);
  const perHead = (x: TensorNode, count: number): TensorNode =>
    reshape(x, [batch, sequence, count, headSize]);
  // One position has no order among positions: nothing moves in memory.
  const headsFirst = (x: TensorNode, count: number): TensorNode =>
    sequence === 1
      ? reshape(x, [batch, count, 1, headSize])
      : transpose(perHead(x, count), [0, 2, 1, 3]);
  const headsLast = (x: TensorNode): TensorNode =>
    reshape(sequence === 1 ? x : transpose(x, [0, 2, 1, 3]), [batch, sequence, heads * headSize]);
  const normHeads = (name: string, x: TensorNode, count: number): TensorNode =>
    config.queryKeyNorm
      ? reshape(norm(name, perHead(x, count)), [batch, sequence, count * headSize])
      : x;

  const block = (layer: number, blockInput: TensorNode): TensorNode => {
    const at = `model.layers.${layer}`;
    const attentionInput = norm(`${at}.input_layernorm`, blockInput);
    const [toQuery, toKey, toValue] = projectAll(
      ['q', 'k', 'v'].map((kind) => `${at}.self_attn.${kind}_proj`),
      attentionInput,
      config.attentionBias,
    ) as [TensorNode, TensorNode, TensorNode];
    const query = normHeads(`${at}.self_attn.q_norm`, toQuery, heads);
    const key = normHeads(`${at}.self_attn.k_norm`, toKey, keyValueHeads);
    const attended = attend(
      layer,
      headsFirst(rotaryEmbedding(query, tables, heads), heads),
      headsFirst(rotaryEmbedding(key, tables, keyValueHeads), keyValueHeads),
      headsFirst(toValue, keyValueHeads),
    );
    const hidden = add(
      blockInput,
      project(`${at}.self_attn.o_proj`, headsLast(attended), config.attentionOutputBias),
    );
    const feedInput = norm(`${at}.post_attention_layernorm`, hidden);
    const [gate, up] = projectAll(
      [`${at}.mlp.gate_proj`, `${at}.mlp.up_proj`],
      feedInput,
      config.mlpBias,
    ) as [TensorNode, TensorNode];
    const gated = gatedSilu(gate, up);
    return add(hidden, project(`${at}.mlp.down_proj`, gated, config.mlpBias));
  };
  let hidden = embeddings;
  for (let layer = 0; layer < config.layers; layer++)
    hidden = wrap(hidden, (blockInput) => block(layer, blockInput));
  return norm('model.norm', hidden);
}

/** Attention of a whole sequence over itself. */
export const causalAttend =
  (config: ModelConfig, blocks: CausalBlocks): Attend =>
  (_layer, query, key, value) =>
    blocks.attention(query, key, value, config);

/** A value per position from the last hidden state: [batch, sequence, 1]. */
export function valueHead(weights: TransformerWeights, hidden: TensorNode): TensorNode {
  return linear(
    hidden,
    weights.parameter('value_head.weight'),
    weights.parameter('value_head.bias'),
  );
}
