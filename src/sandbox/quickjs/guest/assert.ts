/** @file The assertions tests use: ok, equal, notEqual, deepEqual, match, throws, rejects. Structural equality works across realms. */
import type { GuestKit } from './kit.ts';

export function makeAssert(_kit: GuestKit): Record<string, unknown> {
  const show = (value: unknown): string => {
    try {
      return (JSON.stringify(value) ?? String(value)).slice(0, 120);
    } catch {
      return typeof value;
    }
  };
  const fail = (message: unknown, otherwise: string): never => {
    throw new Error(message === undefined ? otherwise : `${message}: ${otherwise}`);
  };
  const same = (a: unknown, b: unknown, depth: number): boolean => {
    if (Object.is(a, b)) return true;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    if (depth > 20 || Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every(
      (key) =>
        Object.hasOwn(b, key) &&
        same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], depth + 1),
    );
  };
  return {
    ok: (value: unknown, message?: string) => {
      if (!value) fail(message, `expected a true value, got ${show(value)}`);
    },
    equal: (actual: unknown, expected: unknown, message?: string) => {
      if (!Object.is(actual, expected))
        fail(message, `expected ${show(expected)}, got ${show(actual)}`);
    },
    notEqual: (actual: unknown, other: unknown, message?: string) => {
      if (Object.is(actual, other)) fail(message, `expected anything but ${show(other)}`);
    },
    deepEqual: (actual: unknown, expected: unknown, message?: string) => {
      if (!same(actual, expected, 0))
        fail(message, `expected ${show(expected)}, got ${show(actual)}`);
    },
    match: (actual: unknown, pattern: RegExp, message?: string) => {
      if (typeof actual !== 'string' || !pattern.test(actual))
        fail(message, `expected ${pattern}, got ${show(actual)}`);
    },
    throws: (call: () => unknown, message?: string) => {
      let thrown = false;
      try {
        call();
      } catch {
        thrown = true;
      }
      if (!thrown) fail(message, 'expected an error');
    },
    rejects: async (promise: Promise<unknown>, message?: string) => {
      let rejected = false;
      try {
        await promise;
      } catch {
        rejected = true;
      }
      if (!rejected) fail(message, 'expected a rejection');
    },
  };
}
