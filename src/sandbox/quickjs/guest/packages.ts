/**
 * @file Guest stand-ins for small npm packages and odd Node modules that security-relevant code leans on: escape-html, node-serialize and
 * serialize-to-js (both evaluate code in their input, as the real ones do), jsonwebtoken (HS256), vm, util, events, os.
 */
import type { GuestKit } from './kit.ts';

export function makePackages(kit: GuestKit): Record<string, unknown> {
  const { realm } = kit;
  interface Bytes {
    toString(encoding?: string): string;
  }
  const Buffer = kit.modules.buffer?.Buffer as {
    from: (value: unknown, encoding?: string) => Bytes;
  };
  const escapeHtml = (value: unknown): string =>
    String(value)
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/'/g, '&#39;');

  const revive = (value: unknown): unknown => {
    if (typeof value === 'string' && value.startsWith('_$$ND_FUNC$$_'))
      return realm.evaluate(`(${value.slice('_$$ND_FUNC$$_'.length)})`);
    if (typeof value === 'object' && value !== null)
      for (const key of Object.keys(value))
        (value as Record<string, unknown>)[key] = revive((value as Record<string, unknown>)[key]);
    return value;
  };
  const nodeSerialize = {
    serialize: (value: unknown) => JSON.stringify(value),
    unserialize: (text: unknown) => revive(realm.parseJson(String(text))),
  };
  const serializeToJs = {
    serialize: (value: unknown) => JSON.stringify(value),
    deserialize: (text: unknown) => realm.evaluate(`(${String(text)})`),
  };

  const base64 = (value: string): string => Buffer.from(value).toString('base64url');
  const signature = (data: string, key: unknown): string =>
    Buffer.from(
      kit.native(
        'digest',
        'sha256',
        Buffer.from(data).toString('hex'),
        Buffer.from(String(key)).toString('hex'),
      ),
      'hex',
    ).toString('base64url');
  const payloadOf = (token: unknown): unknown => {
    const part = String(token).split('.')[1];
    try {
      return realm.parseJson(Buffer.from(part ?? '', 'base64').toString());
    } catch {
      return null;
    }
  };
  const jsonwebtoken = {
    sign: (payload: unknown, key: unknown) => {
      if (!key) throw kit.fail('secretOrPrivateKey must have a value');
      const data = `${base64('{"alg":"HS256","typ":"JWT"}')}.${base64(JSON.stringify(payload))}`;
      return `${data}.${signature(data, key)}`;
    },
    verify: (token: unknown, key: unknown) => {
      if (!key) throw kit.fail('secret or public key must be provided');
      const [header, payload, given] = String(token).split('.');
      if (given !== signature(`${header}.${payload}`, key)) throw kit.fail('invalid signature');
      return payloadOf(token);
    },
    decode: payloadOf,
  };

  const vm = {
    runInNewContext: (code: unknown) => realm.evaluate(String(code)),
    runInThisContext: (code: unknown) => realm.evaluate(String(code)),
  };
  class EventEmitter {
    #listeners: Record<string, ((...args: unknown[]) => void)[]> = {};
    on(event: string, listener: (...args: unknown[]) => void): this {
      this.#listeners[event] = [...(this.#listeners[event] ?? []), listener];
      return this;
    }
    emit(event: string, ...args: unknown[]): boolean {
      const listeners = this.#listeners[event] ?? [];
      for (const listener of listeners) listener(...args);
      return listeners.length > 0;
    }
  }
  const inspect = (value: unknown): string =>
    typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  const util = {
    inspect,
    format: (pattern: unknown, ...args: unknown[]) => {
      const rest = [...args];
      const text = String(pattern).replace(/%[sdjo]/g, (mark) =>
        rest.length === 0
          ? mark
          : mark === '%j'
            ? JSON.stringify(rest.shift())
            : String(rest.shift()),
      );
      return [text, ...rest.map(String)].join(' ');
    },
    promisify:
      (call: (...args: unknown[]) => void) =>
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          call(...args, (error: unknown, value: unknown) =>
            error ? reject(error) : resolve(value),
          );
        }),
    isDeepStrictEqual: (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b),
  };
  return {
    'escape-html': escapeHtml,
    'node-serialize': nodeSerialize,
    'serialize-to-js': serializeToJs,
    jsonwebtoken,
    vm,
    util,
    events: Object.assign(EventEmitter, { EventEmitter }),
    os: { EOL: '\n', hostname: () => 'localhost', tmpdir: () => '/tmp', platform: () => 'linux' },
  };
}
