/**
 * @file The TrainingEngine port, in the terms of the Tinker training API. SRCode knows engines only through this file.
 * Every implementation passes test/contract/engine.
 */
import type { CriticLoss, Datum, LossSpec } from '../data/datum.ts';

export interface EngineCapabilities {
  readonly name: string;
  readonly losses: readonly LossSpec['name'][];
  /** True when Datum.returns is honoured and forward can return values. */
  readonly critic: boolean;
  /** How forwardBackward reduces token losses; the client rescales so that every engine makes the same update. */
  readonly lossReduction: 'sum' | 'sequence-mean';
  /** True when optimStep honours gradientClipNorm. */
  readonly gradientClipping: boolean;
  readonly maxSequenceTokens: number;
  readonly vocabularySize: number;
}

export interface SamplingParameters {
  readonly maxTokens: number;
  readonly temperature: number;
  /** 1 = off. */
  readonly topP: number;
  /** -1 = off. */
  readonly topK: number;
  readonly seed: number;
  /** Generation ends after any of these; the token is part of the answer. */
  readonly stopTokens: readonly number[];
  /**
   * Generation also ends as soon as the decoded answer contains any of these texts, wherever tokens begin and end. The
   * answer's tokens go up to and including the one that completed the text; `textBeforeStop` (stop-texts.ts) cuts their
   * text where the stop text begins. Special tokens have no text. An engine without a tokenizer refuses this.
   */
  readonly stop?: readonly string[];
}

export interface SampleRequest {
  readonly promptTokens: readonly number[];
  readonly samples: number;
}

export interface SampledSequence {
  readonly tokens: number[];
  /** [token] Log-probability at temperature 1 under the full distribution; equals what `forward` gives. */
  readonly logprobs: number[];
  readonly finishReason: 'stop' | 'length';
}

export interface ForwardOutput {
  /** [datum][token] */
  readonly logprobs: Float32Array[];
  /** [datum][token] Present when the engine has a critic and it was asked for. */
  readonly values?: Float32Array[];
  /** [datum][token] Entropy of the predicted distribution, where the engine computes it and it was asked for. */
  readonly entropies?: Float32Array[];
}

export interface ForwardBackwardOutput extends ForwardOutput {
  /** Summed over all tokens of the call, weights applied. */
  readonly loss: number;
  readonly criticLoss?: number;
}

export interface AdamParameters {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Global norm to clip to; Infinity = off. */
  readonly gradientClipNorm: number;
}

export interface OptimStepOutput {
  /** Before clipping; NaN where the engine does not report it. */
  readonly gradientNorm: number;
}

export interface TrainingEngine {
  readonly capabilities: EngineCapabilities;
  /** [request][sample] */
  sample(
    requests: readonly SampleRequest[],
    parameters: SamplingParameters,
  ): Promise<SampledSequence[][]>;
  forward(
    data: readonly Datum[],
    options?: { values?: boolean; entropies?: boolean },
  ): Promise<ForwardOutput>;
  /** Adds to the accumulated gradient; nothing changes until optimStep. */
  forwardBackward(
    data: readonly Datum[],
    loss: LossSpec,
    critic?: CriticLoss,
  ): Promise<ForwardBackwardOutput>;
  /** Applies AdamW to the accumulated gradient and clears it. */
  optimStep(parameters: AdamParameters): Promise<OptimStepOutput>;
  /** Everything needed for an exact resume (weights, optimizer moments, step count); atomic. */
  saveState(path: string): Promise<void>;
  loadState(path: string): Promise<void>;
  /** A Hugging Face folder other programs open as it is. */
  exportModel(folder: string): Promise<void>;
  close(): Promise<void>;
}
