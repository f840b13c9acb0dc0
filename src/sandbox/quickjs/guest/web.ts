/**
 * @file Guest modules of the web: URL, URLSearchParams, querystring, `fetch`, `http`/`https` get and request over the world's routes,
 * recording every request. A route is keyed by whole URL or by `host/path`; anything else answers 404. No network exists.
 */
import type { GuestKit, GuestModule } from './kit.ts';

export function makeWebModules(kit: GuestKit): Record<string, GuestModule> {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replace(/\+/g, ' '));
    } catch {
      return text;
    }
  };
  class URLSearchParams {
    #pairs: [string, string][] = [];
    constructor(init: unknown = '') {
      if (typeof init === 'string') {
        for (const part of init.replace(/^\?/, '').split('&')) {
          if (part === '') continue;
          const [key = '', ...rest] = part.split('=');
          this.#pairs.push([decode(key), decode(rest.join('='))]);
        }
      } else if (init instanceof URLSearchParams) this.#pairs = [...init.#pairs];
      else if (Array.isArray(init))
        this.#pairs = init.map(([key, value]) => [String(key), String(value)]);
      else this.#pairs = Object.entries(init as object).map(([key, value]) => [key, String(value)]);
    }
    get(key: string): string | null {
      return this.#pairs.find(([name]) => name === key)?.[1] ?? null;
    }
    getAll(key: string): string[] {
      return this.#pairs.filter(([name]) => name === key).map(([, value]) => value);
    }
    has(key: string): boolean {
      return this.get(key) !== null;
    }
    set(key: string, value: unknown): void {
      this.delete(key);
      this.append(key, value);
    }
    append(key: string, value: unknown): void {
      this.#pairs.push([key, String(value)]);
    }
    delete(key: string): void {
      this.#pairs = this.#pairs.filter(([name]) => name !== key);
    }
    entries(): IterableIterator<[string, string]> {
      return this.#pairs.values() as IterableIterator<[string, string]>;
    }
    [Symbol.iterator](): IterableIterator<[string, string]> {
      return this.entries();
    }
    forEach(visit: (value: string, key: string) => void): void {
      for (const [key, value] of this.#pairs) visit(value, key);
    }
    toString(): string {
      return this.#pairs
        .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
        .join('&');
    }
  }
  class URL {
    protocol: string;
    username: string;
    password: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    hash: string;
    constructor(text: unknown, base?: unknown) {
      const raw = String(text)
        .trim()
        .replace(/[\t\n\r]/g, '');
      const pattern =
        /^([a-zA-Z][\w+.-]*:)(?:[/\\]{0,2}(?:([^/\\?#@]*)@)?([^/\\?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/;
      let whole = raw;
      if (!/^[a-zA-Z][\w+.-]*:/.test(raw)) {
        if (base === undefined) throw new kit.realm.TypeError('Invalid URL');
        const from = new URL(String(base));
        const plain = raw.replace(/\\/g, '/');
        if (plain.startsWith('//')) whole = from.protocol + plain;
        else if (plain.startsWith('/')) whole = from.origin + plain;
        else if (plain.startsWith('?')) whole = from.origin + from.pathname + plain;
        else if (plain.startsWith('#')) whole = from.origin + from.pathname + from.search + plain;
        else whole = from.origin + from.pathname.replace(/[^/]*$/, '') + plain;
      }
      // Schemes of the web take any number of slashes, of either kind, before the host.
      whole = whole.replace(/^((?:https?|wss?|ftp):)[/\\]*/i, '$1//');
      const match = pattern.exec(whole);
      if (!match) throw new kit.realm.TypeError('Invalid URL');
      this.protocol = (match[1] as string).toLowerCase();
      const web = /^(https?|wss?|ftp):$/.test(this.protocol);
      const [user = '', pass = ''] = (match[2] ?? '').split(':');
      this.username = user;
      this.password = pass;
      const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(match[3] ?? '') ?? [];
      if (web && host === '') throw new kit.realm.TypeError('Invalid URL');
      this.hostname = host.toLowerCase();
      this.port = { 'http:': '80', 'https:': '443' }[this.protocol] === port ? '' : port;
      const parts: string[] = [];
      for (const part of (match[4] ?? '').replace(/\\/g, '/').split('/').slice(1)) {
        if (part === '..') parts.pop();
        else if (part !== '.') parts.push(part);
      }
      this.pathname = web ? `/${parts.join('/')}` : (match[4] ?? '');
      this.search = match[5] === '?' ? '' : (match[5] ?? '');
      this.hash = match[6] === '#' ? '' : (match[6] ?? '');
    }
    get host(): string {
      return this.port === '' ? this.hostname : `${this.hostname}:${this.port}`;
    }
    get origin(): string {
      return /^(https?|wss?|ftp):$/.test(this.protocol) ? `${this.protocol}//${this.host}` : 'null';
    }
    get searchParams(): URLSearchParams {
      return new URLSearchParams(this.search);
    }
    get href(): string {
      const user = this.username
        ? `${this.username}${this.password ? `:${this.password}` : ''}@`
        : '';
      const slashes = this.origin === 'null' && this.hostname === '' ? '' : '//';
      return this.protocol + slashes + user + this.host + this.pathname + this.search + this.hash;
    }
    toString(): string {
      return this.href;
    }
    toJSON(): string {
      return this.href;
    }
    static canParse(text: unknown, base?: unknown): boolean {
      try {
        return new URL(text, base) !== undefined;
      } catch {
        return false;
      }
    }
  }
  const answer = (target: unknown, method: string): { status: number; body: string } => {
    const url = target instanceof URL ? target : new URL(target);
    kit.records.requests.push({ url: url.href, host: url.hostname, method });
    const { routes } = kit.world;
    const body = routes.get(url.href) ?? routes.get(url.host + url.pathname);
    return body === undefined ? { status: 404, body: 'not found' } : { status: 200, body };
  };
  const fetch = async (target: unknown, options?: { method?: string }): Promise<unknown> => {
    const { status, body } = answer(target, options?.method ?? 'GET');
    return {
      status,
      ok: status === 200,
      headers: { get: () => null },
      text: async () => body,
      json: async () => kit.realm.parseJson(body),
    };
  };
  type Listener = (value?: unknown) => void;
  const request = (target: unknown, ...rest: unknown[]): unknown => {
    const options = (typeof target === 'object' && !(target instanceof URL) ? target : {}) as {
      host?: string;
      hostname?: string;
      path?: string;
      method?: string;
      protocol?: string;
    };
    const url =
      typeof target === 'string' || target instanceof URL
        ? target
        : `${options.protocol ?? 'http:'}//${options.hostname ?? options.host}${options.path ?? '/'}`;
    const { status, body } = answer(url, options.method ?? 'GET');
    const response = {
      statusCode: status,
      headers: {},
      setEncoding: () => response,
      resume: () => response,
      on: (event: string, listener: Listener) => {
        if (event === 'data') kit.defer(() => listener(body));
        if (event === 'end') kit.defer(() => listener());
        return response;
      },
    };
    const done = rest.find((item) => typeof item === 'function') as Listener | undefined;
    if (done) kit.defer(() => done(response));
    const handle = { on: () => handle, end: () => handle, write: () => true };
    return handle;
  };
  const http = { get: request, request };
  const querystring = {
    parse: (text: string) => Object.fromEntries(new URLSearchParams(text)),
    stringify: (value: object) => new URLSearchParams(value).toString(),
    escape: encodeURIComponent,
    unescape: decode,
  };
  Object.freeze(URL.prototype);
  Object.freeze(URLSearchParams.prototype);
  return {
    url: {
      URL,
      URLSearchParams,
      parse: (text: string) => {
        try {
          return new URL(text, 'relative://');
        } catch {
          return { protocol: null, host: null, hostname: null, pathname: text, href: text };
        }
      },
    },
    querystring,
    http,
    https: { ...http },
    fetch: { fetch },
  };
}
