/** @file Streaming JSON lines: errors carry file and line; a torn last line (power cut) is recognised, not fatal. */
import {
  appendFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { createGunzip } from 'node:zlib';
import { inputError, messageOf } from '../kernel/errors.ts';

export type JsonLine =
  | { readonly ok: true; readonly line: number; readonly value: unknown; readonly raw: string }
  | { readonly ok: false; readonly line: number; readonly raw: string; readonly error: string };

export type JsonParser = (text: string) => unknown;

/** Reads a JSONL file (or .jsonl.gz) line by line in flat memory. Blank lines are skipped, malformed ones are yielded as values. */
export async function* readJsonLines(
  path: string,
  parse: JsonParser = JSON.parse,
): AsyncGenerator<JsonLine> {
  if (!existsSync(path)) throw inputError(`no such file: ${path}`, 'check the path');
  const raw = createReadStream(path);
  const source = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  let line = 0;
  for await (const text of splitLines(source)) {
    line++;
    if (text.trim() === '') continue;
    try {
      yield {
        ok: true,
        line,
        value: parse(line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text),
        raw: text,
      };
    } catch (thrown) {
      yield { ok: false, line, raw: text, error: messageOf(thrown) };
    }
  }
}

/** Splits on LF only (U+2028 and friends may stand inside JSON strings, unlike what readline assumes). */
async function* splitLines(source: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      const part = bytes.subarray(from, at);
      yield trimReturn(
        held.length ? Buffer.concat([...held, part]).toString('utf8') : part.toString('utf8'),
      );
      held = [];
      from = at + 1;
    }
    if (from < bytes.length) held.push(bytes.subarray(from));
  }
  if (held.length) yield trimReturn(Buffer.concat(held).toString('utf8'));
}

const trimReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);

/** Reads every value, throwing at the first malformed line with its place. For small files and strict readers. */
export async function readAllJsonLines<T>(
  path: string,
  decode: (value: unknown) => T,
): Promise<T[]> {
  const values: T[] = [];
  for await (const entry of readJsonLines(path)) {
    if (!entry.ok)
      throw inputError(
        `${path}:${entry.line}: not JSON: ${entry.error}`,
        'mend or remove this line',
      );
    try {
      values.push(decode(entry.value));
    } catch (thrown) {
      throw inputError(
        `${path}:${entry.line}: ${messageOf(thrown)}`,
        'mend or remove this line',
        thrown,
      );
    }
  }
  return values;
}

export const toJsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

export function appendJsonLine(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, toJsonLine(value));
}

/** Cuts off a torn last line (no final LF) so that appending can go on; returns how many bytes were cut. */
export function mendTornTail(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = readFileSync(path);
  const keep = bytes.lastIndexOf(10) + 1;
  if (keep < bytes.length) truncateSync(path, keep);
  return bytes.length - keep;
}
