/** @file What the guest may ask of the host: real digests and key derivation, strings in and out, nothing else. */
import { createHash, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto';

/** Rounds are bounded, since a generated program must not buy time from the host. */
const MOST_ROUNDS = 1000;
const MOST_BYTES = 1024;

export function nativeCall(args: readonly unknown[]): string {
  const [name, a, b, c, d, e] = args;
  if (name === 'digest') {
    const data = Buffer.from(String(b), 'hex');
    const hash =
      typeof c === 'string' ? createHmac(String(a), Buffer.from(c, 'hex')) : createHash(String(a));
    return hash.update(data).digest('hex');
  }
  const password = Buffer.from(String(a), 'hex');
  const salt = Buffer.from(String(b), 'hex');
  const bytes = (value: unknown): number => Math.min(Math.max(1, Number(value) || 1), MOST_BYTES);
  if (name === 'pbkdf2') {
    const rounds = Math.min(Math.max(1, Number(c) || 1), MOST_ROUNDS);
    return pbkdf2Sync(password, salt, rounds, bytes(d), String(e)).toString('hex');
  }
  if (name === 'scrypt') return scryptSync(password, salt, bytes(c), { N: 1024 }).toString('hex');
  throw new Error(`no such native call: ${String(name)}`);
}
