/**
 * @file Requests to a Tinker server that survive a bad network. A request is sent until the server has it (its seq_id
 * makes repeats harmless), then its result is polled for. Rules (from the public SDK): 408, 5xx and `try_again` ask again
 * at once; 429 and lost connections wait, up to 30 s; 410 sends the original request again; a 400 without a body is asked
 * again three times; other statuses are final.
 * "At once" has a small floor here, so that a broken server is not flooded.
 */
import { messageOf, Vul2SafeError, missingError } from '../../kernel/errors.ts';
import { type Clock, systemClock } from './clock.ts';

export interface TransportOptions {
  /** Without /api/v1. */
  readonly url: string;
  /** Sent as X-API-Key, never shown. */
  readonly apiKey?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** For one HTTP exchange; long, since servers compile the first call of each shape and hold polls open. Default 6 min. */
  readonly exchangeTimeoutMs?: number;
  /** Gives up when no exchange has succeeded for so long. Default 10 min. */
  readonly patienceMs?: number;
}

export interface Transport {
  /** A request whose answer is the result. */
  get(path: string): Promise<unknown>;
  /** Sends, and polls where the answer is a promise of a result. */
  call(path: string, body: object): Promise<unknown>;
  /** Resolves when the server has the request. For requests that must arrive in order and may run together. */
  submit(path: string, body: object): Promise<Submitted>;
  /** A file, through at most one redirection; the key is not shown to another host. */
  download(path: string): Promise<Uint8Array>;
}

export interface Submitted {
  /** The immediate answer. */
  readonly answer: unknown;
  /** The result, polled for where the answer only promises it. */
  result(): Promise<unknown>;
}

/** The server said no, finally. */
const refused = (what: string, status: number, detail: string): Vul2SafeError =>
  status === 401 || status === 403
    ? missingError(
        `${what}: the server refused the key (status ${status})`,
        'set VUL2SAFE_TINKER_API_KEY (or TINKER_API_KEY for the hosted service) to a valid key',
      )
    : new Vul2SafeError('failed', `${what}: status ${status}: ${detail}`, {
        hint: HINTS[status] ?? 'the server’s answer is final; see its log',
        cause: { status },
      });

const HINTS: Readonly<Record<number, string>> = {
  402: 'the service wants to be paid; settle that, then resume the run',
  404: 'the server does not know this model or path; it may have unloaded it after a silence, or restarted',
};

/** The HTTP status of a final refusal; undefined for all other failures. */
export function statusOf(thrown: unknown): number | undefined {
  const status = Vul2SafeError.isInstance(thrown) ? field(thrown.cause, 'status') : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** A 400 without a word is a balancer's, not the server's: asked again, but not for ever. */
const WORDLESS_REFUSALS = 3;

const LONGEST_WAIT_MS = 30_000;
const SHORTEST_WAIT_MS = 20;

export function createTransport(options: TransportOptions): Transport {
  const clock = options.clock ?? systemClock;
  const send = options.fetch ?? fetch;
  const patienceMs = options.patienceMs ?? 600_000;
  const root = `${options.url.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`;

  const conceal = (text: string): string =>
    options.apiKey ? text.replaceAll(options.apiKey, '[key]') : text;

  /** One answer that is final or a result; everything that may pass is asked again. 410 only comes back when allowed. */
  async function exchange(
    path: string,
    body: object | undefined,
    allowGone: boolean,
  ): Promise<Response | 'gone'> {
    let lastGood = clock.nowMs();
    let wordless = 0;
    for (let failures = 0; ; failures++) {
      let response: Response | undefined;
      let problem: string;
      let wait = Math.min(LONGEST_WAIT_MS, 100 * 2 ** Math.min(failures, 12));
      try {
        response = await send(`${root}/${path}`, {
          method: body ? 'POST' : 'GET',
          headers: {
            ...(body ? { 'content-type': 'application/json' } : {}),
            ...(options.apiKey ? { 'X-API-Key': options.apiKey } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
          redirect: 'manual',
          signal: AbortSignal.timeout(options.exchangeTimeoutMs ?? 360_000),
        });
        if (response.ok || response.headers.has('location')) {
          // Read here, so that a connection lost within the body is asked again too.
          const bytes = await response.arrayBuffer();
          const location = response.headers.get('location');
          const answered = new Response(bytes, location ? { headers: { location } } : {});
          if (path !== 'retrieve_future' || !(await saysTryAgain(answered))) return answered;
          lastGood = clock.nowMs();
          failures = -1;
          await clock.sleep(SHORTEST_WAIT_MS);
          continue;
        }
        const { status } = response;
        problem = `status ${status}`;
        if (status === 410 && allowGone) return 'gone';
        if (status === 429) wait = retryAfterMs(response) ?? wait;
        else if (status === 408 || status === 425 || status >= 500)
          wait = Math.min(wait, SHORTEST_WAIT_MS * 5);
        else {
          const detail = conceal(await detailOf(response));
          if (status !== 400 || detail !== '' || wordless++ >= WORDLESS_REFUSALS)
            throw refused(`${path} at ${root}`, status, detail);
        }
        await response.arrayBuffer().catch(() => undefined);
      } catch (thrown) {
        if (Vul2SafeError.isInstance(thrown)) throw thrown;
        problem = conceal(describe(thrown));
      }
      if (clock.nowMs() - lastGood > patienceMs)
        throw new Vul2SafeError(
          'failed',
          `${path} at ${root}: no success for ${Math.round(patienceMs / 1000)} s (${problem})`,
          { hint: 'is the server up, and the address right?' },
        );
      await clock.sleep(wait);
    }
  }

  async function poll(requestId: string): Promise<unknown> {
    const answer = await exchange('retrieve_future', { request_id: requestId }, true);
    if (answer === 'gone') return GONE;
    const value: unknown = await answer.json();
    const error = failureOf(value);
    if (error !== undefined)
      throw new Vul2SafeError('failed', `request ${requestId} failed: ${conceal(error)}`);
    return value;
  }

  async function submit(path: string, body: object): Promise<Submitted> {
    const answer = await post(path, body);
    const result = async (): Promise<unknown> => {
      let value = answer;
      for (;;) {
        const requestId = requestIdOf(value);
        if (requestId === undefined) return value;
        const found = await poll(requestId);
        if (found !== GONE) return found;
        value = await post(path, body);
      }
    };
    return { answer, result };
  }

  async function download(path: string): Promise<Uint8Array> {
    const answer = (await exchange(path, undefined, false)) as Response;
    const location = answer.headers.get('location');
    if (!location) return new Uint8Array(await answer.arrayBuffer());
    const target = new URL(location, `${root}/`);
    if (target.href.startsWith(`${root}/`)) return download(target.href.slice(root.length + 1));
    const file = await send(target);
    if (!file.ok) throw refused(`download of ${path}`, file.status, '');
    return new Uint8Array(await file.arrayBuffer());
  }

  const post = async (path: string, body: object): Promise<unknown> =>
    ((await exchange(path, body, false)) as Response).json();

  return {
    get: async (path) => ((await exchange(path, undefined, false)) as Response).json(),
    call: async (path, body) => (await submit(path, body)).result(),
    submit,
    download,
  };
}

const GONE = Symbol('gone');

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const requestIdOf = (value: unknown): string | undefined => {
  const id = field(value, 'request_id');
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
};

const failureOf = (value: unknown): string | undefined => {
  const error = field(value, 'error');
  return typeof error === 'string' ? error : undefined;
};

async function saysTryAgain(response: Response): Promise<boolean> {
  try {
    return field(await response.clone().json(), 'type') === 'try_again';
  } catch {
    throw new Error('the answer is not JSON');
  }
}

/** Seconds or a date, as HTTP allows. */
function retryAfterMs(response: Response): number | undefined {
  const given = response.headers.get('retry-after');
  if (!given) return undefined;
  const ms = /^\d/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isFinite(ms) ? Math.min(LONGEST_WAIT_MS, Math.max(0, ms)) : undefined;
}

/** FastAPI's {"detail": ...}, or the beginning of whatever came. */
async function detailOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const detail = field(JSON.parse(text), 'detail');
    if (detail !== undefined)
      return typeof detail === 'string' ? detail : JSON.stringify(detail).slice(0, 500);
  } catch {
    // Not JSON: shown as it is.
  }
  return text.slice(0, 500);
}

function describe(thrown: unknown): string {
  const cause =
    thrown instanceof Error && thrown.cause !== undefined ? `: ${messageOf(thrown.cause)}` : '';
  return `${messageOf(thrown)}${cause}`;
}
