/**
 * @file Sampling: which weights a request means, and many requests as one call of the engine. Weights are those of a
 * session (a model at a moment), of a named checkpoint, or of the base model; engines of the last two kinds are kept,
 * two at a time. Requests with a request_index draw from that stream of the seed, so a remote batch equals a local one.
 */
import type { EmbeddedEngine } from '../../../engine/embedded/embedded-engine.ts';
import { decodeTokens } from '../../../engine/tinker/wire.ts';
import type {
  SampledSequence,
  SampleRequest,
  SamplingParameters,
} from '../../../engine/training-engine.ts';
import { inputError } from '../../../kernel/errors.ts';
import type { Checkpoints } from './checkpoints.ts';
import { Refusal } from './refusal.ts';
import {
  type CreateModel,
  createSamplingSessionSchema,
  parseAddress,
  type Sample,
} from './requests.ts';
import type { Futures } from './futures.ts';
import type { HostedModel } from './hosted-model.ts';
import { outcome } from './outcome.ts';
import type { Job, WorkQueue } from './work-queue.ts';

/** 'session' belongs to a loaded model; the others name weights that do not change. */
type Source =
  | { readonly kind: 'session'; readonly model: string; readonly session: string }
  | { readonly kind: 'checkpoint'; readonly path: string }
  | { readonly kind: 'base' };

/** What sampling needs of the server. */
export interface SamplerHost {
  readonly options: { readonly modelName: string };
  readonly config: { readonly maxPositions: number };
  readonly checkpoints: Checkpoints;
  readonly futures: Futures;
  readonly queue: WorkQueue;
  hear(session: string): void;
  models(): readonly { readonly model: HostedModel; readonly created: CreateModel }[];
  member(id: string): { readonly model: HostedModel };
  openFuture(id: string, hash: string): boolean;
  createEngine(created: Pick<CreateModel, 'lora_config'>): Promise<EmbeddedEngine>;
}

interface SampleJob extends Job {
  readonly id: string;
  readonly wanted: Sample;
}

const KEPT_ENGINES = 2;

export class Samplers {
  private readonly service: SamplerHost;
  private readonly sessions = new Map<string, Source>();
  private readonly engines = new Map<string, EmbeddedEngine>();

  constructor(service: SamplerHost) {
    this.service = service;
  }

  createSession(body: unknown): string {
    const wanted = createSamplingSessionSchema.parse(body);
    const source = this.named(wanted.model_path, wanted.base_model);
    const id = `sampling_${wanted.session_id}_${wanted.sampling_session_seq_id}`;
    this.service.hear(wanted.session_id);
    this.sessions.set(id, source);
    return id;
  }

  private named(path: string | null | undefined, base: string | null | undefined): Source {
    if (path) {
      if (parseAddress(path)?.kind !== 'sampler_weights')
        throw new Refusal(400, `"${path}" is no tinker://MODEL/sampler_weights/NAME`);
      return { kind: 'checkpoint', path };
    }
    if (base === this.service.options.modelName) return { kind: 'base' };
    throw new Refusal(
      400,
      'sampling_session_id, model_path or the base_model of this server is needed',
    );
  }

  private sourceOf(
    wanted: Pick<Sample, 'sampling_session_id' | 'model_path' | 'base_model'>,
  ): Source {
    const session = wanted.sampling_session_id;
    if (!session) return this.named(wanted.model_path, wanted.base_model);
    const named = this.sessions.get(session);
    if (named) return named;
    const owner = this.service.models().find(({ model }) => model.samplers.has(session));
    if (!owner) throw new Refusal(404, `no sampling session ${session} here`);
    this.service.hear(owner.created.session_id);
    return { kind: 'session', model: owner.model.id, session };
  }

  /** @returns the request's id. */
  submit(wanted: Sample, hash: string): string {
    const source = this.sourceOf(wanted);
    const lane = source.kind === 'session' ? source.model : 'samplers';
    const place =
      source.kind === 'session' ? `${source.model}.s.${source.session}` : JSON.stringify(source);
    const caller = wanted.sampling_session_id ?? '';
    const number = wanted.seq_id ?? crypto.randomUUID();
    const id = `${place}.${caller}.${number}`;
    if (!this.service.openFuture(id, hash)) return id;
    const job: SampleJob = {
      lane,
      mergeKey: JSON.stringify([source, wanted.sampling_params]),
      id,
      wanted,
      run: (batch) => this.run(source, batch as readonly SampleJob[]),
    };
    this.service.queue.push(job);
    return id;
  }

  private async run(source: Source, batch: readonly SampleJob[]): Promise<void> {
    const answers = new Map<string, object>();
    const failure = await outcome(async () => {
      const engine = await this.engineOf(source);
      for (const part of withoutCollisions(batch)) {
        const groups = await engine.sample(
          ...engineRequests(part, this.service.config.maxPositions),
        );
        for (const { id, wanted } of part) {
          const group = groups[wanted.request_index ?? 0]!;
          answers.set(id, await answerOf(engine, wanted, group));
        }
      }
      return {};
    });
    for (const job of batch) {
      const answer = answers.get(job.id);
      if (answer || batch.length === 1)
        this.service.futures.settle(job.id, answer ? JSON.stringify(answer) : failure);
      // One bad request must not fail those it was merged with: each is tried by itself.
      else await this.run(source, [job]);
    }
  }

  private async engineOf(source: Source): Promise<EmbeddedEngine> {
    if (source.kind === 'session')
      return this.service.member(source.model).model.engineOf(source.session);
    const key = source.kind === 'base' ? '' : source.path;
    const kept = this.engines.get(key);
    if (kept) return kept;
    const engine =
      source.kind === 'base' ? await this.service.createEngine({}) : await this.load(key);
    this.engines.set(key, engine);
    const [oldest] = this.engines.keys();
    if (this.engines.size > KEPT_ENGINES && oldest !== undefined) {
      await this.engines.get(oldest)?.close();
      this.engines.delete(oldest);
    }
    return engine;
  }

  private async load(path: string): Promise<EmbeddedEngine> {
    const { checkpoints } = this.service;
    const address = parseAddress(path)!;
    const shape = checkpoints.shapeOf(address);
    if (!shape) throw inputError(`no checkpoint ${path} here`);
    const engine = await this.service.createEngine(shape);
    await engine.loadState(checkpoints.statePath(address));
    return engine;
  }

  /** The checkpoint is about to go, and its name may come back for other weights. */
  async forget(path: string): Promise<void> {
    await this.engines.get(path)?.close();
    this.engines.delete(path);
  }

  /** @throws Refusal 404 */
  describe(id: string): object {
    const { modelName } = this.service.options;
    const source = this.sourceOf({ sampling_session_id: id });
    const path = source.kind === 'checkpoint' ? source.path : null;
    return { sampler_id: id, base_model: modelName, model_path: path };
  }

  async close(): Promise<void> {
    for (const engine of this.engines.values()) await engine.close();
  }
}

/** Two requests of the same stream cannot share a call. */
function withoutCollisions(batch: readonly SampleJob[]): SampleJob[][] {
  const parts: Map<number, SampleJob>[] = [];
  for (const job of batch) {
    const index = job.wanted.request_index ?? 0;
    const free = parts.find((part) => !part.has(index));
    if (free) free.set(index, job);
    else parts.push(new Map([[index, job]]));
  }
  return parts.map((part) => [...part.values()]);
}

/** Requests stand at their index; places nobody asked for get no samples. */
function engineRequests(
  part: readonly SampleJob[],
  maxPositions: number,
): [SampleRequest[], SamplingParameters] {
  const first = part[0]!.wanted;
  const nothing: SampleRequest = { promptTokens: decodeTokens(first.prompt), samples: 0 };
  const requests: SampleRequest[] = [];
  for (const { wanted } of part)
    requests[wanted.request_index ?? 0] = {
      promptTokens: decodeTokens(wanted.prompt),
      samples: wanted.num_samples,
    };
  const given = first.sampling_params;
  return [
    Array.from(requests, (request) => request ?? nothing),
    {
      maxTokens: given.max_tokens ?? maxPositions,
      temperature: given.temperature,
      topP: given.top_p,
      topK: given.top_k,
      seed: given.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
      stopTokens: tokensOf(given.stop),
      stop: textsOf(given.stop),
    },
  ];
}

type Stop = Sample['sampling_params']['stop'];
const tokensOf = (stop: Stop): number[] =>
  Array.isArray(stop) ? stop.filter((entry): entry is number => typeof entry === 'number') : [];
const textsOf = (stop: Stop): string[] =>
  (Array.isArray(stop) ? stop : [stop ?? '']).filter(
    (entry): entry is string => typeof entry === 'string' && entry !== '',
  );

async function answerOf(
  engine: EmbeddedEngine,
  wanted: Sample,
  group: readonly SampledSequence[],
): Promise<object> {
  const prompt = decodeTokens(wanted.prompt);
  const sequences = group.map(({ tokens, logprobs, finishReason }) => ({
    stop_reason: finishReason,
    tokens,
    logprobs,
  }));
  if (!wanted.prompt_logprobs) return { type: 'sample', sequences };
  const [row] =
    prompt.length < 2
      ? [new Float32Array(0)]
      : (
          await engine.forward([
            {
              input: prompt.slice(0, -1),
              targets: prompt.slice(1),
              weights: new Float32Array(prompt.length - 1),
            },
          ])
        ).logprobs;
  return { type: 'sample', sequences, prompt_logprobs: [null, ...row!] };
}
