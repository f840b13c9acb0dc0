/**
 * @file The embedded TrainingEngine: the port's verbs over compiled graphs, on this machine. Data of any lengths is cut
 * into micro-batches whose gradients accumulate; weights change only in optimStep. One verb at a time.
 */
import type { CriticLoss, Datum, LossSpec } from '../../data/datum.ts';
import { inputError, usageError, Vul2SafeError } from '../../kernel/errors.ts';
import { type BoundTensor, float32, floatsOf, int32 } from '../../tensor/session.ts';
import { stopPatterns } from '../stop-texts.ts';
import type {
  AdamParameters,
  EngineCapabilities,
  ForwardBackwardOutput,
  ForwardOutput,
  OptimStepOutput,
  SampledSequence,
  SampleRequest,
  SamplingParameters,
  TrainingEngine,
} from '../training-engine.ts';
import {
  emptyOutput,
  lossScalars,
  planData,
  scatter,
  scoreData,
  sequenceInputs,
  sum,
} from './batch-runs.ts';
import { checkData, type MicroBatch, padFloats } from './batching.ts';
import type { GraphRunner } from './graph-runner.ts';
import type { AdamWOptimizer } from './optimizer.ts';
import type { ParameterStore } from './parameters.ts';
import {
  type SampledToken,
  type SamplerOptions,
  sampleSequences,
  sampleTokens,
} from './sampler.ts';
import { readState, writeState } from './state-file.ts';

export interface EmbeddedEngineParts {
  readonly store: ParameterStore;
  readonly runner: GraphRunner;
  readonly hasValueHead: boolean;
  /** Tokens, padding included, of one training micro-batch. */
  readonly microBatchTokens: number;
  /** Rows decoded together. */
  readonly maximumSampleRows: number;
  readonly optimizer: AdamWOptimizer;
  readonly exportTo: (folder: string) => Promise<void>;
  /** A runner over weights that stay as they are now. */
  readonly frozenRunner: () => GraphRunner;
  readonly exportAdapterTo: (folder: string) => Promise<void>;
  /** What a token adds to a text, in UTF-8; undefined where there is no tokenizer. Read when first needed. */
  readonly textBytes: () => ((token: number) => Uint8Array) | undefined;
}

export class EmbeddedEngine implements TrainingEngine {
  readonly capabilities: EngineCapabilities;
  /** Optimizer steps taken, resumed ones included. */
  private step = 0;
  /** A sampleStream is open. */
  private streaming = false;
  private readonly parts: EmbeddedEngineParts;

  constructor(parts: EmbeddedEngineParts) {
    this.parts = parts;
    const { config } = parts.runner.setup;
    this.capabilities = {
      name: 'embedded',
      losses: ['cross_entropy', 'importance_sampling', 'ppo', 'cispo'],
      critic: parts.hasValueHead,
      lossReduction: 'sum',
      gradientClipping: true,
      maxSequenceTokens: config.maxPositions,
      vocabularySize: config.vocabularySize,
    };
  }

  async sample(
    requests: readonly SampleRequest[],
    parameters: SamplingParameters,
  ): Promise<SampledSequence[][]> {
    checkRequests(requests, parameters, this.capabilities);
    this.refuseDuringStream('sample');
    const options = this.samplerOptions(parameters, (parameters.stop ?? []).length > 0);
    return sampleSequences(this.parts.runner, requests, parameters, options);
  }

  /**
   * The tokens that `sample` would give, each as soon as it is chosen, with its text where the engine has a tokenizer.
   * Nothing happens, and nothing is refused, before the first is asked for. Who wants no more breaks out of the loop;
   * until then no other sampling can begin and the weights cannot change.
   */
  async *sampleStream(
    requests: readonly SampleRequest[],
    parameters: SamplingParameters,
  ): AsyncGenerator<SampledToken, void, undefined> {
    checkRequests(requests, parameters, this.capabilities);
    this.refuseDuringStream('sampleStream');
    const options = this.samplerOptions(parameters, true);
    this.streaming = true;
    try {
      yield* sampleTokens(this.parts.runner, requests, parameters, options);
    } finally {
      this.streaming = false;
    }
  }

  private samplerOptions(parameters: SamplingParameters, withText: boolean): SamplerOptions {
    const stops = stopPatterns(parameters.stop ?? []);
    const bytesOf = withText ? this.parts.textBytes() : undefined;
    if (stops.length > 0 && !bytesOf)
      throw usageError(
        'stop texts need a tokenizer, and this engine was made from a configuration alone',
        'give tokenizerJson when creating the engine, or end answers by stopTokens',
      );
    return {
      maximumRows: this.parts.maximumSampleRows,
      ...(bytesOf ? { text: { stops, bytesOf } } : {}),
    };
  }

  /** A stream's cache and weights are its own until it ends. */
  private refuseDuringStream(verb: string): void {
    if (this.streaming)
      throw usageError(
        `${verb} was called while a sampleStream of this engine is open`,
        'read it to its end, or break out of its loop',
      );
  }

  async forward(
    data: readonly Datum[],
    options: { values?: boolean; entropies?: boolean } = {},
  ): Promise<ForwardOutput> {
    checkData(data, this.capabilities, []);
    return scoreData(this.parts.runner, data, this.parts.microBatchTokens, {
      values: (options.values ?? false) && this.parts.hasValueHead,
      entropies: options.entropies ?? false,
    });
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossSpec,
    critic?: CriticLoss,
  ): Promise<ForwardBackwardOutput> {
    if (critic && !this.parts.hasValueHead)
      throw usageError(
        'this engine was made without a value head, a critic loss is not possible',
        'create it with valueHead: true, or use a critic-free algorithm',
      );
    checkData(data, this.capabilities, [
      ...(loss.name === 'cross_entropy' ? [] : (['logprobs', 'advantages'] as const)),
      ...(critic ? (['returns'] as const) : []),
      ...(critic?.clip === undefined ? [] : (['oldValues'] as const)),
    ]);
    const { runner, store } = this.parts;
    const output = emptyOutput(data, { values: critic !== undefined, entropies: false });
    const scalars = lossScalars(loss, critic);
    const accumulators = store.accumulators();
    let total = 0;
    let criticTotal = 0;
    for (const batch of planData(data, this.parts.microBatchTokens)) {
      const training = await runner.training(loss, critic, batch.length);
      const perToken = (
        field: 'weights' | 'logprobs' | 'advantages' | 'returns' | 'oldValues',
      ): BoundTensor =>
        float32(
          padFloats(batch, (index) => data[index]?.[field]),
          batch.rows * batch.length,
          1,
        );
      const feeds: Record<string, BoundTensor> = {
        ...sequenceInputs(runner, data, batch),
        ...accumulators.feeds,
        ...scalars,
        weights: perToken('weights'),
        logprobs: perToken('logprobs'),
        advantages: perToken('advantages'),
        ...(critic ? { returns: perToken('returns'), oldValues: perToken('oldValues') } : {}),
      };
      const result = await training.graph.run(feeds, accumulators.into);
      for (const { output: name, parameter, indices } of training.rowOutputs)
        store.addGradientRows(
          parameter,
          feeds[indices]?.data as Int32Array,
          floatsOf(result, name),
        );
      scatter(batch, data, result.logProbabilities, output.logprobs);
      if (output.values) scatter(batch, data, result.values, output.values);
      const batchLoss = sum(floatsOf(result, 'loss'));
      const batchCriticLoss = critic ? sum(floatsOf(result, 'criticLoss')) : 0;
      if (!Number.isFinite(batchLoss) || !Number.isFinite(batchCriticLoss))
        this.refuseLoss(batch, loss, batchLoss, batchCriticLoss);
      total += batchLoss;
      criticTotal += batchCriticLoss;
    }
    return {
      ...output,
      loss: total + criticTotal,
      ...(critic ? { criticLoss: criticTotal } : {}),
    };
  }

  /** The gradient is lost with the batch; the weights are as they were. */
  private refuseLoss(batch: MicroBatch, loss: LossSpec, value: number, criticValue: number): never {
    this.parts.store.clearGradients();
    throw new Vul2SafeError(
      'failed',
      `the ${loss.name} loss is ${value + criticValue} in the micro-batch of data ${batch.indices.join(', ')} (${batch.rows} rows of up to ${batch.length} tokens) after ${this.step} optimizer steps`,
      {
        hint: 'weights are unchanged and the accumulated gradient is cleared; look at these data, or lower the learning rate and resume from the last checkpoint',
      },
    );
  }

  async optimStep(parameters: AdamParameters): Promise<OptimStepOutput> {
    this.refuseDuringStream('optimStep');
    const { optimizer, store } = this.parts;
    const gradientNorm = optimizer.gradientNorm();
    if (!Number.isFinite(gradientNorm)) {
      store.clearGradients();
      throw new Vul2SafeError(
        'failed',
        `the gradient norm is ${gradientNorm} after ${this.step} optimizer steps`,
        { hint: 'weights are unchanged and the accumulated gradient is cleared' },
      );
    }
    const limit = parameters.gradientClipNorm;
    // As torch.nn.utils.clip_grad_norm_: the small constant keeps the division safe.
    const scale = gradientNorm > limit ? limit / (gradientNorm + 1e-6) : 1;
    this.step += 1;
    optimizer.apply(parameters, this.step, scale);
    store.markChanged();
    store.clearGradients();
    return { gradientNorm };
  }

  async saveState(path: string): Promise<void> {
    await writeState(path, this.parts.store, this.step);
  }

  async loadState(path: string): Promise<void> {
    this.refuseDuringStream('loadState');
    this.step = readState(path, this.parts.store);
    this.parts.store.markChanged();
    this.parts.store.clearGradients();
  }

  async exportModel(folder: string): Promise<void> {
    await this.parts.exportTo(folder);
  }

  /** A PEFT folder of the adapter alone. @throws usageError when the whole model is trained. */
  async exportAdapter(folder: string): Promise<void> {
    await this.parts.exportAdapterTo(folder);
  }

  /**
   * The policy as it is now, frozen: for KL terms. A copy of the weights; under LoRA the base model itself, at no cost
   * of memory, since that never changes.
   */
  async frozenReference(): Promise<FrozenPolicy> {
    const runner = this.parts.frozenRunner();
    return {
      forward: (data) => {
        checkData(data, this.capabilities, []);
        return scoreData(runner, data, this.parts.microBatchTokens, {});
      },
      close: () => runner.release(),
    };
  }

  async close(): Promise<void> {
    await this.parts.runner.release();
  }

  /** Accumulated gradient of a trainable parameter, in place: for tests and inspection. */
  gradientOf(name: string): Float32Array {
    return this.parts.store.gradientOf(name);
  }

  /** Optimizer steps behind the current weights, resumed ones included. */
  get stepsTaken(): number {
    return this.step;
  }

  /** Forgets what forwardBackward accumulated. */
  clearGradients(): void {
    this.parts.store.clearGradients();
  }

  get trainableNames(): readonly string[] {
    return this.parts.store.trainableNames;
  }

  /** Current values of a parameter, in place; whoever writes to them does so before the next verb. */
  parameter(name: string): Float32Array {
    this.parts.store.markChanged();
    return this.parts.store.view(name).data;
  }

  /** [vocabulary] Logits after the last of these tokens. */
  async nextTokenLogits(tokens: readonly number[]): Promise<Float32Array> {
    const { runner } = this.parts;
    const graph = await runner.logits(tokens.length);
    const result = await graph.run({
      ...runner.sequenceFeeds(tokens.length),
      tokens: int32(Int32Array.from(tokens), 1, tokens.length),
      rows: int32(Int32Array.of(tokens.length - 1), 1),
    });
    return floatsOf(result, 'logits');
  }
}

/** Scores data and never changes. */
export interface FrozenPolicy {
  forward(data: readonly Datum[]): Promise<ForwardOutput>;
  close(): Promise<void>;
}

function checkRequests(
  requests: readonly SampleRequest[],
  parameters: SamplingParameters,
  capabilities: EngineCapabilities,
): void {
  if (!(parameters.temperature >= 0))
    throw usageError(`temperature is ${parameters.temperature}, expected 0 or more`);
  if (!(parameters.topP > 0 && parameters.topP <= 1))
    throw usageError(`topP is ${parameters.topP}, expected a number in (0, 1]`);
  requests.forEach((request, index) => {
    const length = request.promptTokens.length;
    if (length === 0) throw inputError(`request ${index}: the prompt is empty`);
    if (length > capabilities.maxSequenceTokens)
      throw inputError(
        `request ${index}: the prompt has ${length} tokens, the model takes ${capabilities.maxSequenceTokens}`,
      );
    const bad = request.promptTokens.findIndex(
      (token) => !(token >= 0 && token < capabilities.vocabularySize),
    );
    if (bad >= 0)
      throw inputError(
        `request ${index}: promptTokens[${bad}] is ${request.promptTokens[bad]}, the vocabulary has ${capabilities.vocabularySize} tokens`,
        'model and tokenizer do not belong together',
      );
  });
}
