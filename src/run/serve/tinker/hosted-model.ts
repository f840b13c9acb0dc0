/**
 * @file One model of the server: the embedded engine, and what each request does to it. Requests go through `perform`
 * alone, live and after a restart, so that doing the log again gives the same. Samplers of older weights get a copy of
 * the trainable parameters, made only when weights are about to change; the two newest copies are kept.
 */
import { z } from 'zod';
import type { Datum } from '../../../data/datum.ts';
import type { EmbeddedEngine } from '../../../engine/embedded/embedded-engine.ts';
import { lossOf } from '../../../engine/tinker/same-update.ts';
import {
  decodeDatum,
  decodeLoss,
  encodeFloats,
  type WireLossOutput,
} from '../../../engine/tinker/wire.ts';
import { inputError } from '../../../kernel/errors.ts';
import type { Checkpoints } from './checkpoints.ts';
import {
  type CreateModel,
  forwardBackwardSchema,
  forwardSchema,
  loadWeightsSchema,
  optimStepSchema,
  parseAddress,
  saveForSamplerSchema,
  saveWeightsSchema,
} from './requests.ts';

/** Requests that change a model or name its weights: these are logged. */
export const LOGGED_KINDS = [
  'forward_backward',
  'optim_step',
  'clear_gradients',
  'save_weights',
  'save_weights_for_sampler',
  'load_weights',
] as const;
export type LoggedKind = (typeof LOGGED_KINDS)[number];

export interface HostedModelParts {
  readonly id: string;
  /** A fresh engine of this model. */
  readonly createEngine: () => Promise<EmbeddedEngine>;
  /** null: all weights are trained. */
  readonly loraConfig: CreateModel['lora_config'];
  /** 'sequence-mean' imitates the servers that take means, so that clients can be tried against both kinds. */
  readonly reduction: 'sum' | 'sequence-mean';
  readonly checkpoints: Checkpoints;
}

const COPIES = 2;

export class HostedModel {
  readonly id: string;
  /** Optimizer steps and loads so far. */
  version = 0;
  stepsSinceSnapshot = 0;
  /** sampling session -> version of the weights it means */
  readonly samplers = new Map<string, number>();
  private readonly parts: HostedModelParts;
  private engineNow: EmbeddedEngine;
  private readonly copies = new Map<number, readonly Float32Array[]>();
  /** Since the last optimizer step. */
  private sequences = 0;
  private other: { engine: EmbeddedEngine; holds: number } | undefined;

  private constructor(parts: HostedModelParts, engine: EmbeddedEngine) {
    this.id = parts.id;
    this.parts = parts;
    this.engineNow = engine;
  }

  static async open(parts: HostedModelParts): Promise<HostedModel> {
    return new HostedModel(parts, await parts.createEngine());
  }

  get engine(): EmbeddedEngine {
    return this.engineNow;
  }

  async perform(kind: LoggedKind, body: unknown): Promise<object> {
    switch (kind) {
      case 'forward_backward':
        return this.forwardBackward(body);
      case 'optim_step':
        return this.optimStep(body);
      case 'clear_gradients':
        this.sequences = 0;
        this.engineNow.clearGradients();
        return { type: kind };
      case 'save_weights':
        return this.saveWeights(body);
      case 'save_weights_for_sampler':
        return this.saveForSampler(body);
      case 'load_weights':
        return this.loadWeights(body);
    }
  }

  private async forwardBackward(body: unknown): Promise<WireLossOutput> {
    const input = forwardBackwardSchema.parse(body).forward_backward_input;
    const loss = decodeLoss(input);
    if (!loss)
      throw inputError(
        `no loss "${input.loss_fn}" here`,
        `choose one of ${this.engineNow.capabilities.losses.join(', ')}`,
      );
    const data = input.data.map(decodeDatum).map((datum) => this.averaged(datum));
    const output = await this.engineNow.forwardBackward(data, loss);
    this.sequences += data.length;
    return lossOutput(output.logprobs, { 'loss:sum': output.loss });
  }

  private averaged(datum: Datum): Datum {
    if (this.parts.reduction === 'sum') return datum;
    const total = datum.weights.reduce((sum, weight) => sum + weight, 0);
    return { ...datum, weights: datum.weights.map((weight) => weight / total) };
  }

  /** Changes nothing, and is therefore not logged. */
  async forward(body: unknown): Promise<WireLossOutput> {
    const input = forwardSchema.parse(body).forward_input;
    const data = input.data.map(decodeDatum);
    const { logprobs } = await this.engineNow.forward(data);
    const loss = decodeLoss(input);
    return lossOutput(logprobs, loss ? { 'loss:sum': finite(lossOf(data, logprobs, loss)) } : {});
  }

  private async optimStep(body: unknown): Promise<object> {
    const { adam_params: adam } = optimStepSchema.parse(body);
    this.keepCopy();
    if (this.parts.reduction === 'sequence-mean')
      for (const name of this.engineNow.trainableNames) {
        const gradient = this.engineNow.gradientOf(name);
        gradient.forEach((value, index) => {
          gradient[index] = value / Math.max(1, this.sequences);
        });
      }
    this.sequences = 0;
    const { gradientNorm } = await this.engineNow.optimStep({
      learningRate: adam.learning_rate,
      beta1: adam.beta1,
      beta2: adam.beta2,
      epsilon: adam.eps,
      weightDecay: adam.weight_decay ?? 0,
      gradientClipNorm: adam.grad_clip_norm || Number.POSITIVE_INFINITY,
    });
    this.version++;
    this.stepsSinceSnapshot++;
    return { type: 'optim_step', metrics: { grad_norm: gradientNorm } };
  }

  private async saveWeights(body: unknown): Promise<object> {
    const { path: name } = saveWeightsSchema.parse(body);
    const { checkpoints, loraConfig } = this.parts;
    const address = { model: this.id, kind: 'weights', name } as const;
    // There already: the log is done again after a restart.
    if (!checkpoints.exists(address)) {
      await this.engineNow.saveState(checkpoints.path(address));
      checkpoints.writeShape(address, { lora_config: loraConfig });
    }
    return { type: 'save_weights', path: `tinker://${this.id}/weights/${name}` };
  }

  /** With a name: for download and model_path. Without: a session that means the weights of now. */
  private async saveForSampler(body: unknown): Promise<object> {
    const { path: name, sampling_session_seq_id: number } = saveForSamplerSchema.parse(body);
    const type = 'save_weights_for_sampler';
    if (!name) {
      const session = `sampling_${this.id}_${number ?? `v${this.version}`}`;
      this.samplers.set(session, this.version);
      return { type, path: null, sampling_session_id: session };
    }
    const { checkpoints, loraConfig } = this.parts;
    const address = { model: this.id, kind: 'sampler_weights', name } as const;
    if (!checkpoints.exists(address)) {
      await this.engineNow.saveState(checkpoints.statePath(address));
      checkpoints.writeShape(address, { lora_config: loraConfig });
      const folder = checkpoints.path(address);
      await (loraConfig
        ? this.engineNow.exportAdapter(folder)
        : this.engineNow.exportModel(folder));
    }
    return { type, path: `tinker://${this.id}/sampler_weights/${name}` };
  }

  private async loadWeights(body: unknown): Promise<object> {
    const { path, optimizer } = loadWeightsSchema.parse(body);
    const address = parseAddress(path);
    if (address?.kind !== 'weights')
      throw inputError(`"${path}" is no checkpoint`, 'expected tinker://MODEL/weights/NAME');
    const folder = this.parts.checkpoints.path(address);
    this.keepCopy();
    this.sequences = 0;
    if (optimizer) await this.engineNow.loadState(folder);
    else await this.loadWithoutMoments(folder);
    this.version++;
    return { type: 'load_weights', path };
  }

  private async loadWithoutMoments(folder: string): Promise<void> {
    const [source, fresh] = [await this.parts.createEngine(), await this.parts.createEngine()];
    await source.loadState(folder);
    copyParameters(source, fresh);
    await source.close();
    await this.engineNow.close();
    this.engineNow = fresh;
  }

  private keepCopy(): void {
    const { version } = this;
    if (this.copies.has(version) || ![...this.samplers.values()].includes(version)) return;
    this.copies.set(
      version,
      this.engineNow.trainableNames.map((name) => this.engineNow.parameter(name).slice()),
    );
    for (const old of [...this.copies.keys()].slice(0, -COPIES)) this.copies.delete(old);
  }

  /** The weights a sampling session means. @throws inputError when they are too old. */
  async engineOf(session: string): Promise<EmbeddedEngine> {
    const version = this.samplers.get(session);
    if (version === this.version) return this.engineNow;
    const copy = version === undefined ? undefined : this.copies.get(version);
    if (version === undefined || !copy)
      throw inputError(
        `sampling session ${session} means weights that are no longer kept`,
        'save weights under a name (save_weights_for_sampler with a path) to sample from them later',
      );
    this.other ??= { engine: await this.parts.createEngine(), holds: -1 };
    const { engine } = this.other;
    if (this.other.holds !== version)
      engine.trainableNames.forEach((name, index) => {
        engine.parameter(name).set(copy[index]!);
      });
    this.other = { engine, holds: version };
    return engine;
  }

  async close(): Promise<void> {
    await this.engineNow.close();
    await this.other?.engine.close();
  }
}

function copyParameters(from: EmbeddedEngine, to: EmbeddedEngine): void {
  for (const name of from.trainableNames) to.parameter(name).set(from.parameter(name));
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const lossOutput = (
  logprobs: readonly Float32Array[],
  metrics: Record<string, number | null>,
): WireLossOutput & { loss_fn_output_type: string } => ({
  loss_fn_output_type: 'scalar',
  loss_fn_outputs: logprobs.map((row) => ({ logprobs: encodeFloats(row) })),
  metrics: z.record(z.string(), z.unknown()).parse(metrics),
});
