import { describe, expect, it } from 'vitest';
import { tinkerKeyFor } from './api-key.ts';
import type { Clock } from './clock.ts';
import { createTransport, statusOf } from './transport.ts';

const KEY = 'tml-very-secret';

/** Answers exchanges from a script; time passes only in sleeps. */
function scripted(script: readonly (Response | Error)[]) {
  const sent: { path: string; body: string; key: string | null }[] = [];
  const sleeps: number[] = [];
  let now = 0;
  const clock: Clock = {
    nowMs: () => now,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
    every: () => () => {},
  };
  const left = [...script];
  const transport = createTransport({
    url: 'http://server',
    apiKey: KEY,
    clock,
    patienceMs: 300_000,
    fetch: async (input, init) => {
      sent.push({
        path: String(input).replace('http://server/api/v1/', ''),
        body: String(init?.body ?? ''),
        key: new Headers(init?.headers).get('x-api-key'),
      });
      const next = left.length > 1 ? left.shift() : left[0];
      if (next instanceof Error) throw next;
      return next!.clone();
    },
  });
  return { transport, sent, sleeps };
}

const promise = Response.json({ request_id: '7' });
const result = Response.json({ answer: 42 });
const status = (code: number, headers: Record<string, string> = {}): Response =>
  new Response('{"detail":"no"}', { status: code, headers });

describe('the transport', () => {
  it('polls until the result is there, at once after try_again, 408 and 5xx', async () => {
    const { transport, sent, sleeps } = scripted([
      promise,
      Response.json({ type: 'try_again' }),
      status(408),
      status(503),
      result,
    ]);
    expect(await transport.call('optim_step', { seq_id: 3 })).toEqual({ answer: 42 });
    expect(sent.map(({ path }) => path)).toEqual([
      'optim_step',
      ...Array(4).fill('retrieve_future'),
    ]);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(100);
  });

  it('waits longer and longer, up to 30 s, after 429 and lost connections', async () => {
    const lost = new TypeError('fetch failed');
    const { transport, sleeps } = scripted([...Array(12).fill(lost), status(429), promise, result]);
    await transport.call('optim_step', {});
    expect(sleeps[0]).toBe(100);
    expect(Math.max(...sleeps)).toBe(30_000);
  });

  it('waits as long as Retry-After says', async () => {
    const { transport, sleeps } = scripted([status(429, { 'retry-after': '7' }), result]);
    await transport.call('optim_step', {});
    expect(sleeps).toEqual([7000]);
  });

  it('sends the original request again after 410, body and all', async () => {
    const { transport, sent } = scripted([promise, status(410), promise, result]);
    await transport.call('asample', { seq_id: 5 });
    expect(sent.map(({ path }) => path)).toEqual([
      'asample',
      'retrieve_future',
      'asample',
      'retrieve_future',
    ]);
    expect(sent[2]!.body).toBe(sent[0]!.body);
  });

  it('asks again when an answer is cut off or is no JSON', async () => {
    const { transport } = scripted([promise, new Response('{"ans'), result]);
    expect(await transport.call('optim_step', {})).toEqual({ answer: 42 });
  });

  it.each([400, 404, 409, 422])('takes status %i for final', async (code) => {
    const { transport, sent } = scripted([status(code)]);
    await expect(transport.call('optim_step', {})).rejects.toThrow(`status ${code}: no`);
    expect(sent).toHaveLength(1);
  });

  it('takes a 400 without a word for a balancer’s, three times', async () => {
    const wordless = new Response(null, { status: 400 });
    const passing = scripted([promise, wordless, wordless, wordless, result]);
    expect(await passing.transport.call('optim_step', {})).toEqual({ answer: 42 });
    const lasting = scripted([wordless]);
    await expect(lasting.transport.call('optim_step', {})).rejects.toThrow('status 400');
    expect(lasting.sent).toHaveLength(4);
  });

  it('tells the status of a refusal, and of nothing else', async () => {
    const refused = scripted([status(409)]).transport.call('save_weights', {});
    expect(statusOf(await refused.catch((thrown: unknown) => thrown))).toBe(409);
    const lost = scripted([new TypeError('fetch failed')]).transport.call('save_weights', {});
    expect(statusOf(await lost.catch((thrown: unknown) => thrown))).toBeUndefined();
  });

  it('gives up after a long time without success, and says where', async () => {
    const { transport } = scripted([new TypeError('fetch failed')]);
    await expect(transport.call('optim_step', {})).rejects.toThrow(/http:\/\/server.*300 s/);
  });

  it('never shows the key, not even when the server does', async () => {
    const { transport, sent } = scripted([
      new Response(`{"detail":"bad key ${KEY}"}`, { status: 400 }),
    ]);
    const failure = await transport.call('optim_step', {}).catch(String);
    expect(failure).toContain('[key]');
    expect(failure).not.toContain(KEY);
    expect(sent[0]!.key).toBe(KEY);
  });

  it('follows a download to another host without the key', async () => {
    const { transport, sent } = scripted([
      new Response(null, { status: 302, headers: { location: 'https://storage/file' } }),
      new Response('bytes'),
    ]);
    expect(Buffer.from(await transport.download('archive')).toString()).toBe('bytes');
    expect(sent.map(({ key }) => key)).toEqual([KEY, null]);
  });
});

describe('the key', () => {
  it('of the hosted service is not sent in the clear; our own goes where it is meant for', () => {
    const environment = { TINKER_API_KEY: 'hosted' };
    expect(tinkerKeyFor('https://service', environment)).toBe('hosted');
    expect(tinkerKeyFor('http://10.0.0.3:8000', environment)).toBeUndefined();
    const both = { ...environment, VUL2SAFE_TINKER_API_KEY: 'own' };
    expect(tinkerKeyFor('http://10.0.0.3:8000', both)).toBe('own');
  });
});
