/**
 * @file The Tinker API over HTTP: routes, bodies, statuses. Errors are {"detail": ...}; a result that is not there yet is
 * {"type": "try_again"}; a failed one {"error", "category"}. Telemetry is taken and thrown away.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ZodError, z } from 'zod';
import { packFolder } from '../../../engine/tinker/archive.ts';
import type { ServerDescription } from '../../../engine/tinker/wire.ts';
import { guard } from '../guard.ts';
import { LOGGED_KINDS } from './hosted-model.ts';
import { Refusal } from './refusal.ts';
import { modelOnlySchema, sampleSchema } from './requests.ts';
import type { Incoming, TinkerService } from './service.ts';

export interface TinkerAppOptions {
  readonly token?: string;
  /** How long a request for a result is held open. Default 20 s. */
  readonly pollMs?: number;
}

const LARGEST_BODY = 256 * 1024 * 1024;
const ROOT = '/api/v1';

export function createTinkerApp(service: TinkerService, options: TinkerAppOptions = {}): Hono {
  const app = new Hono();
  app.use(guard(options.token, [`${ROOT}/healthz`]));
  app.use(
    bodyLimit({
      maxSize: LARGEST_BODY,
      onError: (context) => context.json({ detail: `a body may have ${LARGEST_BODY} bytes` }, 413),
    }),
  );
  app.onError((error, context) => {
    if (error instanceof Refusal) return context.json({ detail: error.message }, error.status);
    if (error instanceof ZodError) return context.json({ detail: z.prettifyError(error) }, 422);
    if (error instanceof SyntaxError) return context.json({ detail: 'the body is not JSON' }, 400);
    return context.json({ detail: error.message }, 500);
  });
  app.notFound((context) => context.json({ detail: `no route ${context.req.path}` }, 404));

  const post = (path: string, answer: (incoming: Incoming) => object | Promise<object>): void => {
    app.post(`${ROOT}/${path}`, async (context) => {
      const text = await context.req.text();
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
      return context.json(await answer({ body: JSON.parse(text), hash }));
    });
  };
  const get = (path: string, answer: (name: (key: string) => string) => object): void => {
    app.get(`${ROOT}/${path}`, (context) =>
      context.json(answer((key) => context.req.param(key) ?? '')),
    );
  };

  get('healthz', () => ({ status: 'ok' }));
  get('get_server_capabilities', () => ({
    supported_models: [
      {
        model_name: service.options.modelName,
        max_context_length: service.config.maxPositions,
      },
    ],
    vul2safe: describe(service),
  }));
  post('telemetry', () => ({ status: 'accepted' }));
  post('create_session', () => ({
    type: 'create_session',
    session_id: service.createSession(),
    info_message: null,
    warning_message: null,
    error_message: null,
  }));
  post('session_heartbeat', ({ body }) => {
    service.hear(z.object({ session_id: z.string() }).parse(body).session_id);
    return { type: 'session_heartbeat' };
  });
  post('create_model', (incoming) => service.createModel(incoming));
  post('unload_model', async ({ body }) => {
    const { model_id } = z.object({ model_id: z.string() }).parse(body);
    await service.unload(model_id);
    return { type: 'unload_model', model_id };
  });
  post('create_sampling_session', ({ body }) => ({
    type: 'create_sampling_session',
    sampling_session_id: service.samplers.createSession(body),
  }));
  post('asample', ({ body, hash }) => ({
    request_id: service.samplers.submit(sampleSchema.parse(body), hash),
  }));
  post('forward', ({ body, hash }) => {
    const { model_id, seq_id } = modelOnlySchema.parse(body);
    const { model } = service.member(model_id);
    const id = `${model_id}.${seq_id ?? crypto.randomUUID()}`;
    return { request_id: service.read(id, model_id, hash, () => model.forward(body)), model_id };
  });
  for (const kind of LOGGED_KINDS)
    post(kind, (incoming) => {
      const { model_id, seq_id } = modelOnlySchema.parse(incoming.body);
      const id = service.change(kind, model_id, seq_id ?? undefined, incoming);
      return { request_id: id, model_id };
    });
  post('get_info', ({ body }) => {
    const { model_id } = z.object({ model_id: z.string() }).parse(body);
    return modelInfo(service, model_id);
  });
  app.post(`${ROOT}/retrieve_future`, async (context) => {
    const { request_id } = z
      .object({ request_id: z.coerce.string() })
      .parse(await context.req.json());
    const state = await service.wait(request_id, options.pollMs ?? 20_000);
    if (state?.kind === 'done') return context.body(state.json, 200, JSON_TYPE);
    if (state?.kind === 'pending') return context.json({ type: 'try_again', request_id });
    if (state?.kind === 'dropped')
      return context.json({ detail: `${request_id} was done; its result is no longer kept` }, 400);
    return context.json({ detail: `no request ${request_id} here; send it again` }, 410);
  });
  get('training_runs', () => ({
    training_runs: service.models().map(({ model }) => run(model.id)),
  }));
  get('training_runs/:id', (name) => {
    service.member(name('id'));
    return run(name('id'));
  });
  app.get(`${ROOT}/training_runs/:id/checkpoints/:name/archive`, (context) => {
    const { model } = service.member(context.req.param('id'));
    const name = context.req.param('name');
    const folder = model.checkpointPath('sampler_weights', name);
    if (!/^[a-zA-Z0-9_-]+$/.test(name) || !existsSync(folder))
      throw new Refusal(404, `no sampler checkpoint "${name}" of ${model.id}`);
    const archive = packFolder(folder);
    return context.body(new Uint8Array(archive), 200, { 'content-type': 'application/gzip' });
  });
  const run = (id: string): object => ({
    training_run_id: id,
    base_model: service.options.modelName,
    model_owner: 'local',
    is_lora: !service.options.full,
  });
  return app;
}

const JSON_TYPE = { 'content-type': 'application/json' };

const describe = (service: TinkerService): ServerDescription => ({
  losses: ['cross_entropy', 'importance_sampling', 'ppo', 'cispo'],
  loss_reduction: service.options.reduction ?? 'sum',
  gradient_clipping: true,
  critic: false,
  max_sequence_tokens: service.config.maxPositions,
  vocabulary_size: service.config.vocabularySize,
  request_index: true,
  clear_gradients: true,
});

function modelInfo(service: TinkerService, id: string): object {
  const { created } = service.member(id);
  return {
    type: 'get_info',
    model_id: id,
    model_name: created.base_model,
    is_lora: !service.options.full,
    lora_rank: service.options.full ? null : (created.lora_config?.rank ?? null),
    model_data: { arch: service.config.architecture, model_name: created.base_model },
  };
}
