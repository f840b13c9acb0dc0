/** @file Guest `Buffer`: the subset that small programs use (from, alloc, concat, toString in utf8, hex, base64, base64url, latin1). */
import type { GuestKit, GuestModule } from './kit.ts';

export function makeBufferModule(_kit: GuestKit): GuestModule {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const utf8Bytes = (text: string): number[] => {
    const bytes: number[] = [];
    for (const character of text) {
      const code = character.codePointAt(0) as number;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000)
        bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else
        bytes.push(
          0xf0 | (code >> 18),
          0x80 | ((code >> 12) & 63),
          0x80 | ((code >> 6) & 63),
          0x80 | (code & 63),
        );
    }
    return bytes;
  };
  const utf8Text = (bytes: ArrayLike<number>): string => {
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const lead = bytes[i++] as number;
      const extra = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      let code = extra === 0 ? lead : lead & (63 >> extra);
      let valid = lead < 0x80 || lead >= 0xc2;
      for (let k = 0; k < extra && valid; k++) {
        const next = bytes[i];
        if (next === undefined || (next & 0xc0) !== 0x80) valid = false;
        else {
          code = (code << 6) | (next & 63);
          i++;
        }
      }
      text += valid && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    }
    return text;
  };
  const base64Bytes = (text: string): number[] => {
    const bytes: number[] = [];
    let held = 0;
    let bits = 0;
    for (const character of text.replace(/-/g, '+').replace(/_/g, '/')) {
      const value = ALPHABET.indexOf(character);
      if (value < 0) continue;
      held = (held << 6) | value;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((held >> bits) & 255);
      }
    }
    return bytes;
  };
  const base64Text = (bytes: ArrayLike<number>, url: boolean): string => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const three = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      for (let k = 0; k < 4; k++)
        text += i + k > bytes.length ? '=' : ALPHABET[(three >> (18 - 6 * k)) & 63];
    }
    return url ? text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '') : text;
  };
  const encode = (text: string, encoding = 'utf8'): number[] => {
    if (encoding === 'hex')
      return (text.match(/[0-9a-f]{2}/gi) ?? []).map((two) => parseInt(two, 16));
    if (encoding === 'base64' || encoding === 'base64url') return base64Bytes(text);
    if (encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii')
      return [...text].map((character) => character.charCodeAt(0) & 255);
    return utf8Bytes(text);
  };
  class Buffer extends Uint8Array {
    static override from(value: unknown, encoding?: unknown): Buffer {
      const bytes =
        typeof value === 'string' ? encode(value, encoding as string) : [...(value as number[])];
      const buffer = new Buffer(bytes.length);
      buffer.set(bytes);
      return buffer;
    }
    static alloc(size: number, fill?: number): Buffer {
      const buffer = new Buffer(size);
      if (fill !== undefined) buffer.fill(fill);
      return buffer;
    }
    static allocUnsafe(size: number): Buffer {
      return new Buffer(size);
    }
    static isBuffer(value: unknown): boolean {
      return value instanceof Buffer;
    }
    static byteLength(value: string, encoding?: string): number {
      return encode(value, encoding).length;
    }
    static concat(parts: readonly Uint8Array[]): Buffer {
      return Buffer.from(parts.flatMap((part) => [...part]));
    }
    static compare(a: Uint8Array, b: Uint8Array): number {
      for (let i = 0; i < Math.min(a.length, b.length); i++)
        if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number) ? -1 : 1;
      return Math.sign(a.length - b.length);
    }
    equals(other: Uint8Array): boolean {
      return Buffer.compare(this, other) === 0;
    }
    override toString(encoding = 'utf8'): string {
      if (encoding === 'hex')
        return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('');
      if (encoding === 'base64') return base64Text(this, false);
      if (encoding === 'base64url') return base64Text(this, true);
      if (encoding === 'latin1' || encoding === 'binary')
        return Array.from(this, (byte) => String.fromCharCode(byte)).join('');
      return utf8Text(this);
    }
    toJSON(): { type: string; data: number[] } {
      return { type: 'Buffer', data: [...this] };
    }
    readUInt32BE(offset = 0): number {
      return (
        (this[offset] as number) * 16777216 +
        (((this[offset + 1] as number) << 16) |
          ((this[offset + 2] as number) << 8) |
          (this[offset + 3] as number))
      );
    }
  }
  Object.freeze(Buffer.prototype);
  Object.freeze(Buffer);
  return { Buffer };
}
