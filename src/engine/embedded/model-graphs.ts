/**
 * @file The compiled graphs of one model: training (forward, loss and backward in one run), scoring (log-probabilities
 * alone), prefill and decode. Each is compiled when first needed; batch and sequence are named dimensions, so one
 * compilation serves all data (attention in blocks is a second one, for long sequences). Gradients are added to the accumulators in place while the backward pass runs.
 */
import type { CriticLoss, LossSpec } from '../../data/datum.ts';
import type { ModelConfig } from '../../models/config.ts';
import {
  causalAttend,
  embedTokens,
  headName,
  type LowRankAdapter,
  type TransformerWeights,
  transformer,
  valueHead,
  type WrapBlock,
} from '../../models/transformer.ts';
import { CausalBlocks } from '../../tensor/causal-attention.ts';
import { differentiate, type Gradient } from '../../tensor/differentiate.ts';
import {
  accumulate,
  attention,
  linear,
  logNormaliser,
  type RotaryTables,
  tokenLogProbabilities,
} from '../../tensor/fused.ts';
import { constant, input, operation, type Shape, type TensorNode } from '../../tensor/node.ts';
import {
  add,
  flattenRows,
  lookup,
  multiply,
  reduceSum,
  reshape,
  softmax,
} from '../../tensor/operators.ts';
import { recomputationZero, recomputed } from '../../tensor/recompute.ts';
import { tokenLoss, valueLoss } from './losses.ts';
import { accumulatorInput, accumulatorOutput } from './parameters.ts';

/** What the graphs of an engine depend on. */
export interface GraphSetup {
  readonly config: ModelConfig;
  /** Every parameter, frozen ones, adapters and value head included. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly trainableNames: readonly string[];
  /** Adapter parameter names of a linear module; undefined where it has none. */
  adapterNames(module: string): { readonly down: string; readonly up: string } | undefined;
  readonly adapterScale: number;
  /** Training keeps the input of each block and computes the rest of it again in the backward pass. */
  readonly recomputesActivations: boolean;
}

/** A gradient that leaves the graph as rows, to be added at `indices` (the name of the feed that holds them). */
export interface RowOutput {
  readonly output: string;
  readonly parameter: string;
  readonly indices: 'tokens' | 'targets';
}

export interface TrainingGraph {
  readonly outputs: Readonly<Record<string, TensorNode>>;
  readonly rowOutputs: readonly RowOutput[];
}

const TOKENS: Shape = ['batch', 'sequence'];
const ROWS: Shape = ['batch*sequence', 1];

/** Current values of a parameter, to be built into a graph as constants. */
export type FrozenValues = (name: string) => Float32Array;

export class GraphInputs implements TransformerWeights {
  readonly setup: GraphSetup;
  private readonly frozen: FrozenValues | undefined;
  private readonly nodes = new Map<string, TensorNode>();

  constructor(setup: GraphSetup, frozen?: FrozenValues) {
    this.setup = setup;
    this.frozen = frozen;
  }

  parameter(name: string): TensorNode {
    let node = this.nodes.get(name);
    if (!node) {
      const shape = this.setup.shapes.get(name);
      if (!shape) throw new RangeError(`no parameter ${name}`);
      node = this.frozen ? constant(this.frozen(name), shape.map(Number)) : input(name, shape);
      this.nodes.set(name, node);
    }
    return node;
  }

  /** Frozen values are laid together when the graph is built. */
  joined(names: readonly string[]): TensorNode | undefined {
    const { frozen, setup } = this;
    if (!frozen || names.some((name) => setup.adapterNames(name.replace(/\.weight$/, ''))))
      return undefined;
    const values = names.map(frozen);
    const all = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const value of values) {
      all.set(value, end);
      end += value.length;
    }
    const shapes = names.map((name) => (setup.shapes.get(name) ?? []).map(Number));
    const rows = shapes.reduce((sum, [count = 0]) => sum + count, 0);
    return constant(all, [rows, ...(shapes[0] ?? []).slice(1)]);
  }

  adapter(module: string): LowRankAdapter | undefined {
    const names = this.setup.adapterNames(module);
    return (
      names && {
        down: this.parameter(names.down),
        up: this.parameter(names.up),
        scale: this.setup.adapterScale,
      }
    );
  }
}

export function rotaryInputs(config: ModelConfig, positions: TensorNode): RotaryTables {
  const table = (name: string): TensorNode => input(name, ['positions', config.headSize / 2]);
  return {
    cosine: table('cosine'),
    sine: table('sine'),
    negativeSine: table('negativeSine'),
    positions,
  };
}

/** Last hidden states of whole sequences: [batch, sequence, hidden]. */
function hiddenStates(
  weights: GraphInputs,
  embeddings: TensorNode,
  blocks: number,
  wrap?: WrapBlock,
): TensorNode {
  const { config } = weights.setup;
  const firstPosition = input('firstPosition', [1], 'int64');
  return transformer(
    config,
    weights,
    embeddings,
    rotaryInputs(config, firstPosition),
    causalAttend(config, new CausalBlocks(blocks)),
    wrap,
  );
}

export function scoringGraph(
  setup: GraphSetup,
  wanted: { readonly values: boolean; readonly entropies: boolean },
  blocks: number,
): Record<string, TensorNode> {
  const weights = new GraphInputs(setup);
  const embeddings = embedTokens(weights, input('tokens', TOKENS, 'int32'));
  const hidden = flattenRows(hiddenStates(weights, embeddings, blocks));
  const targets = input('targets', ROWS, 'int32');
  const head = weights.parameter(headName(setup.config));
  const { logProbabilities, entropies } = tokenLogProbabilities(hidden, head, targets);
  return {
    logProbabilities,
    ...(wanted.values ? { values: valueHead(weights, hidden) } : {}),
    ...(wanted.entropies ? { entropies } : {}),
  };
}

/** Logits of chosen places: `rows` [chosen] index the flattened [batch · sequence] positions. */
export function logitsGraph(setup: GraphSetup, blocks: number): Record<string, TensorNode> {
  const weights = new GraphInputs(setup);
  const embeddings = embedTokens(weights, input('tokens', TOKENS, 'int32'));
  const hidden = flattenRows(hiddenStates(weights, embeddings, blocks));
  return { logits: chosenLogits(weights, hidden) };
}

export function trainingGraph(
  setup: GraphSetup,
  loss: LossSpec['name'],
  critic: CriticLoss | undefined,
  blocks: number,
): TrainingGraph {
  const weights = new GraphInputs(setup);
  const tokens = input('tokens', TOKENS, 'int32');
  const targets = input('targets', ROWS, 'int32');
  const embeddings = embedTokens(weights, tokens);
  const zero = recomputationZero();
  const wrap: WrapBlock | undefined = setup.recomputesActivations
    ? (x, block) => recomputed(x, zero, block)
    : undefined;
  const hidden = flattenRows(hiddenStates(weights, embeddings, blocks, wrap));
  const head = headName(setup.config);
  const { logProbabilities } = tokenLogProbabilities(hidden, weights.parameter(head), targets);
  const perToken = (name: string): TensorNode => input(name, ROWS);
  const lossWeights = perToken('weights');
  const policyLoss = tokenLoss(
    loss,
    {
      logProbabilities,
      oldLogProbabilities: perToken('logprobs'),
      advantages: perToken('advantages'),
      weights: lossWeights,
    },
    input('clipLow', []),
    input('clipHigh', []),
  );
  const outputs: Record<string, TensorNode> = { logProbabilities, loss: policyLoss };
  let total = policyLoss;
  if (critic) {
    outputs.values = valueHead(weights, hidden);
    outputs.criticLoss = valueLoss(
      outputs.values,
      {
        returns: perToken('returns'),
        oldValues: perToken('oldValues'),
        weights: lossWeights,
        coefficient: input('criticCoefficient', []),
        clip: input('criticClip', []),
      },
      critic.clip !== undefined,
    );
    total = add(policyLoss, outputs.criticLoss);
  }
  const targetsOf = setup.trainableNames.map((name) => weights.parameter(name));
  const gradients = differentiate(reduceSum(total, [0, 1], false), targetsOf);
  const rowOutputs: RowOutput[] = [];
  setup.trainableNames.forEach((name, index) => {
    addGradientOutputs(name, gradients[index] as Gradient, targetsOf[index] as TensorNode);
  });
  return { outputs, rowOutputs };

  function addGradientOutputs(name: string, gradient: Gradient, parameter: TensorNode): void {
    if (gradient.dense) {
      const accumulator = input(accumulatorInput(name), parameter.shape);
      outputs[accumulatorOutput(name)] = accumulate(accumulator, gradient.dense);
    }
    for (const { indices, rows } of gradient.rows) {
      const output = `rows:${name}:${rowOutputs.length}`;
      outputs[output] = rows;
      rowOutputs.push({
        output,
        parameter: name,
        indices: indices === tokens ? 'tokens' : 'targets',
      });
    }
  }
}

/** Keys and values of whole prompts, and the logits of the place after each. */
export function prefillGraph(setup: GraphSetup, blocks: number): Record<string, TensorNode> {
  const weights = new GraphInputs(setup);
  const { config } = setup;
  const embeddings = embedTokens(weights, input('tokens', TOKENS, 'int32'));
  const outputs: Record<string, TensorNode> = {};
  const attend = causalAttend(config, new CausalBlocks(blocks));
  const hidden = transformer(
    config,
    weights,
    embeddings,
    rotaryInputs(config, input('firstPosition', [1], 'int64')),
    (layer, query, key, value) => {
      outputs[`key${layer}`] = key;
      outputs[`value${layer}`] = value;
      return attend(layer, query, key, value);
    },
  );
  return { ...outputs, logits: chosenLogits(weights, flattenRows(hidden)) };
}

/**
 * What a decode step reports of each row: `plain` the probabilities alone; `tempered` those at a temperature, with the
 * logits and log Σ exp(logit), from which the log-probability at temperature 1 follows.
 */
export type DecodeScores = 'plain' | 'tempered';

/**
 * One new token per row over a cache that is extended in place; `slots` are (row, head, position) of the new entries.
 * @param frozen builds the weights in: the runtime then brings them into its matrix layout once instead of every token.
 */
export function decodeGraph(
  setup: GraphSetup,
  scores: DecodeScores,
  frozen?: FrozenValues,
): Record<string, TensorNode> {
  const weights = new GraphInputs(setup, frozen);
  const { config } = setup;
  const { keyValueHeads, headSize } = config;
  const embeddings = embedTokens(weights, input('tokens', ['batch', 1], 'int32'));
  const positions = input('tokenPositions', ['batch', 1], 'int64');
  const slots = input('slots', ['batch*heads', 3], 'int64');
  const mask = input('mask', ['batch', 1, 1, 'capacity']);
  const queryScale = input('queryScale', []);
  const outputs: Record<string, TensorNode> = {};
  const extend = (name: string, entry: TensorNode): TensorNode => {
    const cache = input(name, ['batch', keyValueHeads, 'capacity', headSize]);
    const rows = reshape(entry, ['batch*heads', headSize]);
    const extended = operation('ScatterND', [cache, slots, rows], cache.shape);
    outputs[`${name}:extended`] = extended;
    return extended;
  };
  const hidden = transformer(
    config,
    weights,
    embeddings,
    rotaryInputs(config, positions),
    (layer, query, key, value) =>
      attention(
        query,
        extend(`key${layer}`, key),
        extend(`value${layer}`, value),
        mask,
        config,
        queryScale,
      ),
  );
  const logits = headLogits(weights, reshape(hidden, ['batch', config.hiddenSize]));
  if (scores === 'plain') return { ...outputs, probabilities: softmax(logits) };
  return {
    ...outputs,
    logits,
    probabilities: softmax(multiply(logits, input('inverseTemperature', []))),
    logNormaliser: logNormaliser(logits, softmax(logits)),
  };
}

const headLogits = (weights: GraphInputs, hidden: TensorNode): TensorNode =>
  linear(hidden, weights.parameter(headName(weights.setup.config)));

/** `rows` [chosen] index the flattened [batch · sequence] places. */
const chosenLogits = (weights: GraphInputs, flatHidden: TensorNode): TensorNode =>
  headLogits(weights, lookup(flatHidden, input('rows', ['chosen'], 'int32')));
