/** @file Content addresses: SHA-256 over canonical JSON (sorted keys), so that the same content has the same id everywhere. */
import { createHash } from 'node:crypto';

/** JSON with object keys sorted; undefined members are left out, as in JSON.stringify. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** Hexadecimal SHA-256 of a string, or of the canonical JSON of anything else. */
export function contentHash(value: unknown, hexDigits = 64): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return createHash('sha256').update(text).digest('hex').slice(0, hexDigits);
}
