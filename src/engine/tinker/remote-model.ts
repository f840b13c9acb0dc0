/** @file One model on a Tinker server: its id, its rising seq_ids, and the sampler that holds its current weights. */
import { z } from 'zod';
import { Vul2SafeError } from '../../kernel/errors.ts';
import { statusOf, type Transport } from './transport.ts';

const createdSchema = z.object({ model_id: z.string() });
const samplerSchema = z.object({
  sampling_session_id: z.string().nullish(),
  path: z.string().nullish(),
});

export interface NewModel {
  readonly sessionId: string;
  /** Counts the models of a session. */
  readonly sequence: number;
  readonly baseModel: string;
  readonly lora: Readonly<Record<string, number>>;
}

export class RemoteModel {
  readonly id: string;
  private readonly transport: Transport;
  /** For what need not succeed: gives up soon. */
  private readonly hasty: Transport;
  private sequence = 0;
  private samplers = 0;
  private sampleSequence = 0;
  private current: Promise<Readonly<Record<string, string>>> | undefined;
  private order: Promise<unknown> = Promise.resolve();

  constructor(id: string, transport: Transport, hasty: Transport) {
    this.id = id;
    this.transport = transport;
    this.hasty = hasty;
  }

  static async create(transport: Transport, hasty: Transport, wanted: NewModel) {
    const { answer, result } = await transport.submit('create_model', {
      session_id: wanted.sessionId,
      model_seq_id: wanted.sequence,
      base_model: wanted.baseModel,
      lora_config: wanted.lora,
      type: 'create_model',
    });
    const finished = await result();
    const created = createdSchema.safeParse(finished);
    const id = created.data?.model_id ?? z.parse(createdSchema, answer).model_id;
    return new RemoteModel(id, transport, hasty);
  }

  get isUntouched(): boolean {
    return this.sequence === 0;
  }

  /** Requests reach the server in the order of these calls; resolves once it is there. */
  async submit(path: string, body: object): Promise<() => Promise<unknown>> {
    const full = { model_id: this.id, seq_id: ++this.sequence, ...body };
    const sent = this.order.then(() => this.transport.submit(path, full));
    this.order = sent.catch(() => undefined);
    const { result } = await sent;
    return result;
  }

  async call(path: string, body: object): Promise<unknown> {
    return (await this.submit(path, body))();
  }

  callSampler(path: string, body: object): Promise<unknown> {
    return this.transport.call(path, { ...body, seq_id: this.sampleSequence++ });
  }

  /** How asample names the weights as they are now. */
  sampler(): Promise<Readonly<Record<string, string>>> {
    this.current ??= this.openSampler();
    return this.current;
  }

  private async openSampler(): Promise<Readonly<Record<string, string>>> {
    const answer = z.parse(
      samplerSchema,
      await this.save('save_weights_for_sampler', () => ({
        sampling_session_seq_id: this.samplers++,
      })),
    );
    this.sampleSequence = 0;
    if (answer.sampling_session_id) return { sampling_session_id: answer.sampling_session_id };
    if (answer.path) return { model_path: answer.path };
    throw new Vul2SafeError('failed', 'save_weights_for_sampler named neither session nor path');
  }

  /** The weights have changed. */
  forgetSampler(): void {
    this.current = undefined;
  }

  /**
   * Some servers answer a repeated save, the first answer to which was lost, with 409. Saving changes nothing, so it is
   * then done again under another name. @param make the body, with a name not used before.
   */
  async save(path: string, make: () => object): Promise<unknown> {
    for (let attempt = 0; ; attempt++)
      try {
        return await this.call(path, make());
      } catch (thrown) {
        if (statusOf(thrown) !== 409 || attempt >= 4) throw thrown;
      }
  }

  /** A checkpoint name this model has not used. */
  newName(): { readonly path: string } {
    return { path: `vul2safe-${this.sequence + 1}` };
  }

  /** Servers disagree on whether the name stands alone or with its kind. */
  async downloadCheckpoint(name: string): Promise<Uint8Array> {
    const at = (path: string) =>
      this.transport.download(`training_runs/${this.id}/checkpoints/${path}/archive`);
    try {
      return await at(name);
    } catch (thrown) {
      if (![400, 404, 422].includes(statusOf(thrown) ?? 0)) throw thrown;
      return at(`sampler_weights/${name}`);
    }
  }

  /** Frees the server's memory where it can; a server that cannot unloads after a silence. */
  async unload(): Promise<void> {
    await this.hasty.call('unload_model', { model_id: this.id }).catch(() => undefined);
  }
}
