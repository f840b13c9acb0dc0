/**
 * @file The judge's realm: fills the world, gives the program its globals, runs tests, keeps the verdict. The program cannot reach
 * what decides: records and assertions live in this realm's closures; its intrinsics are frozen and its Function constructors
 * removed, so that neither `value.constructor.constructor` nor a patched prototype leads back in.
 * Tests see `program` (the exports), `host` (records and helpers) and `assert`.
 */
import type { GuestKit, GuestModule, ProgramRealm } from './kit.ts';

/** What the host calls, each with plain strings in and out. */
export interface GuestDriver {
  /** Fills the world from JSON. */
  begin(worldJson: string): void;
  /** Starts a test; the verdict may need pending jobs and timers to run. */
  test(code: string): void;
  /** Runs the next timer; false when none waits. */
  turn(): boolean;
  /** '' while undecided, 'passed', or 'failed: message'. */
  verdict(): string;
}

export interface GuestMakers {
  readonly assert: (kit: GuestKit) => Record<string, unknown>;
  readonly response: (kit: GuestKit) => () => unknown;
  readonly path: (kit: GuestKit) => GuestModule;
  readonly buffer: (kit: GuestKit) => GuestModule;
  readonly fs: (kit: GuestKit) => GuestModule;
  readonly childProcess: (kit: GuestKit) => GuestModule;
  readonly db: (kit: GuestKit) => GuestModule;
  readonly web: (kit: GuestKit) => Record<string, GuestModule>;
  readonly crypto: (kit: GuestKit) => GuestModule;
  readonly packages: (kit: GuestKit) => Record<string, unknown>;
}

export function installJudge(
  realm: ProgramRealm,
  native: (name: string, ...args: unknown[]) => string,
  makers: GuestMakers,
): GuestDriver {
  const AsyncFunction = (async () => {}).constructor as new (
    ...parametersAndBody: string[]
  ) => (...args: unknown[]) => Promise<void>;
  let seed = 0x2545f491;
  const random = (): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 4294967296;
  };
  const timers: { id: number; atMs: number; task: () => void }[] = [];
  let timerCount = 0;
  let clockMs = 0;
  const kit: GuestKit = {
    realm,
    native,
    random,
    records: {
      commands: [],
      reads: [],
      writes: [],
      requests: [],
      queries: [],
      digests: [],
      logs: [],
    },
    world: { files: new Map(), tables: new Map(), routes: new Map(), environment: {} },
    modules: {},
    fail: (message, code) => {
      const error = new realm.Error(message);
      // As in Node, the stack begins with the message; in QuickJS it holds the frames alone.
      Object.defineProperty(error, 'stack', {
        value: `Error: ${message}\n${error.stack}`,
        writable: true,
        configurable: true,
      });
      return code === undefined ? error : Object.assign(error, { code });
    },
    defer: (task, delayMs = 0) => {
      const timer = { id: ++timerCount, atMs: clockMs + delayMs, task };
      const later = timers.findIndex((other) => other.atMs > timer.atMs);
      timers.splice(later < 0 ? timers.length : later, 0, timer);
      return timer.id;
    },
  };
  kit.modules.path = makers.path(kit);
  kit.modules.buffer = makers.buffer(kit);
  kit.modules.fs = makers.fs(kit);
  const fetch = (() => {
    const { fetch: own, ...web } = makers.web(kit);
    Object.assign(kit.modules, web);
    return own?.fetch;
  })();
  kit.modules.child_process = makers.childProcess(kit);
  kit.modules.db = makers.db(kit);
  kit.modules.crypto = makers.crypto(kit);
  Object.assign(kit.modules, makers.packages(kit));
  const assert = makers.assert(kit);
  const makeResponse = makers.response(kit);

  const cancel = (id: unknown): void => {
    const at = timers.findIndex((timer) => timer.id === id);
    if (at >= 0) timers.splice(at, 1);
  };
  const schedule = (task: unknown, delayMs: unknown, ...args: unknown[]): number =>
    kit.defer(() => {
      if (typeof task === 'function') task(...args);
    }, Number(delayMs) || 0);
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const log = (...args: unknown[]): void => {
    kit.records.logs.push(args.map(text).join(' '));
  };
  const processObject = {
    env: kit.world.environment,
    argv: ['node', '/app/program.js'],
    platform: 'linux',
    cwd: () => '/app',
    nextTick: (task: () => void) => {
      kit.defer(task);
    },
    exit: (code: unknown) => {
      throw kit.fail(`process.exit(${code})`);
    },
    hrtime: () => [0, 0],
    uptime: () => 1,
    on: () => processObject,
    stdout: { write: (value: unknown) => log(String(value).replace(/\n$/, '')) },
  };
  const require = (name: unknown): unknown => {
    const key = String(name).replace(/^node:/, '');
    if (key === 'process') return processObject;
    if (key === 'fs/promises') return { ...(kit.modules.fs?.promises as object) };
    const found = Object.hasOwn(kit.modules, key) ? kit.modules[key] : undefined;
    if (found === undefined) throw kit.fail(`Cannot find module '${name}'`, 'MODULE_NOT_FOUND');
    return typeof found === 'function' ? found : { ...found };
  };
  const moduleObject: { exports: unknown } = { exports: new realm.Object() };
  const globals: Record<string, unknown> = {
    module: moduleObject,
    exports: moduleObject.exports,
    require,
    process: processObject,
    console: { log, info: log, warn: log, error: log, debug: log },
    Buffer: kit.modules.buffer.Buffer,
    URL: kit.modules.url?.URL,
    URLSearchParams: kit.modules.url?.URLSearchParams,
    fetch,
    setTimeout: schedule,
    setImmediate: (task: unknown, ...args: unknown[]) => schedule(task, 0, ...args),
    clearTimeout: cancel,
    clearInterval: cancel,
    queueMicrotask: (task: () => void) => {
      Promise.resolve().then(task);
    },
    structuredClone: (value: unknown) => realm.parseJson(JSON.stringify(value)),
  };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(realm.global, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });

  const bufferClass = kit.modules.buffer.Buffer as { from: (...args: unknown[]) => unknown };
  let fixedRandom: number | undefined;
  const programMath = realm.global.Math as { random: () => number };
  programMath.random = () => fixedRandom ?? random();

  const host = {
    ...kit.records,
    environment: kit.world.environment,
    global: realm.global,
    file: (path: string) => kit.world.files.get(path),
    table: (name: string) => kit.world.tables.get(name),
    response: makeResponse,
    /** An object, array or value made in the program's realm. */
    value: (made: unknown) => realm.parseJson(JSON.stringify(made)),
    parse: (json: string) => realm.parseJson(json),
    buffer: (value: string, encoding?: string) => bufferClass.from(value, encoding),
    module: (name: string) => kit.modules[name],
    /** Stops the test once it takes so many polls (of 10,000 interpreter steps each) from now on, whatever its own limit. */
    budget: (polls: number) => native('budget', polls),
    /** From now on Math.random of the program returns this, as for an attacker who knows its state. */
    fixRandom: (value: number) => {
      fixedRandom = value;
    },
    /** What the call threw, or undefined; for attacks that may be refused with an error. */
    attempt: (call: () => unknown) => {
      try {
        return call();
      } catch {
        return undefined;
      }
    },
  };

  let verdict = '';
  const messageOf = (thrown: unknown): string => {
    try {
      const { name, message } = thrown as { name?: unknown; message?: unknown };
      return `${String(name ?? 'Error')}: ${String(message ?? thrown)}`.slice(0, 300);
    } catch {
      return 'a value that cannot be shown was thrown';
    }
  };
  const driver: GuestDriver = {
    begin: (worldJson) => {
      const given = JSON.parse(worldJson) as {
        files?: Record<string, string>;
        tables?: Record<string, Record<string, unknown>[]>;
        routes?: Record<string, string>;
        environment?: Record<string, string>;
      };
      for (const [path, content] of Object.entries(given.files ?? {}))
        kit.world.files.set(path, content);
      for (const [name, rows] of Object.entries(given.tables ?? {}))
        kit.world.tables.set(name, rows);
      for (const [url, body] of Object.entries(given.routes ?? {})) kit.world.routes.set(url, body);
      Object.assign(kit.world.environment, given.environment ?? {});
    },
    test: (code) => {
      const test = new AsyncFunction('program', 'host', 'assert', `"use strict";${code}\n`);
      test(moduleObject.exports, host, assert).then(
        () => {
          verdict ||= 'passed';
        },
        (thrown: unknown) => {
          verdict ||= `failed: ${messageOf(thrown)}`;
        },
      );
    },
    turn: () => {
      const timer = timers.shift();
      if (!timer) return false;
      clockMs = timer.atMs;
      timer.task();
      return true;
    },
    verdict: () => verdict,
  };

  // Freeze everything the program could reach from a value of this realm, and take the code-making constructors away.
  for (const sample of [() => {}, async () => {}, function* () {}, async function* () {}])
    delete (Object.getPrototypeOf(sample) as { constructor?: unknown }).constructor;
  const seen = new Set<unknown>([globalThis]);
  const harden = (value: unknown): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
    if (seen.has(value)) return;
    seen.add(value);
    Object.freeze(value);
    harden(Object.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      harden(property?.value);
      harden(property?.get);
      harden(property?.set);
    }
  };
  for (const key of Reflect.ownKeys(globalThis))
    harden(Object.getOwnPropertyDescriptor(globalThis, key)?.value);
  for (const sample of [[].values(), new Map().values(), new Set().values(), ''.matchAll(/a/g)])
    harden(Object.getPrototypeOf(sample));
  for (const sample of [() => {}, async () => {}, function* () {}, async function* () {}])
    harden(Object.getPrototypeOf(sample));
  harden(kit.modules.buffer.Buffer);
  harden(kit.modules.url?.URL);
  harden(kit.modules.url?.URLSearchParams);
  harden(assert);
  return driver;
}
