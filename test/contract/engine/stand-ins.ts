/**
 * @file Other Tinker servers, as their sources say they behave, played by ours: the embedded engine does the work, and this
 * file changes what goes in and comes out. Not the servers themselves: what it shows is that our client copes with every
 * difference known. What a client must not do to such a server is written into `complaints`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerKind } from '../../../src/engine/tinker/server-kind.ts';
import type { WireDatum, WireLossInput } from '../../../src/engine/tinker/wire.ts';
import { createTinkerApp } from '../../../src/run/serve/tinker/app.ts';
import { TinkerService } from '../../../src/run/serve/tinker/service.ts';

export interface StandIn {
  readonly fetch: typeof fetch;
  readonly complaints: string[];
  /** Answers to the next such requests are lost on the way back. */
  loseAnswersTo(path: string, count: number): void;
  close(): Promise<void>;
}

type Body = Record<string, unknown>;
const SKYRL_LOSSES = ['cispo', 'cross_entropy', 'dppo', 'gspo', 'importance_sampling', 'ppo'];
const detail = (status: number, text: string): Response =>
  Response.json({ detail: text }, { status });

/** What a server that takes nothing but the learning rate was started with. */
const FIXED_ADAM = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.01 };

/** @param model a Hugging Face folder, trained whole. */
export async function startStandIn(
  kind: ServerKind,
  model: string,
  fixedAdam: typeof FIXED_ADAM = FIXED_ADAM,
): Promise<StandIn> {
  const state = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const service = await TinkerService.open({
    folder: model,
    modelName: 'stand-in',
    state,
    full: true,
    threads: 1,
    reduction: kind === 'skyrl-jax' ? 'sequence-mean' : 'sum',
  });
  const app = createTinkerApp(service, { pollMs: 50 });
  const complaints: string[] = [];
  const skyrl = kind !== 'hosted';
  /** SkyRL numbers its requests. */
  const requests: string[] = [];
  const saved = new Set<string>();
  const lost = new Map<string, number>();
  let created = 0;
  let polls = 0;

  const ask = async (path: string, body?: Body, init?: RequestInit): Promise<Response> =>
    app.fetch(
      new Request(`http://stand.in/api/v1/${path}`, {
        ...init,
        headers: { 'content-type': 'application/json' },
        ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      }),
    );

  function examine(input: WireLossInput): Response | undefined {
    const allowed = ['ppo', 'cispo'].includes(input.loss_fn)
      ? ['clip_low_threshold', 'clip_high_threshold']
      : [];
    const extra = Object.keys(input.loss_fn_config ?? {}).filter((name) => !allowed.includes(name));
    if (extra.length > 0) return detail(422, `Invalid loss_fn_config keys: ${extra}`);
    const policy = input.loss_fn !== 'cross_entropy';
    input.data.forEach(({ model_input: { chunks }, loss_fn_inputs: inputs }: WireDatum, index) => {
      const length = chunks.reduce((sum, { tokens }) => sum + tokens.length, 0);
      for (const [name, { data, shape }] of Object.entries(inputs))
        if (data.length !== length || shape?.[0] !== length)
          complaints.push(
            `datum ${index}: ${name} has ${data.length} entries, padded to ${length}`,
          );
      if (skyrl && !inputs.weights) complaints.push(`datum ${index}: without weights all count`);
      if (skyrl && inputs.weights?.data.every((weight) => weight === 0) && policy)
        complaints.push(`datum ${index}: counts as a sequence though nothing in it has weight`);
    });
    if (!skyrl && policy && input.data.some(({ loss_fn_inputs: inputs }) => inputs.weights))
      return detail(400, `unexpected loss_fn_inputs for ${input.loss_fn}: weights`);
    return undefined;
  }

  /** What these servers make of a request before it means anything. */
  async function take(path: string, body: Body): Promise<Response> {
    const input = (body.forward_backward_input ?? body.forward_input) as WireLossInput | undefined;
    const refused = input && examine(input);
    if (refused) return refused;
    if (path === 'optim_step') {
      const adam = body.adam_params as Record<string, number>;
      const { grad_clip_norm: _, ...known } = adam;
      if (kind === 'skyrl-jax') return ask(path, { ...body, adam_params: known });
      if (kind === 'skyrl-fsdp')
        return ask(path, { ...body, adam_params: { ...adam, ...fixedAdam, grad_clip_norm: 0 } });
    }
    if (path === 'create_model' && skyrl) {
      // A repeated request makes another model; the second kind has room for one alone.
      if (kind === 'skyrl-fsdp' && created > 0) return detail(400, 'Only one model supported.');
      return ask(path, { ...body, model_seq_id: created++ });
    }
    if (path === 'unload_model' && kind === 'skyrl-fsdp') return detail(500, 'not yet implemented');
    if (path.startsWith('save_weights') && skyrl) {
      const name = `${path} ${body.model_id} ${body.path ?? `ss${body.sampling_session_seq_id}_seq${body.seq_id}`}`;
      if (saved.has(name)) return detail(409, `Checkpoint already exists: ${name}`);
      saved.add(name);
    }
    return ask(path, body);
  }

  /** What their results look like. */
  async function give(body: Body): Promise<Response> {
    polls++;
    if (!skyrl && polls % 7 === 3) return new Response(null, { status: 400 });
    const id = skyrl ? requests[Number(body.request_id)] : String(body.request_id);
    if (id === undefined) return detail(404, 'Future not found');
    const response = await ask('retrieve_future', { request_id: id });
    if (response.status !== 200) return response;
    const result = (await response.json()) as Body;
    if (result.type === 'try_again')
      return kind === 'hosted'
        ? Response.json({ queue_state: 'paused_capacity' }, { status: 408 })
        : detail(408, 'Timeout waiting for result');
    if (skyrl && result.error) return detail(400, String(result.error));
    const metrics = result.metrics as Body | undefined;
    if (skyrl && metrics?.grad_norm !== undefined)
      return Response.json({
        metrics: { 'skyrl.ai/grad_norm': metrics.grad_norm, 'skyrl.ai/learning_rate': 0 },
      });
    if (skyrl && result.loss_fn_outputs)
      return Response.json({
        loss_fn_output_type: 'scalar',
        loss_fn_outputs: (result.loss_fn_outputs as Body[]).map(({ logprobs }) => ({
          elementwise_loss: logprobs,
          logprobs,
        })),
        metrics: {},
      });
    return Response.json(result);
  }

  async function answer(path: string, body: Body | undefined): Promise<Response> {
    if (path === 'get_server_capabilities')
      return Response.json(
        skyrl
          ? { supported_models: [{ model_name: 'stand-in' }], supported_loss_fns: SKYRL_LOSSES }
          : { supported_models: [{ model_name: 'stand-in', max_context_length: 128 }] },
      );
    if (kind === 'hosted' && /checkpoints\/[^/]+\/archive$/.test(path))
      return detail(400, 'Expected format weights/<name> or sampler_weights/<name>');
    if (!body) return ask(path);
    if (path === 'retrieve_future') return give(body);
    const response = await take(path, body);
    if (!skyrl || response.status !== 200) return response;
    const promise = (await response.json()) as Body;
    if (typeof promise.request_id !== 'string') return Response.json(promise);
    const known = requests.indexOf(promise.request_id);
    const number = known >= 0 ? known : requests.push(promise.request_id) - 1;
    return Response.json({ ...promise, future_id: `${number}`, request_id: `${number}` });
  }

  return {
    complaints,
    loseAnswersTo: (path, count) => lost.set(path, count),
    fetch: async (target, init) => {
      const path = String(target).replace(/^.*\/api\/v1\//, '');
      const response = await answer(
        path,
        init?.body ? (JSON.parse(String(init.body)) as Body) : undefined,
      );
      const toLose = lost.get(path) ?? 0;
      if (toLose === 0) return response;
      lost.set(path, toLose - 1);
      throw new TypeError('fetch failed');
    },
    close: async () => {
      await service.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}
