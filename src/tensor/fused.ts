/**
 * @file Operators made for transformers, each with a hand-made gradient that touches memory less than the derived one:
 * RMS norm, rotary embedding, gated SiLU, causal attention, and the log-probability of given tokens under a linear head.
 * They use ONNX Runtime's own fused kernels (com.microsoft) where these are faster. Gradient formulas: ours, by hand,
 * checked against finite differences in operators.test.ts.
 */
import {
  float,
  int,
  operation,
  operationWithOutputs,
  type TensorNode,
  withGradient,
} from './node.ts';
import {
  add,
  logarithm,
  lookup,
  matrixProduct,
  multiply,
  pickLast,
  reduceMaximum,
  reduceMean,
  reduceSum,
  reshape,
  sigmoid,
  softmax,
  subtract,
  sumToShape,
} from './operators.ts';

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis. */
export function rmsNorm(x: TensorNode, weight: TensorNode, epsilon: number): TensorNode {
  const last = x.shape.length - 1;
  const [normed, inverse] = operationWithOutputs(
    'SimplifiedLayerNormalization',
    [x, weight],
    [x.shape, [...x.shape.slice(0, -1), 1]],
    { attributes: { axis: int(-1), epsilon: float(epsilon), stash_type: int(1) } },
  ) as [TensorNode, TensorNode];
  return withGradient(normed, [x, weight], (gradient) => {
    const unit = multiply(x, inverse);
    const toUnit = multiply(gradient, weight);
    const mean = reduceMean(multiply(toUnit, unit), [last], true);
    return [
      { to: x, dense: multiply(subtract(toUnit, multiply(unit, mean)), inverse) },
      { to: weight, dense: sumToShape(multiply(gradient, unit), weight.shape) },
    ];
  });
}

/** Tables of one row per position: [positions, headSize / 2]. */
export interface RotaryTables {
  readonly cosine: TensorNode;
  readonly sine: TensorNode;
  /** -sine: the inverse rotation. */
  readonly negativeSine: TensorNode;
  /** [1] a first position for all rows, or [batch, sequence]; int64. */
  readonly positions: TensorNode;
}

/** Turns pairs (i, i + headSize/2) of each head of x [batch, sequence, heads · headSize] by their position's angle. */
export function rotaryEmbedding(
  x: TensorNode,
  tables: RotaryTables,
  heads: number,
  inverse = false,
): TensorNode {
  return operation(
    'RotaryEmbedding',
    [x, tables.positions, tables.cosine, inverse ? tables.negativeSine : tables.sine],
    x.shape,
    {
      domain: 'com.microsoft',
      attributes: { interleaved: int(0), num_heads: int(heads), rotary_embedding_dim: int(0) },
      gradient: (gradient) => [
        { to: x, dense: rotaryEmbedding(gradient, tables, heads, !inverse) },
      ],
    },
  );
}

/**
 * silu(gate) · up. With h the result and σ = sigmoid(gate), silu' = σ + silu · (1 - σ) gives
 * up · silu' = h + σ · (up - h), which needs no further copy of the activations.
 */
export function gatedSilu(gate: TensorNode, up: TensorNode): TensorNode {
  const gateSigmoid = sigmoid(gate);
  const activated = multiply(gate, gateSigmoid);
  const result = multiply(activated, up);
  return withGradient(result, [gate, up], (gradient) => {
    const slope = add(result, multiply(gateSigmoid, subtract(up, result)));
    return [
      { to: gate, dense: multiply(gradient, slope) },
      { to: up, dense: multiply(gradient, activated) },
    ];
  });
}

export interface AttentionShape {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

export interface AttentionBlock {
  readonly output: TensorNode;
  /** Gradients of query, key and value from that of the output. */
  gradient(gradient: TensorNode): {
    readonly query: TensorNode;
    readonly key: TensorNode;
    readonly value: TensorNode;
  };
}

/**
 * Attention of query [batch, heads, sequence, headSize] over key and value [batch, keyValueHeads, length, headSize].
 * The query heads of one key-value head are stacked along the sequence, so that no key is ever repeated in memory.
 * The gradient of the scores uses rowsum(dP·P) = rowsum(dO·O) (Dao 2022): one pass less over the score matrix.
 * @param mask added to the scores; broadcasts to [batch, heads, sequence, length].
 * @param runtimeScale 1 / sqrt(headSize) as a graph input, for decoding: a product with one query row is two to three
 *   times faster unscaled, and a constant scale the runtime would fold back into the product. Forward only.
 */
export function attentionBlock(
  query: TensorNode,
  key: TensorNode,
  value: TensorNode,
  mask: TensorNode,
  shape: AttentionShape,
  runtimeScale?: TensorNode,
): AttentionBlock {
  const { heads, keyValueHeads, headSize } = shape;
  const batch = query.shape[0] ?? 1;
  const sequence = query.shape[2] ?? 1;
  const length = key.shape[2] ?? 1;
  const scale = 1 / Math.sqrt(headSize);
  const grouped = heads !== keyValueHeads;
  const stackedRows = typeof sequence === 'number' ? (sequence * heads) / keyValueHeads : 'stacked';
  const stack = (x: TensorNode, width: number | string): TensorNode =>
    grouped ? reshape(x, [batch, keyValueHeads, stackedRows, width]) : x;
  const unstack = (x: TensorNode, width: number | string): TensorNode =>
    grouped ? reshape(x, [batch, heads, sequence, width]) : x;

  const stackedQuery = stack(query, headSize);
  const scores = unstack(
    runtimeScale
      ? matrixProduct(multiply(stackedQuery, runtimeScale), key, { transposeB: true })
      : matrixProduct(stackedQuery, key, { transposeB: true, scale }),
    length,
  );
  const probabilities = softmax(add(scores, mask));
  const stackedProbabilities = stack(probabilities, length);
  const output = unstack(matrixProduct(stackedProbabilities, value), headSize);
  return {
    output,
    gradient(gradient) {
      const stackedGradient = stack(gradient, headSize);
      const inner = reduceSum(multiply(gradient, output), [3], true);
      const toProbabilities = unstack(
        matrixProduct(stackedGradient, value, { transposeB: true }),
        length,
      );
      const toScores = stack(multiply(probabilities, subtract(toProbabilities, inner)), length);
      return {
        query: unstack(matrixProduct(toScores, key, { scale }), headSize),
        key: matrixProduct(toScores, stackedQuery, { transposeA: true, scale }),
        value: matrixProduct(stackedProbabilities, stackedGradient, { transposeA: true }),
      };
    },
  };
}

/** `attentionBlock` as one node with its gradient. */
export function attention(
  query: TensorNode,
  key: TensorNode,
  value: TensorNode,
  mask: TensorNode,
  shape: AttentionShape,
  runtimeScale?: TensorNode,
): TensorNode {
  const block = attentionBlock(query, key, value, mask, shape, runtimeScale);
  return withGradient(block.output, [query, key, value], (gradient) => {
    const to = block.gradient(gradient);
    return [
      { to: query, dense: to.query },
      { to: key, dense: to.key },
      { to: value, dense: to.value },
    ];
  });
}

/**
 * [rows, 1] log Σ exp(logit) of logits [rows, n], given their softmax: softmax(maximum) = 1 / Σ exp(logit - maximum), so it
 * takes no further exponential.
 */
export const logNormaliser = (logits: TensorNode, probabilities: TensorNode): TensorNode =>
  subtract(reduceMaximum(logits, [1], true), logarithm(reduceMaximum(probabilities, [1], true)));

export interface TokenLogProbabilities {
  /** [rows, 1] */
  readonly logProbabilities: TensorNode;
  /** [rows, 1] Of the whole distribution; without a gradient. */
  readonly entropies: TensorNode;
}

/**
 * log softmax(hidden · tableᵀ)[target] for hidden [rows, width], table [vocabulary, width], targets [rows, 1] (int32).
 * Neither a one-hot matrix nor a scaled copy of the [rows, vocabulary] softmax is ever made:
 * d hidden = g ⊙ (table[target] - p · table), d table = rows g ⊙ hidden at `target`, minus pᵀ · (g ⊙ hidden).
 */
export function tokenLogProbabilities(
  hidden: TensorNode,
  table: TensorNode,
  targets: TensorNode,
): TokenLogProbabilities {
  const logits = matrixProduct(hidden, table, { transposeB: true });
  const probabilities = softmax(logits);
  const normaliser = logNormaliser(logits, probabilities);
  const picked = subtract(pickLast(logits, targets), normaliser);
  const logProbabilities = withGradient(picked, [hidden, table], (gradient) => {
    const scaled = multiply(hidden, gradient);
    const targetRows = lookup(table, reshape(targets, [targets.shape[0] ?? 1]));
    const expected = matrixProduct(probabilities, table);
    return [
      { to: hidden, dense: multiply(subtract(targetRows, expected), gradient) },
      { to: table, indices: reshape(targets, [targets.shape[0] ?? 1]), rows: scaled },
      {
        to: table,
        dense: matrixProduct(probabilities, multiply(scaled, -1), { transposeA: true }),
      },
    ];
  });
  const entropies = subtract(normaliser, reduceSum(multiply(probabilities, logits), [1], true));
  return { logProbabilities, entropies };
}

/** x · weightᵀ + bias over the last axis, weight [output, input] as Hugging Face stores it. */
export function linear(x: TensorNode, weight: TensorNode, bias?: TensorNode): TensorNode {
  const product = matrixProduct(x, weight, { transposeB: true });
  return bias ? add(product, bias) : product;
}

/**
 * accumulator + gradient. A plain matrix product becomes one Gemm that adds while it multiplies, which in place costs
 * no pass of its own.
 */
export function accumulate(accumulator: TensorNode, gradient: TensorNode): TensorNode {
  if (gradient.kind === 'result' && gradient.shape.length === 2) {
    const { type, inputs, attributes } = gradient.operation;
    const [a, b] = inputs;
    const isProduct = type === 'FusedMatMul' || type === 'MatMul';
    if (isProduct && a?.shape.length === 2 && b?.shape.length === 2) {
      return operation('Gemm', [a, b, accumulator], accumulator.shape, {
        attributes: {
          transA: attributes.transA ?? int(0),
          transB: attributes.transB ?? int(0),
          alpha: attributes.alpha ?? float(1),
          beta: float(1),
        },
      });
    }
  }
  return add(accumulator, gradient);
}
