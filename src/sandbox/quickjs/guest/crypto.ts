/** @file Guest module `crypto`: real digests (made by the host), every algorithm recorded; random bytes come from the world's seed. */
import type { GuestKit, GuestModule } from './kit.ts';

export function makeCryptoModule(kit: GuestKit): GuestModule {
  interface Bytes extends Uint8Array {
    toString(encoding?: string): string;
  }
  const Buffer = kit.modules.buffer?.Buffer as {
    from: (value: unknown, encoding?: string) => Bytes;
    compare: (a: Uint8Array, b: Uint8Array) => number;
  };
  const hex = (value: unknown, encoding?: string): string =>
    Buffer.from(value, encoding).toString('hex');
  const need = (value: unknown, what: string): void => {
    if (value === undefined || value === null)
      throw new kit.realm.TypeError(`The "${what}" argument must be of type string or Buffer`);
  };
  const finish = (bytesHex: string, encoding?: string): unknown => {
    const bytes = Buffer.from(bytesHex, 'hex');
    return encoding ? bytes.toString(encoding) : bytes;
  };
  const accumulate = (use: string, algorithm: unknown, key?: unknown): unknown => {
    const name = String(algorithm).toLowerCase();
    kit.records.digests.push({ algorithm: name, use });
    let data = '';
    const hash = {
      update: (value: unknown, encoding?: string) => {
        need(value, 'data');
        data += hex(value, encoding);
        return hash;
      },
      digest: (encoding?: string) =>
        finish(kit.native('digest', name, data, key === undefined ? null : hex(key)), encoding),
    };
    return hash;
  };
  const randomBytes = (size: number): Bytes =>
    Buffer.from(Array.from({ length: size }, () => Math.floor(kit.random() * 256)));
  const derive = (kind: string, password: unknown, salt: unknown, rest: unknown[]): unknown => {
    need(password, 'password');
    need(salt, 'salt');
    return finish(kit.native(kind, hex(password), hex(salt), ...rest));
  };
  return {
    createHash: (algorithm: unknown) => accumulate('hash', algorithm),
    createHmac: (algorithm: unknown, key: unknown) => {
      need(key, 'key');
      return accumulate('hmac', algorithm, key);
    },
    randomBytes,
    randomInt: (a: number, b?: number) => {
      const [low, high] = b === undefined ? [0, a] : [a, b];
      return low + Math.floor(kit.random() * (high - low));
    },
    randomUUID: () => {
      const text = randomBytes(16).toString('hex');
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
    },
    timingSafeEqual: (a: Uint8Array, b: Uint8Array) => {
      if (a.length !== b.length)
        throw kit.fail(
          'Input buffers must have the same byte length',
          'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
        );
      return Buffer.compare(a, b) === 0;
    },
    pbkdf2Sync: (
      password: unknown,
      salt: unknown,
      rounds: number,
      length: number,
      algorithm: string,
    ) => {
      kit.records.digests.push({ algorithm: String(algorithm).toLowerCase(), use: 'pbkdf2' });
      return derive('pbkdf2', password, salt, [Math.min(rounds, 1000), length, algorithm]);
    },
    scryptSync: (password: unknown, salt: unknown, length: number) => {
      kit.records.digests.push({ algorithm: 'scrypt', use: 'scrypt' });
      return derive('scrypt', password, salt, [length]);
    },
    getHashes: () => ['md5', 'sha1', 'sha256', 'sha384', 'sha512'],
  };
}
