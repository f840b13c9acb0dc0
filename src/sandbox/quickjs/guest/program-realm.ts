/** @file Prepares the program's realm before anything runs in it: fixed clock, UTC as local time; hands out its constructors. */
import type { ProgramRealm } from './kit.ts';

export function prepareProgramRealm(): ProgramRealm {
  const RealDate = Date;
  const nowMs = 1_750_000_000_000;
  class FixedDate extends RealDate {
    constructor(...args: unknown[]) {
      if (args.length === 0) super(nowMs);
      else super(...(args as [number]));
    }
    static override now(): number {
      return nowMs;
    }
  }
  const prototype = RealDate.prototype as unknown as Record<string, unknown>;
  for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds']) {
    prototype[`get${part}`] = prototype[`getUTC${part}`];
    if (part !== 'Day') prototype[`set${part}`] = prototype[`setUTC${part}`];
  }
  prototype.getTimezoneOffset = () => 0;
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  };
  define('Date', FixedDate);
  define('global', globalThis);
  const { parse } = JSON;
  const RealFunction = Function;
  return {
    global: globalThis as unknown as Record<string, unknown>,
    Error,
    TypeError,
    Object,
    parseJson: (text) => parse(text),
    // biome-ignore lint/security/noGlobalEval: this runs inside the sandbox, to give the program the eval of its own realm
    evaluate: globalThis.eval,
    makeFunction: (...parts) => RealFunction(...parts) as (...args: unknown[]) => unknown,
  };
}
