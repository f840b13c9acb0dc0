/**
 * @file The TrainingEngine port over the Tinker API. Everything is validated here before it is sent, because servers pad
 * or ignore what does not fit. Requests of a model are sent in order under rising seq_ids; the server drops repeats.
 * On a server that takes means, what forwardBackward was given is kept until optimStep, when the number of sequences is
 * known; the log-probabilities come from a forward pass. No critic: no Tinker server trains one.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CriticLoss, Datum, LossSpec } from '../../data/datum.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { inputError, usageError, Vul2SafeError } from '../../kernel/errors.ts';
import { createRandom } from '../../kernel/random.ts';
import { checkData } from '../embedded/batching.ts';
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
import { chunksOf, logprobsOf } from './chunks.ts';
import type { RemoteModel } from './remote-model.ts';
import {
  checkNumbers,
  encodeForMean,
  encodeForScoring,
  encodeForSum,
  hasWeight,
  lossOf,
} from './same-update.ts';
import { gradientNormOf } from './server-kind.ts';
import { encodeTokens, sampleOutputSchema, type WireLossInput } from './wire.ts';

export interface TinkerEngineParts {
  readonly capabilities: EngineCapabilities;
  readonly takesMask: boolean;
  /** The server gives every request_index a stream of its own under one seed. */
  readonly takesRequestIndex: boolean;
  /** Tokens and texts that end an answer may be asked for together. */
  readonly takesMixedStops: boolean;
  readonly canClearGradients: boolean;
  readonly model: RemoteModel;
  /** Another model of the same kind, untouched. */
  readonly createModel: () => Promise<RemoteModel>;
  readonly exportTo: (model: RemoteModel, folder: string) => Promise<void>;
  readonly release: () => Promise<void>;
}

/** Sampling requests under way at once. */
const CONCURRENT_SAMPLES = 64;
const STATE_FILE = 'tinker-state.json';
const stateSchema = z.object({ path: z.string() });

export class TinkerEngine implements TrainingEngine {
  readonly capabilities: EngineCapabilities;
  private readonly parts: TinkerEngineParts;
  private model: RemoteModel;
  /** Kept until optimStep, on servers that take means. */
  private waiting: { data: readonly Datum[]; loss: LossSpec; logprobs: Float32Array[] }[] = [];
  private hasGradient = false;

  constructor(parts: TinkerEngineParts) {
    this.parts = parts;
    this.model = parts.model;
    this.capabilities = parts.capabilities;
  }

  async sample(
    requests: readonly SampleRequest[],
    parameters: SamplingParameters,
  ): Promise<SampledSequence[][]> {
    checkRequests(requests, this.capabilities);
    stopPatterns(parameters.stop ?? []);
    const { model } = this;
    const sampler = await model.sampler();
    const results: SampledSequence[][] = requests.map(() => []);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < requests.length; index = next++)
        results[index] = await this.sampleOne(sampler, requests[index]!, index, parameters);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_SAMPLES, requests.length) }, work));
    return results;
  }

  private async sampleOne(
    sampler: Readonly<Record<string, string>>,
    request: SampleRequest,
    index: number,
    parameters: SamplingParameters,
  ): Promise<SampledSequence[]> {
    const room = this.capabilities.maxSequenceTokens - request.promptTokens.length;
    const maximum = Math.min(parameters.maxTokens, room);
    if (request.samples === 0) return [];
    if (maximum <= 0)
      return Array.from({ length: request.samples }, () => ({
        tokens: [],
        logprobs: [],
        finishReason: 'length',
      }));
    const { takesRequestIndex } = this.parts;
    const { stop, stopTokensLater } = this.wireStops(parameters);
    const answer = await this.model.callSampler('asample', {
      ...sampler,
      type: 'sample',
      num_samples: request.samples,
      prompt: encodeTokens(request.promptTokens),
      prompt_logprobs: false,
      sampling_params: {
        max_tokens: maximum,
        temperature: parameters.temperature,
        top_p: parameters.topP,
        top_k: parameters.topK,
        seed: takesRequestIndex
          ? parameters.seed
          : createRandom(parameters.seed, 'tinker request', index).uint32() >>> 1,
        ...(stop.length > 0 ? { stop } : {}),
      },
      ...(takesRequestIndex ? { request_index: index } : {}),
    });
    return z
      .parse(sampleOutputSchema, answer)
      .sequences.map(({ tokens, logprobs, stop_reason }) => {
        if (logprobs?.length !== tokens.length)
          throw new Vul2SafeError(
            'failed',
            `the server gave ${logprobs?.length ?? 'no'} log-probabilities for ${tokens.length} sampled tokens`,
            { hint: 'training needs one per token; this server or its setting does not give them' },
          );
        const finishReason = stop_reason === 'stop' ? 'stop' : 'length';
        return cutAfter(stopTokensLater, { tokens, logprobs, finishReason });
      });
  }

  /** Texts go to the server, which has the tokenizer; tokens beside them are looked for here where it takes but one kind. */
  private wireStops({ stopTokens, stop = [] }: SamplingParameters): {
    readonly stop: (number | string)[];
    readonly stopTokensLater: ReadonlySet<number>;
  } {
    const apart = stop.length > 0 && stopTokens.length > 0 && !this.parts.takesMixedStops;
    return apart
      ? { stop: [...stop], stopTokensLater: new Set(stopTokens) }
      : { stop: [...stopTokens, ...stop], stopTokensLater: new Set() };
  }

  async forward(data: readonly Datum[]): Promise<ForwardOutput> {
    checkData(data, this.capabilities, []);
    return { logprobs: await this.pass('forward', data, encodeForScoring) };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossSpec,
    critic?: CriticLoss,
  ): Promise<ForwardBackwardOutput> {
    if (critic)
      throw usageError('this engine has no critic', 'use a critic-free algorithm (rloo, grpo)');
    if (!this.capabilities.losses.includes(loss.name))
      throw usageError(
        `this server has no loss "${loss.name}"`,
        `choose one of ${this.capabilities.losses.join(', ')}`,
      );
    checkData(data, this.capabilities, loss.name === 'cross_entropy' ? [] : POLICY_FIELDS);
    try {
      checkNumbers(data, loss);
    } catch (thrown) {
      await this.clearGradients();
      throw thrown;
    }
    const logprobs =
      this.capabilities.lossReduction === 'sum'
        ? await this.pass('forward_backward', data, (chunk) =>
            encodeForSum(chunk, loss, this.parts.takesMask),
          )
        : await this.pass('forward', data, encodeForScoring);
    const value = lossOf(data, logprobs, loss);
    this.hasGradient = true;
    if (this.capabilities.lossReduction !== 'sum') this.waiting.push({ data, loss, logprobs });
    if (!Number.isFinite(value)) {
      await this.clearGradients();
      const bad = data.findIndex(
        (datum, row) => !Number.isFinite(lossOf([datum], [logprobs[row]!], loss)),
      );
      throw new Vul2SafeError('failed', `the ${loss.name} loss is NaN in datum ${bad}`, {
        hint: 'weights are unchanged; look at this datum, or lower the learning rate and resume',
      });
    }
    return { logprobs, loss: value };
  }

  /** Sends data chunk after chunk, and gathers the log-probabilities of all. [datum][token] */
  private async pass(
    path: 'forward' | 'forward_backward',
    data: readonly Datum[],
    encode: (chunk: readonly Datum[]) => WireLossInput,
  ): Promise<Float32Array[]> {
    const field = path === 'forward' ? 'forward_input' : 'forward_backward_input';
    const chunks = chunksOf(data);
    const submitted: (() => Promise<unknown>)[] = [];
    for (const chunk of chunks)
      submitted.push(await this.model.submit(path, { [field]: encode(chunk) }));
    const answers = await Promise.all(submitted.map((result) => result()));
    return answers.flatMap((answer, index) => logprobsOf(answer, chunks[index]!));
  }

  async optimStep(parameters: AdamParameters): Promise<OptimStepOutput> {
    await this.sendWaiting();
    const clip = parameters.gradientClipNorm;
    const answer = await this.model.call('optim_step', {
      adam_params: {
        learning_rate: parameters.learningRate,
        beta1: parameters.beta1,
        beta2: parameters.beta2,
        eps: parameters.epsilon,
        weight_decay: parameters.weightDecay,
        ...(Number.isFinite(clip) ? { grad_clip_norm: clip } : {}),
      },
    });
    this.hasGradient = false;
    this.model.forgetSampler();
    return { gradientNorm: gradientNormOf(answer) };
  }

  private async sendWaiting(): Promise<void> {
    const batches = this.waiting;
    this.waiting = [];
    const sequences = batches.reduce((sum, { data }) => sum + data.filter(hasWeight).length, 0);
    for (const { data, loss, logprobs } of batches) {
      const old = new Map(data.map((datum, index) => [datum, logprobs[index]!]));
      await this.pass('forward_backward', data.filter(hasWeight), (chunk) =>
        encodeForMean(
          chunk,
          loss,
          chunk.map((datum) => old.get(datum)!),
          sequences,
        ),
      );
    }
  }

  /** A server without a request for it takes a step of size 0, which leaves a trace in Adam's moments but in no weight. */
  private async clearGradients(): Promise<void> {
    this.waiting = [];
    const pending = this.hasGradient && this.capabilities.lossReduction === 'sum';
    this.hasGradient = false;
    if (!pending) return;
    if (this.parts.canClearGradients) await this.model.call('clear_gradients', {});
    else
      await this.model.call('optim_step', {
        adam_params: { learning_rate: 0, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0 },
      });
  }

  /** The state stays with the server; the folder holds its address. */
  async saveState(path: string): Promise<void> {
    const saved = z.parse(
      stateSchema,
      await this.model.save('save_weights', () => this.model.newName()),
    );
    mkdirSync(path, { recursive: true });
    writeFileAtomic(join(path, STATE_FILE), `${JSON.stringify({ path: saved.path })}\n`);
  }

  async loadState(path: string): Promise<void> {
    const file = join(path, STATE_FILE);
    if (!existsSync(file))
      throw inputError(`${path}: holds no ${STATE_FILE}`, 'give a folder saveState wrote');
    const state = stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    // Servers load only into a model's first request.
    const fresh = this.model.isUntouched ? this.model : await this.parts.createModel();
    await fresh.call('load_weights', { path: state.path, optimizer: true });
    fresh.forgetSampler();
    if (fresh !== this.model) await this.model.unload();
    this.model = fresh;
    this.waiting = [];
    this.hasGradient = false;
  }

  /** An adapter folder, or a whole model where the base model's folder is at hand or the server trains whole models. */
  async exportModel(folder: string): Promise<void> {
    await this.parts.exportTo(this.model, folder);
  }

  async close(): Promise<void> {
    await this.model.unload();
    await this.parts.release();
  }
}

/** Ends a sequence after its first stop token. */
function cutAfter(stopTokens: ReadonlySet<number>, sequence: SampledSequence): SampledSequence {
  const at = sequence.tokens.findIndex((token) => stopTokens.has(token));
  if (at < 0) return sequence;
  const tokens = sequence.tokens.slice(0, at + 1);
  return { tokens, logprobs: sequence.logprobs.slice(0, at + 1), finishReason: 'stop' };
}

const POLICY_FIELDS = ['logprobs', 'advantages'] as const;

function checkRequests(requests: readonly SampleRequest[], limits: EngineCapabilities): void {
  requests.forEach(({ promptTokens }, index) => {
    if (promptTokens.length === 0) throw inputError(`request ${index}: the prompt is empty`);
    if (promptTokens.length > limits.maxSequenceTokens)
      throw inputError(
        `request ${index}: the prompt has ${promptTokens.length} tokens, the model takes ${limits.maxSequenceTokens}`,
      );
    const bad = promptTokens.find((token) => !(token >= 0 && token < limits.vocabularySize));
    if (bad !== undefined)
      throw inputError(
        `request ${index}: token ${bad} is not among the ${limits.vocabularySize} of the vocabulary`,
        'model and tokenizer do not belong together',
      );
  });
}
