/**
 * @file Making an embedded engine: from a Hugging Face folder or from a configuration and a seed; whole-model or LoRA
 * training; with or without a value head.
 */
import { inputError, usageError } from '../../kernel/errors.ts';
import { checkModelFolder, writeModelFolder } from '../../models/checkpoint.ts';
import { type ModelConfig, parameterShapes } from '../../models/config.ts';
import type { StorageType } from '../../models/half-precision.ts';
import {
  type LoraAdapter,
  mergeInto,
  PROJECTIONS,
  type Projection,
  readAdapter,
  writeAdapter,
} from '../../models/peft.ts';
import { openWeights } from '../../models/weights.ts';
import type { Device } from '../../tensor/session.ts';
import {
  type ByteLevelTokenizer,
  createTokenizer,
  loadTokenizer,
} from '../../tokenizer/byte-level-tokenizer.ts';
import { parseTokenizerFile } from '../../tokenizer/tokenizer-file.ts';
import { EmbeddedEngine, type EmbeddedEngineParts } from './embedded-engine.ts';
import { GraphRunner } from './graph-runner.ts';
import { initialAdapter, initialParameter } from './initial-weights.ts';
import type { GraphSetup } from './model-graphs.ts';
import { AdamWOptimizer } from './optimizer.ts';
import { ParameterStore } from './parameters.ts';

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  /** Default: all seven projections. */
  readonly targetModules?: readonly Projection[];
  readonly seed?: number;
  /** A PEFT folder to start from, in place of a zero adapter; rank, alpha and modules are then its own. */
  readonly adapterFolder?: string;
}

export interface EmbeddedEngineOptions {
  /** A Hugging Face folder, or a configuration with the seed of its random weights. */
  readonly model:
    | { readonly folder: string }
    | {
        readonly config: ModelConfig;
        readonly seed: number;
        /** Text of a tokenizer.json, without which exportModel and stop texts are refused. */
        readonly tokenizerJson?: string;
      };
  /** Of the model, for whoever has it loaded: called when a text is first needed. Default: read from the folder. */
  readonly tokenizer?: () => ByteLevelTokenizer;
  /** Threads inside one operator; default: the runtime's choice. */
  readonly threads?: number;
  readonly device?: Device;
  readonly lora?: LoraOptions;
  readonly valueHead?: boolean;
  /** Tokens, padding included, of one training micro-batch; bounds memory; small ones stay in the cache. Default 1024. */
  readonly microBatchTokens?: number;
  /** Trades a third more time for memory: of each block only the input is kept for the backward pass. Default false. */
  readonly recomputeActivations?: boolean;
  /** Rows decoded together. Default 128. */
  readonly maximumSampleRows?: number;
  /** Number format of exported weights. Default f32. */
  readonly exportType?: StorageType;
  /** For benchmarks: prefix of the runtime's profile files. */
  readonly profilePrefix?: string;
}

const VALUE_WEIGHT = 'value_head.weight';
const VALUE_BIAS = 'value_head.bias';

/** @throws inputError (exit 2) naming file and field before any work; missingError when the device is absent. */
export async function createEmbeddedEngine(
  options: EmbeddedEngineOptions,
): Promise<EmbeddedEngine> {
  const { model } = options;
  const config = 'folder' in model ? checkModelFolder(model.folder) : model.config;
  const adapter = options.lora ? planAdapter(config, options.lora) : undefined;
  const shapes = new Map<string, readonly number[]>(parameterShapes(config));
  const baseNames = new Set(shapes.keys());
  for (const [name, shape] of adapter?.shapes ?? []) shapes.set(name, shape);
  if (options.valueHead) {
    shapes.set(VALUE_WEIGHT, [1, config.hiddenSize]);
    shapes.set(VALUE_BIAS, [1]);
  }
  const source = 'folder' in model ? openWeights(model.folder, config) : undefined;
  let store: ParameterStore;
  try {
    store = new ParameterStore(
      shapes,
      (name) => adapter === undefined || !baseNames.has(name),
      (name, size) => {
        if (name === VALUE_WEIGHT || name === VALUE_BIAS) return new Float32Array(size);
        const given = adapter?.initial(name);
        if (given) return given;
        if (source) return source.read(name);
        return initialParameter(config, 'seed' in model ? model.seed : 0, name, size);
      },
    );
  } finally {
    source?.close();
  }
  const setup: GraphSetup = {
    config,
    shapes,
    trainableNames: store.trainableNames,
    adapterNames: (module) => adapter?.names(module),
    adapterScale: adapter?.scale ?? 1,
    recomputesActivations: options.recomputeActivations ?? false,
  };
  const runtime = {
    ...(options.threads ? { threads: options.threads } : {}),
    ...(options.device ? { device: options.device } : {}),
    ...(options.profilePrefix ? { profilePrefix: options.profilePrefix } : {}),
  };
  return new EmbeddedEngine({
    store,
    runner: new GraphRunner(setup, store, runtime),
    optimizer: new AdamWOptimizer(store),
    hasValueHead: options.valueHead ?? false,
    microBatchTokens: options.microBatchTokens ?? 1024,
    maximumSampleRows: options.maximumSampleRows ?? 128,
    frozenRunner: () => {
      const base = new Map([...shapes].filter(([name]) => baseNames.has(name)));
      const frozen = new ParameterStore(
        base,
        () => false,
        (name) => (adapter ? store.view(name).data : store.view(name).data.slice()),
      );
      const plain = { ...setup, shapes: base, trainableNames: [], adapterNames: () => undefined };
      return new GraphRunner(plain, frozen, runtime);
    },
    textBytes: textBytesFrom(options),
    exportTo: (folder) => exportMerged(folder, config, store, adapter, options),
    exportAdapterTo: async (folder) => {
      if (!adapter) throw usageError('this engine trains the whole model; it has no adapter');
      await writeAdapter(folder, adapter.current(store), config);
    },
  });
}

/** Reads the tokenizer once, when a text is first asked for: most engines never need it. */
function textBytesFrom({
  model,
  tokenizer,
}: EmbeddedEngineOptions): EmbeddedEngineParts['textBytes'] {
  let loaded: ByteLevelTokenizer | undefined;
  const load = (): ByteLevelTokenizer | undefined => {
    if (tokenizer) return tokenizer();
    if ('folder' in model) return loadTokenizer(model.folder);
    const json = model.tokenizerJson;
    return json === undefined
      ? undefined
      : createTokenizer(parseTokenizerFile(json, 'tokenizerJson', undefined));
  };
  return () => {
    loaded ??= load();
    return loaded?.textBytesOf;
  };
}

async function exportMerged(
  folder: string,
  config: ModelConfig,
  store: ParameterStore,
  adapter: AdapterPlan | undefined,
  options: EmbeddedEngineOptions,
): Promise<void> {
  const { model } = options;
  const tokenizer =
    'folder' in model
      ? { folder: model.folder }
      : model.tokenizerJson === undefined
        ? undefined
        : { json: model.tokenizerJson };
  if (!tokenizer)
    throw inputError(
      'a model made from a configuration alone has no tokenizer to export',
      'give tokenizerJson when creating the engine',
    );
  const lora = adapter?.current(store);
  const read = (name: string): Float32Array => {
    const { data } = store.view(name);
    if (!lora?.modules.has(name.replace(/\.weight$/, ''))) return data;
    const merged = data.slice();
    mergeInto(merged, name, lora);
    return merged;
  };
  await writeModelFolder({
    folder,
    config,
    weights: { read },
    dtype: options.exportType ?? 'f32',
    tokenizer,
  });
}

interface AdapterPlan {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly scale: number;
  names(module: string): { readonly down: string; readonly up: string } | undefined;
  initial(name: string): Float32Array | undefined;
  current(store: ParameterStore): LoraAdapter;
}

const downName = (module: string): string => `${module}.lora_A.weight`;
const upName = (module: string): string => `${module}.lora_B.weight`;

function planAdapter(config: ModelConfig, options: LoraOptions): AdapterPlan {
  const given = options.adapterFolder ? readAdapter(options.adapterFolder, config) : undefined;
  const rank = given?.rank ?? options.rank;
  const alpha = given?.alpha ?? options.alpha;
  const rankStabilised = given?.rankStabilised ?? false;
  const targets = given?.targetModules ?? options.targetModules ?? PROJECTIONS;
  if (!Number.isInteger(rank) || rank < 1)
    throw usageError(`LoRA rank is ${rank}, expected a whole number above 0`);
  const scale = alpha / (rankStabilised ? Math.sqrt(rank) : rank);
  const modules = new Map<string, readonly [number, number]>();
  for (const [name, shape] of parameterShapes(config)) {
    const module = name.replace(/\.weight$/, '');
    if (targets.some((target) => name.endsWith(`.${target}.weight`)))
      modules.set(module, shape as readonly [number, number]);
  }
  const shapes = new Map<string, readonly number[]>();
  const initial = new Map<string, () => Float32Array>();
  for (const [module, [outputs, inputs]] of modules) {
    const start = given?.modules.get(module);
    if (start && start.rank !== rank)
      throw inputError(
        `${options.adapterFolder}: module ${module} has rank ${start.rank}, the adapter ${rank}`,
        'adapters with a rank of their own per module cannot be trained further',
      );
    const add = (name: string, shape: readonly number[], side: 'down' | 'up'): void => {
      shapes.set(name, shape);
      initial.set(
        name,
        () => start?.[side] ?? initialAdapter(options.seed ?? 0, name, shape, side),
      );
    };
    add(downName(module), [rank, inputs], 'down');
    add(upName(module), [outputs, rank], 'up');
  }
  return {
    shapes,
    scale,
    names: (module) =>
      modules.has(module) ? { down: downName(module), up: upName(module) } : undefined,
    initial: (name) => initial.get(name)?.(),
    current: (store) => ({
      rank,
      alpha,
      rankStabilised,
      targetModules: targets,
      baseModel: given?.baseModel,
      modules: new Map(
        [...modules.keys()].map((module) => [
          module,
          {
            rank,
            scale,
            down: store.view(downName(module)).data,
            up: store.view(upName(module)).data,
          },
        ]),
      ),
    }),
  };
}
