/**
 * @file The server's state: sessions, models, the queue of work and the results. HTTP is in app.ts; here requests come as
 * parsed bodies with the hash of their text. Everything that changes a model is logged before it is acknowledged.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedEngine } from '../../../engine/embedded/create.ts';
import type { EmbeddedEngine } from '../../../engine/embedded/embedded-engine.ts';
import { type Clock, systemClock } from '../../../engine/tinker/clock.ts';
import { writeFileAtomic } from '../../../kernel/atomic-file.ts';
import { messageOf, Vul2SafeError } from '../../../kernel/errors.ts';
import { checkModelFolder } from '../../../models/checkpoint.ts';
import type { ModelConfig } from '../../../models/config.ts';
import { type ByteLevelTokenizer, loadTokenizer } from '../../../tokenizer/byte-level-tokenizer.ts';
import { Checkpoints } from './checkpoints.ts';
import { type FutureState, Futures } from './futures.ts';
import { HostedModel, type LoggedKind } from './hosted-model.ts';
import { Journal } from './journal.ts';
import { outcome } from './outcome.ts';
import type { TinkerServiceOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import {
  type CheckpointAddress,
  type CreateModel,
  createModelSchema,
  savedName,
} from './requests.ts';
import { Samplers } from './samplers.ts';
import { WorkQueue } from './work-queue.ts';

export interface Incoming {
  readonly body: unknown;
  /** Of the body's text. */
  readonly hash: string;
}

interface Member {
  readonly model: HostedModel;
  readonly journal: Journal;
  readonly created: CreateModel;
}

const LONGEST_QUEUE = 10_000;

export class TinkerService {
  readonly options: TinkerServiceOptions;
  readonly config: ModelConfig;
  readonly futures = new Futures();
  readonly queue = new WorkQueue();
  readonly samplers: Samplers;
  readonly checkpoints: Checkpoints;
  /** Checkpoints under way: asked for and not there yet. */
  private readonly saving = new Set<string>();
  private loadedTokenizer: ByteLevelTokenizer | undefined;
  private readonly clock: Clock;
  private readonly members = new Map<string, Member>();
  /** session -> when it was last heard of */
  private readonly sessions = new Map<string, number>();
  private readonly stopSweeping: () => void;
  /** Models asked for and not there yet. */
  private creating = 0;
  private closing = false;

  private constructor(options: TinkerServiceOptions) {
    this.options = options;
    this.config = checkModelFolder(options.folder);
    this.clock = options.clock ?? systemClock;
    this.checkpoints = new Checkpoints(join(options.state, 'checkpoints'));
    this.samplers = new Samplers(this);
    this.stopSweeping = this.clock.every(10_000, () => this.sweep());
    mkdirSync(join(options.state, 'models'), { recursive: true });
  }

  /** Brings back the models of the state folder before anything is answered. */
  static async open(options: TinkerServiceOptions): Promise<TinkerService> {
    const service = new TinkerService(options);
    for (const id of readdirSync(join(options.state, 'models'))) await service.revive(id);
    return service;
  }

  get modelCount(): number {
    return this.members.size;
  }

  /** One for all engines, once a request has texts that end an answer. */
  private tokenizer(): ByteLevelTokenizer {
    this.loadedTokenizer ??= loadTokenizer(this.options.folder);
    return this.loadedTokenizer;
  }

  hear(session: string): void {
    this.sessions.set(session, this.clock.nowMs());
  }

  createSession(): string {
    const id = `session_${randomUUID().slice(0, 8)}`;
    this.hear(id);
    return id;
  }

  /** @throws Refusal 404 */
  member(id: string): Member {
    const found = this.members.get(id);
    if (!found) throw new Refusal(404, `no model ${id} here; it may have been unloaded`);
    this.hear(found.created.session_id);
    return found;
  }

  /** Without counting as a sign of life. @throws Refusal 404 */
  about(id: string): { readonly created: CreateModel; readonly heard: number } {
    const found = this.members.get(id);
    if (!found) throw new Refusal(404, `no model ${id} here; it may have been unloaded`);
    return { created: found.created, heard: this.sessions.get(found.created.session_id) ?? 0 };
  }

  models(): readonly Member[] {
    return [...this.members.values()];
  }

  createModel({ body, hash }: Incoming): { model_id: string; request_id: string } {
    const created = createModelSchema.parse(body);
    if (created.base_model !== this.options.modelName)
      throw new Refusal(
        400,
        `this server has "${this.options.modelName}", not "${created.base_model}"`,
      );
    if (!this.options.full && !created.lora_config)
      throw new Refusal(400, 'lora_config is needed: this server was started for LoRA training');
    this.hear(created.session_id);
    // The same session and number are the same model, so that a repeated request makes no second one.
    const name = `${created.session_id}/${created.model_seq_id}`;
    const id = `model_${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
    const requestId = `${id}.create`;
    if (this.openFuture(requestId, hash)) {
      if (this.members.size + this.creating >= (this.options.maximumModels ?? 8)) {
        this.futures.forget(`${id}.`);
        throw new Refusal(429, `${this.members.size} models are loaded, and no more are allowed`);
      }
      this.creating++;
      this.work(requestId, id, async () => {
        try {
          await this.load(id, created, hash);
        } finally {
          this.creating--;
        }
        return { type: 'create_model', model_id: id, base_model: created.base_model };
      });
    }
    return { model_id: id, request_id: requestId };
  }

  private async load(id: string, created: CreateModel, hash: string): Promise<Member> {
    const folder = join(this.options.state, 'models', id);
    const model = await HostedModel.open({
      id,
      createEngine: () => this.createEngine(created),
      loraConfig: this.options.full ? null : created.lora_config,
      reduction: this.options.reduction ?? 'sum',
      checkpoints: this.checkpoints,
    });
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(
      join(folder, 'model.json'),
      JSON.stringify({ created, hash, full: this.options.full }),
    );
    const member = { model, journal: new Journal(folder), created };
    this.members.set(id, member);
    return member;
  }

  createEngine(created: Pick<CreateModel, 'lora_config'>): Promise<EmbeddedEngine> {
    const { folder, full, threads } = this.options;
    const lora = created.lora_config;
    return createEmbeddedEngine({
      model: { folder },
      tokenizer: () => this.tokenizer(),
      ...(threads ? { threads } : {}),
      ...(full || !lora
        ? {}
        : { lora: { rank: lora.rank, alpha: lora.alpha ?? 32, seed: lora.seed ?? 0 } }),
    });
  }

  private async revive(id: string): Promise<void> {
    const file = join(this.options.state, 'models', id, 'model.json');
    if (!existsSync(file)) return;
    const { created, hash, full } = JSON.parse(readFileSync(file, 'utf8')) as {
      created: CreateModel;
      hash: string;
      full: boolean;
    };
    if (full !== this.options.full || created.base_model !== this.options.modelName)
      throw new Vul2SafeError(
        'usage',
        `${this.options.state} holds model ${id} of "${created.base_model}", trained ${full ? 'whole' : 'by LoRA'}; this server differs`,
        { hint: 'start it with the same --model, --name and --full, or give another --state' },
      );
    const { model, journal } = await this.load(id, created, hash);
    this.hear(created.session_id);
    this.futures.restore([
      { id: `${id}.create`, hash, json: JSON.stringify({ type: 'create_model', model_id: id }) },
      ...journal.head.finished,
    ]);
    if (journal.head.hasState) await model.engine.loadState(journal.statePath());
    model.version = journal.head.version;
    for (const request of journal.pending()) {
      this.futures.open(request.id, request.hash);
      const result =
        request.done ??
        (await outcome(() => model.perform(request.kind as LoggedKind, request.body)));
      this.futures.settle(request.id, result);
      journal.finished(request.id);
    }
  }

  /** A request that changes a model. @returns its id, under which the result can be asked for. */
  change(
    kind: LoggedKind,
    modelId: string,
    sequence: number | undefined,
    { body, hash }: Incoming,
  ): string {
    const { model, journal } = this.member(modelId);
    const id = `${modelId}.${sequence ?? `r-${randomUUID()}`}`;
    if (!this.openFuture(id, hash)) return id;
    const name = savedName(kind, modelId, body);
    const place = name && this.checkpoints.path(name);
    if (name && place && (this.saving.has(place) || this.checkpoints.exists(name))) {
      this.futures.cancel(id);
      throw new Refusal(409, `${modelId} has a checkpoint ${name.kind}/${name.name} already`);
    }
    if (place) this.saving.add(place);
    journal.append({ id, hash, kind, body });
    this.work(
      id,
      modelId,
      () => model.perform(kind, body),
      async () => {
        journal.finished(id);
        if (place) {
          // Done again after a restart, it would bring back a checkpoint that was deleted since.
          const state = this.futures.peek(id);
          if (state?.kind === 'done') journal.markDone(id, state.json);
          this.saving.delete(place);
        }
        const enough = model.stepsSinceSnapshot >= (this.options.snapshotEverySteps ?? 10);
        // A load is not left to the log: its checkpoint may be deleted before the log is done again.
        if (kind !== 'load_weights' && !(kind === 'optim_step' && enough)) return;
        model.stepsSinceSnapshot = 0;
        const finished = this.futures.records(`${modelId}.`, 64);
        await journal.snapshot(model.version, finished, (path) => model.engine.saveState(path));
      },
    );
    return id;
  }

  /** A request that changes nothing. */
  read(id: string, lane: string, hash: string, action: () => Promise<object>): string {
    if (this.openFuture(id, hash)) this.work(id, lane, action);
    return id;
  }

  /** @returns whether it is new. @throws Refusal 409, 429 */
  openFuture(id: string, hash: string): boolean {
    if (this.closing) throw new Refusal(503, 'the server is going down');
    const found = this.futures.open(id, hash);
    if (found === 'conflict') throw new Refusal(409, `request ${id} came before with another body`);
    if (found === 'known') return false;
    if (this.queue.length < LONGEST_QUEUE) return true;
    this.futures.cancel(id);
    throw new Refusal(429, 'too many requests are waiting');
  }

  private work(
    id: string,
    lane: string,
    action: () => Promise<object>,
    afterwards?: () => Promise<void>,
  ): void {
    this.queue.push({
      lane,
      run: async () => {
        // Work not begun when the server goes down stays in the log, for the next start.
        if (this.closing) return;
        this.futures.settle(id, await outcome(action));
        await afterwards?.().catch((thrown: unknown) => {
          process.stderr.write(`snapshot failed: ${messageOf(thrown)}\n`);
        });
      },
    });
  }

  wait(id: string, timeoutMs: number): Promise<FutureState | undefined> {
    return this.futures.wait(id, timeoutMs);
  }

  /** After everything that was asked before, so that no reader or loader loses it under its hands. */
  async removeCheckpoint(address: CheckpointAddress): Promise<void> {
    await this.inQueue('checkpoints', async () => {
      await this.samplers.forget(`tinker://${address.model}/${address.kind}/${address.name}`);
      this.checkpoints.remove(address);
    });
  }

  private inQueue(lane: string, action: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ lane, run: () => action().then(resolve, reject) });
    });
  }

  /** @returns the request's id; that it is done is known until the server ends. */
  async unload(id: string): Promise<string> {
    const request = `unload.${id}`;
    const found = this.members.get(id);
    this.futures.open(request, id);
    this.futures.settle(request, JSON.stringify({ type: 'unload_model', model_id: id }));
    if (!found) return request;
    this.members.delete(id);
    this.futures.forget(`${id}.`);
    found.journal.remove();
    await this.inQueue(id, () => found.model.close());
    return request;
  }

  /** Models of silent sessions go, unless work waits for them. */
  private sweep(): void {
    const limit = this.clock.nowMs() - (this.options.silenceMs ?? 300_000);
    for (const [session, heard] of this.sessions) {
      if (heard >= limit) continue;
      const idle = this.models().filter(({ created }) => created.session_id === session);
      if (idle.some(({ model }) => this.queue.hasLane(model.id))) continue;
      this.sessions.delete(session);
      for (const { model } of idle) void this.unload(model.id);
    }
  }

  /** Lets the request under way finish; what waits is in the log. */
  async close(): Promise<void> {
    this.closing = true;
    this.stopSweeping();
    await this.inQueue('close', async () => {});
    for (const { model, journal } of this.members.values()) {
      journal.close();
      await model.close();
    }
    await this.samplers.close();
  }
}
