/**
 * @file Compiles each graph of a model when first needed and hands out the feeds that graphs share: parameters, rotary
 * tables (grown on demand) and position lists.
 */
import type { CriticLoss, LossSpec } from '../../data/datum.ts';
import { rotaryTableData } from '../../models/rope.ts';
import { blockSizes } from '../../tensor/causal-attention.ts';
import { RECOMPUTATION_ZERO } from '../../tensor/recompute.ts';
import {
  type BoundTensor,
  type CompiledGraph,
  compileGraph,
  float32,
  int32,
  int64,
  type RuntimeOptions,
} from '../../tensor/session.ts';
import { KeyValueCache } from './key-value-cache.ts';
import { lossKey } from './losses.ts';
import {
  type DecodeScores,
  decodeGraph,
  type GraphSetup,
  logitsGraph,
  prefillGraph,
  type RowOutput,
  scoringGraph,
  trainingGraph,
} from './model-graphs.ts';
import type { ParameterStore } from './parameters.ts';

export interface CompiledTraining {
  readonly graph: CompiledGraph;
  readonly rowOutputs: readonly RowOutput[];
}

/** Sequences from this length on are attended to in blocks; below it the smaller products lose what skipping saves. */
const BLOCKED_LENGTH = 128;
const BLOCKS = 4;
const blocksOf = (length: number): number => (length >= BLOCKED_LENGTH ? BLOCKS : 1);

/** Fewer tokens do not pay for compiling a graph that holds the weights (about 15 ns per parameter against 0.25 a token). */
const FROZEN_DECODE_TOKENS = 64;
/** Larger models would hold their weights twice. */
const FROZEN_DECODE_BYTES = 256 << 20;

export class GraphRunner {
  readonly setup: GraphSetup;
  readonly maxSequenceTokens: number;
  /** Of the rows being sampled. */
  readonly cache: KeyValueCache;
  private readonly store: ParameterStore;
  private readonly runtime: RuntimeOptions;
  private readonly graphs = new Map<string, Promise<CompiledGraph>>();
  private readonly trainings = new Map<string, Promise<CompiledTraining>>();
  private frozen:
    | {
        readonly scores: DecodeScores;
        readonly version: number;
        readonly graph: Promise<CompiledGraph>;
      }
    | undefined;
  private tables: Readonly<Record<string, BoundTensor>> = {};
  private tablePositions = 0;
  private order = new Int32Array(0);

  constructor(setup: GraphSetup, store: ParameterStore, runtime: RuntimeOptions) {
    this.setup = setup;
    this.store = store;
    this.runtime = runtime;
    this.cache = new KeyValueCache(setup.config);
    this.maxSequenceTokens = setup.config.maxPositions;
  }

  private compiled(key: string, build: () => Parameters<typeof compileGraph>[0]) {
    let graph = this.graphs.get(key);
    if (!graph) {
      graph = compileGraph(build(), this.runtime);
      this.graphs.set(key, graph);
    }
    return graph;
  }

  /** @param length of the sequences, here and below: chooses how attention is cut. */
  scoring(
    wanted: { readonly values: boolean; readonly entropies: boolean },
    length: number,
  ): Promise<CompiledGraph> {
    const blocks = blocksOf(length);
    const key = `scoring ${wanted.values} ${wanted.entropies} ${blocks}`;
    return this.compiled(key, () => scoringGraph(this.setup, wanted, blocks));
  }

  logits(length: number): Promise<CompiledGraph> {
    const blocks = blocksOf(length);
    return this.compiled(`logits ${blocks}`, () => logitsGraph(this.setup, blocks));
  }

  prefill(length: number): Promise<CompiledGraph> {
    const blocks = blocksOf(length);
    return this.compiled(`prefill ${blocks}`, () => prefillGraph(this.setup, blocks));
  }

  /**
   * @param tokens how many will be decoded at most. From FROZEN_DECODE_TOKENS on, weights are built into the graph, where they
   *   need no packing per token. The choice depends on this number and the model's size alone, never on what ran before:
   *   both forms round differently in the last bit, and a resumed run must go the way of an uninterrupted one.
   */
  decode(scores: DecodeScores, tokens: number): Promise<CompiledGraph> {
    const bytes = [...this.store.views.values()].reduce(
      (sum, { data }) => sum + data.byteLength,
      0,
    );
    if (tokens < FROZEN_DECODE_TOKENS || bytes > FROZEN_DECODE_BYTES)
      return this.compiled(`decode ${scores}`, () => decodeGraph(this.setup, scores));
    return this.frozenDecode(scores);
  }

  private async frozenDecode(scores: DecodeScores): Promise<CompiledGraph> {
    const held = this.frozen;
    if (held && held.scores === scores && held.version === this.store.version) return held.graph;
    this.frozen = undefined;
    await (await held?.graph)?.release();
    const values = (name: string): Float32Array => this.store.view(name).data;
    const graph = compileGraph(decodeGraph(this.setup, scores, values), this.runtime);
    this.frozen = { scores, version: this.store.version, graph };
    return graph;
  }

  training(
    loss: LossSpec,
    critic: CriticLoss | undefined,
    length: number,
  ): Promise<CompiledTraining> {
    const blocks = blocksOf(length);
    const key = `${lossKey(loss, critic)} ${blocks}`;
    let training = this.trainings.get(key);
    if (!training) {
      const { outputs, rowOutputs } = trainingGraph(this.setup, loss.name, critic, blocks);
      training = compileGraph(outputs, this.runtime).then((graph) => ({ graph, rowOutputs }));
      this.trainings.set(key, training);
    }
    return training;
  }

  /** Parameters, and rotary tables of at least this many positions. */
  commonFeeds(positions: number): Readonly<Record<string, BoundTensor>> {
    if (positions > this.tablePositions) {
      const { config } = this.setup;
      const size = Math.min(
        config.maxPositions,
        Math.max(256, 2 ** Math.ceil(Math.log2(positions))),
      );
      const data = rotaryTableData(config, Math.max(size, positions));
      const bind = (table: Float32Array): BoundTensor =>
        float32(table, data.positions, config.headSize / 2);
      this.tables = {
        cosine: bind(data.cosine),
        sine: bind(data.sine),
        negativeSine: bind(data.negativeSine),
      };
      this.tablePositions = data.positions;
    }
    return { ...this.store.feeds(), ...this.tables };
  }

  /** Feeds of graphs over whole sequences of this length, tokens apart. */
  sequenceFeeds(length: number): Readonly<Record<string, BoundTensor>> {
    if (length > this.order.length)
      this.order = Int32Array.from({ length: Math.max(256, length) }, (_, index) => index);
    const order = this.order.subarray(0, length);
    const sizes = blockSizes(length, blocksOf(length)).map(
      ({ name, values }) => [name, int64(values, values.length)] as const,
    );
    return {
      ...Object.fromEntries(sizes),
      ...this.commonFeeds(length),
      firstPosition: int64(BigInt64Array.of(0n), 1),
      [RECOMPUTATION_ZERO]: float32(Float32Array.of(0)),
      keyOrder: int32(order, 1, length),
      queryOrder: int32(order, length, 1),
    };
  }

  async release(): Promise<void> {
    for (const graph of this.graphs.values()) await (await graph).release();
    for (const training of this.trainings.values()) await (await training).graph.release();
    await (await this.frozen?.graph)?.release();
    this.frozen = undefined;
    this.graphs.clear();
    this.trainings.clear();
  }
}
