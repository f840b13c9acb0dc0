/**
 * @file The Tinker API over HTTP: routes, bodies, statuses. Errors are {"detail": ...}; a result that is not there yet is
 * {"type": "try_again"}; a failed one {"error", "category"}. Passes and their results travel as JSON or protobuf, the rest
 * as JSON. Telemetry is taken and thrown away.
 */
import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ZodError, z } from 'zod';
import type { ServerDescription } from '../../../engine/tinker/wire.ts';
import { guard } from '../guard.ts';
import { checkpointRoutes } from './checkpoint-routes.ts';
import { LOGGED_KINDS, type LoggedKind } from './hosted-model.ts';
import { decodePassRequest, encodeResult, PROTOBUF_TYPE } from './protobuf.ts';
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
  app.use(guard(options.token, [`${ROOT}/healthz`], ['application/json', PROTOBUF_TYPE]));
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
      return context.json(await answer(incoming(await context.req.text())));
    });
  };
  const get = (path: string, answer: (name: (key: string) => string) => object): void => {
    app.get(`${ROOT}/${path}`, (context) =>
      context.json(answer((key) => context.req.param(key) ?? '')),
    );
  };

  get('healthz', () => ({ status: 'ok' }));
  post('client/config', () => SDK_SETTINGS);
  get('get_server_capabilities', () => ({
    supported_models: [
      {
        model_name: service.options.modelName,
        max_context_length: service.config.maxPositions,
      },
    ],
    supported_loss_fns: LOSSES,
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
    return { type: 'unload_model', model_id, request_id: await service.unload(model_id) };
  });
  post('create_sampling_session', ({ body }) => ({
    type: 'create_sampling_session',
    sampling_session_id: service.samplers.createSession(body),
  }));
  get('samplers/:id', (name) => service.samplers.describe(name('id')));
  post('asample', ({ body, hash }) => {
    const wanted = sampleSchema.parse(body);
    const id = service.samplers.submit(wanted, hash);
    const sequenceIds = Array.from({ length: wanted.num_samples }, (_, index) => `${id}.${index}`);
    return { request_id: id, sample_sequence_ids: sequenceIds };
  });
  const forward = ({ body, hash }: Incoming): object => {
    const { model_id, seq_id } = modelOnlySchema.parse(body);
    const { model } = service.member(model_id);
    const id = `${model_id}.${seq_id ?? crypto.randomUUID()}`;
    return { request_id: service.read(id, model_id, hash, () => model.forward(body)), model_id };
  };
  const change = (kind: LoggedKind, request: Incoming): object => {
    const { model_id, seq_id } = modelOnlySchema.parse(request.body);
    const id = service.change(kind, model_id, seq_id ?? undefined, request);
    return { request_id: id, model_id };
  };
  post('forward', forward);
  app.post(`${ROOT}/forward_backward`, async (context, next) => {
    if (!(context.req.header('content-type') ?? '').includes(PROTOBUF_TYPE)) return next();
    if (context.req.header('content-encoding'))
      throw new Refusal(415, 'compressed bodies are not taken here');
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    const { body, forwardOnly } = decodePassRequest(bytes);
    const request = incoming(JSON.stringify(body));
    return context.json(forwardOnly ? forward(request) : change('forward_backward', request));
  });
  for (const kind of LOGGED_KINDS) post(kind, (request) => change(kind, request));
  post('get_info', ({ body }) => {
    const { model_id } = z.object({ model_id: z.string() }).parse(body);
    return modelInfo(service, model_id);
  });
  app.post(`${ROOT}/retrieve_future`, async (context) => {
    const { request_id } = z
      .object({ request_id: z.coerce.string() })
      .parse(await context.req.json());
    const state = await service.wait(request_id, options.pollMs ?? 20_000);
    if (state?.kind === 'done') return resultOf(context, state.json);
    if (state?.kind === 'pending') return context.json({ type: 'try_again', request_id });
    if (state?.kind === 'dropped')
      return context.json({ detail: `${request_id} was done; its result is no longer kept` }, 400);
    return context.json({ detail: `no request ${request_id} here; send it again` }, 410);
  });
  app.get(`${ROOT}/training_runs`, (context) => {
    const number = z.coerce.number().int().nonnegative();
    const offset = number.parse(context.req.query('offset') ?? 0);
    const limit = number.parse(context.req.query('limit') ?? 20);
    const all = service.models();
    return context.json({
      training_runs: all.slice(offset, offset + limit).map(({ model }) => run(service, model.id)),
      cursor: { offset, limit, total_count: all.length },
    });
  });
  get('training_runs/:id', (name) => run(service, name('id')));
  app.route(ROOT, checkpointRoutes(service));
  return app;
}

/** Features of newer SDKs, as far as they ask for permission. Chunks one after the other keep the order of sums. */
const SDK_SETTINGS = {
  pjwt_auth_enabled: false,
  credential_default_source: 'api_key',
  parallel_fwdbwd_chunks: false,
  proto_write_fwdbwd: true,
  proto_compress_fwdbwd: false,
  fwd_via_fwdbwd: true,
  create_model_via_load_weights: false,
  sample_use_retrieve_futures: false,
};

/** The hash is what tells a repeated request from another under the same number. */
const incoming = (text: string): Incoming => ({
  body: JSON.parse(text) as unknown,
  hash: createHash('sha256').update(text).digest('hex').slice(0, 32),
});

function resultOf(context: Context, json: string): Response {
  const wantsProtobuf = (context.req.header('accept') ?? '').includes(PROTOBUF_TYPE);
  const bytes = wantsProtobuf ? encodeResult(json) : undefined;
  return bytes
    ? context.body(bytes, 200, { 'content-type': PROTOBUF_TYPE })
    : context.body(json, 200, { 'content-type': 'application/json' });
}

function run(service: TinkerService, id: string): object {
  const { created, heard } = service.about(id);
  return {
    training_run_id: id,
    base_model: service.options.modelName,
    model_owner: 'local',
    is_lora: !service.options.full,
    corrupted: false,
    lora_rank: service.options.full ? null : (created.lora_config?.rank ?? null),
    last_request_time: new Date(heard).toISOString(),
  };
}

const LOSSES: ServerDescription['losses'] = [
  'cross_entropy',
  'importance_sampling',
  'ppo',
  'cispo',
];

const describe = (service: TinkerService): ServerDescription => ({
  losses: LOSSES,
  loss_reduction: service.options.reduction ?? 'sum',
  gradient_clipping: true,
  critic: false,
  max_sequence_tokens: service.config.maxPositions,
  vocabulary_size: service.config.vocabularySize,
  request_index: true,
  mixed_stops: true,
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
