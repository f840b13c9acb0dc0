/**
 * @file `serve tinker` as the newer Python SDKs use it: passes as protobuf, checkpoints listed, described, fetched and
 * deleted, generations that end with a text. In process, without sockets. The bytes are written and read here by hand,
 * field by field, and not with the server's own schema.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTinkerApp } from '../../src/run/serve/tinker/app.ts';
import { TinkerService } from '../../src/run/serve/tinker/service.ts';
import { loadTokenizer } from '../../src/tokenizer/byte-level-tokenizer.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'hf-parity', 'llama-tiny');
const PROTOBUF = 'application/x-protobuf';
type Fields = Record<string, unknown>;

let state: string;
let service: TinkerService;
let send: (path: string, init?: RequestInit) => Promise<Response>;
let model: string;
let sequence = 0;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'tinker-api-'));
  const options = { folder, modelName: 'tiny', state, full: false, threads: 1 };
  service = await TinkerService.open(options);
  const app = createTinkerApp(service, { pollMs: 5000 });
  send = async (path, init) => app.fetch(new Request(`http://in.process/api/v1/${path}`, init));
  model = await createModel(0);
});
afterAll(async () => {
  await service.close();
  rmSync(state, { recursive: true, force: true });
});

async function post(path: string, body: object): Promise<Fields> {
  const headers = { 'content-type': 'application/json' };
  const answer = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, ...((await answer.json()) as Fields) };
}

async function result(promise: Fields, accept = 'application/json'): Promise<Response> {
  const body = JSON.stringify({ request_id: promise.request_id, allow_metadata_only: true });
  const headers = { 'content-type': 'application/json', accept };
  return send('retrieve_future', { method: 'POST', headers, body });
}

async function call(path: string, body: object): Promise<Fields> {
  const answer = (await (await result(await post(path, body))).json()) as Fields;
  if (answer.error) throw new Error(`${path}: ${answer.error}`);
  return answer;
}

async function createModel(number: number): Promise<string> {
  const lora = { rank: 2, seed: 1, train_unembed: true, train_mlp: true, train_attn: true };
  const wanted = { session_id: 's', model_seq_id: number, base_model: 'tiny', lora_config: lora };
  return (await call('create_model', wanted)).model_id as string;
}

const DATUM = {
  model_input: { chunks: [{ tokens: [1, 2, 3, 4] }] },
  loss_fn_inputs: { target_tokens: { data: [2, 3, 4, 5] }, weights: { data: [0, 1, 1, 0.5] } },
};

const bytesOf = (numbers: Int32Array | Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(numbers.buffer);

function passRequest(forwardOnly: boolean): Uint8Array<ArrayBuffer> {
  const tokens = [1, 2, 3, 4];
  const writer = protobuf.Writer.create();
  writer.uint32(10).string(model).uint32(16).int32(++sequence).uint32(26).fork();
  writer.uint32(10).fork().uint32(10).fork();
  writer
    .uint32(10)
    .bytes(bytesOf(Int32Array.from(tokens)))
    .ldelim()
    .ldelim();
  const tensor = (name: string, data: Uint8Array, dtype: number): void => {
    writer.uint32(18).fork().uint32(10).string(name);
    writer.uint32(18).fork().uint32(10).bytes(data).uint32(24).int32(dtype).ldelim().ldelim();
  };
  tensor('target_tokens', bytesOf(BigInt64Array.from([2n, 3n, 4n, 5n])), 2);
  tensor('weights', bytesOf(Float32Array.from([0, 1, 1, 0.5])), 1);
  writer.ldelim().uint32(34).string('cross_entropy');
  if (forwardOnly) writer.uint32(48).bool(true);
  return Uint8Array.from(writer.finish());
}

/** The values of a field of bytes or messages, and of no other. */
function read(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = protobuf.Reader.create(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((wanted << 3) | 2)) found.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return found;
}
const floats = (bytes: Uint8Array): number[] =>
  Array.from(new Float32Array(Uint8Array.from(bytes).buffer));

describe('a pass in protobuf', () => {
  const pass = async (forwardOnly: boolean): Promise<Fields> => {
    const headers = { 'content-type': PROTOBUF };
    const body = passRequest(forwardOnly);
    const answer = await send('forward_backward', { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Fields;
  };

  it('is the pass of the same JSON, and its result is to be had in both forms', async () => {
    const input = { data: [DATUM], loss_fn: 'cross_entropy' };
    const body = { model_id: model, seq_id: ++sequence, forward_backward_input: input };
    const plain = await call('forward_backward', body);
    const expected = (plain.loss_fn_outputs as { logprobs: { data: number[] } }[])[0]!.logprobs
      .data;
    const promise = await pass(false);
    const accept = `${PROTOBUF}, application/json`;
    const binary = await result(promise, accept);
    expect(binary.headers.get('content-type')).toBe(PROTOBUF);
    const [batch] = read(new Uint8Array(await binary.arrayBuffer()), 2);
    const [tensor] = read(read(batch!, 2)[0]!, 2);
    expect(floats(read(tensor!, 1)[0]!)).toEqual(expected);
    expect(await (await result(promise)).json()).toEqual(plain);
    const step = { model_id: model, seq_id: ++sequence, adam_params: { learning_rate: 0 } };
    const both = (await call('optim_step', step)).metrics as { grad_norm: number };
    // Two equal passes are in the sum; one that only looks forward adds nothing.
    await result(await pass(false));
    await result(await pass(true));
    step.seq_id = ++sequence;
    const one = (await call('optim_step', step)).metrics as { grad_norm: number };
    expect(both.grad_norm / one.grad_norm).toBeCloseTo(2, 5);
  });

  it('that cannot be read is refused, compressed ones too', async () => {
    const refuse = async (body: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) => {
      const headers = { 'content-type': PROTOBUF, ...more };
      return (await send('forward_backward', { method: 'POST', headers, body })).status;
    };
    expect(await refuse(Uint8Array.from([255, 255, 255]))).toBe(422);
    expect(await refuse(passRequest(false), { 'content-encoding': 'zstd' })).toBe(415);
    expect((await post('client/config', { sdk_version: '0.28.0' })).proto_compress_fwdbwd).toBe(
      false,
    );
  });
});

describe('checkpoints', () => {
  const on = (path: string, method = 'GET') =>
    send(`training_runs/${model}/checkpoints${path}`, { method });

  it('are listed, described, fetched and deleted, and a name is given once', async () => {
    const save = (path: string) => post(path, { model_id: model, path: 'a', seq_id: ++sequence });
    const { path } = (await (await result(await save('save_weights'))).json()) as Fields;
    await result(await save('save_weights_for_sampler'));
    expect(await save('save_weights')).toMatchObject({ status: 409, detail: /weights\/a already/ });
    const list = (await (await on('')).json()) as { checkpoints: Fields[] };
    expect(list.checkpoints.map(({ checkpoint_id: id }) => id)).toEqual([
      'weights/a',
      'sampler_weights/a',
    ]);
    expect(await post('weights_info', { tinker_path: path })).toMatchObject({
      base_model: 'tiny',
      is_lora: true,
      lora_rank: 2,
    });
    for (const name of ['/a', '/sampler_weights/a']) {
      const moved = await on(`${name}/archive`);
      expect(moved.status).toBe(302);
      const file = await send(moved.headers.get('location')!.replace(/^.*\/api\/v1\//, ''));
      expect(file.headers.get('content-type')).toBe('application/gzip');
    }
    expect((await on('/weights/a/download')).status).toBe(400);
    const statuses: number[] = [];
    for (const name of ['/a', '/weights/a', '/weights/a', '/sampler_weights/a', '/weights/..'])
      statuses.push((await on(name, 'DELETE')).status);
    expect(statuses).toEqual([400, 204, 404, 204, 404]);
    expect(await (await on('')).json()).toEqual({ checkpoints: [] });
    expect((await save('save_weights')).status).toBe(200);
  });

  it('that a model was loaded from may go: the model comes back after a crash without them', async () => {
    const input = { data: [DATUM], loss_fn: 'cross_entropy' };
    const train = async (id: string, numbers: [number, number]) => {
      const [first, second] = numbers;
      const pass = { model_id: id, seq_id: first, forward_backward_input: input };
      await call('forward_backward', pass);
      const step = { model_id: id, seq_id: second, adam_params: { learning_rate: 0.05 } };
      await call('optim_step', step);
    };
    await train(model, [++sequence, ++sequence]);
    const saved = { model_id: model, path: 'b', seq_id: ++sequence };
    const { path } = await call('save_weights', saved);
    const second = await createModel(1);
    await call('load_weights', { model_id: second, path, optimizer: true, seq_id: 1 });
    await train(second, [2, 3]);
    expect((await on('/weights/b', 'DELETE')).status).toBe(204);
    const probe = { model_id: second, forward_input: input };
    const live = (await call('forward', probe)).loss_fn_outputs;
    // A second server over the same folder sees what a restart after SIGKILL would.
    const options = { folder, modelName: 'tiny', state, full: false, threads: 1 };
    const again = await TinkerService.open(options);
    const back = (await again.member(second).model.forward(probe)).loss_fn_outputs;
    expect(back).toEqual(live);
    expect(again.checkpoints.list(model).map((found) => Object.values(found)[0])).not.toContain(
      'weights/b',
    );
    await again.close();
  });
});

describe('sampling', () => {
  it('ends with a text, names its sequences, and says which weights are meant', async () => {
    const { sampling_session_id: session } = await post('create_sampling_session', {
      session_id: 's',
      sampling_session_seq_id: 0,
      base_model: 'tiny',
    });
    expect(await (await send(`samplers/${session}`)).json()).toMatchObject({ base_model: 'tiny' });
    const tokenizer = loadTokenizer(folder);
    const ask = (number: number, parameters: Fields) =>
      post('asample', {
        sampling_session_id: session,
        seq_id: number,
        num_samples: 2,
        prompt: { chunks: [{ tokens: [5, 6] }] },
        sampling_params: { seed: 3, max_tokens: 24, ...parameters },
      });
    const free = await ask(0, {});
    expect(free.sample_sequence_ids).toHaveLength(2);
    const texts = async (promise: Fields) => {
      const { sequences } = (await (await result(promise)).json()) as {
        sequences: { tokens: number[]; logprobs: number[]; stop_reason: string }[];
      };
      return sequences.map(({ tokens, logprobs, stop_reason: reason }) => {
        expect(logprobs).toHaveLength(tokens.length);
        return { text: tokenizer.decode(tokens).text, reason };
      });
    };
    const [whole] = await texts(free);
    const stop = whole!.text.slice(5, 7);
    const [cut] = await texts(await ask(1, { stop: [stop, 'never said'] }));
    expect(cut!.reason).toBe('stop');
    expect(whole!.text.startsWith(cut!.text)).toBe(true);
    expect(cut!.text).toContain(stop);
    expect(cut!.text.length).toBeLessThan(whole!.text.length);
    const [open] = await texts(await ask(2, { max_tokens: null }));
    expect(open!.reason).toBe('length');
    expect(await ask(3, { max_tokens: -1 })).toMatchObject({ status: 422 });
  });
});
