/** @file Reading benchmark files: found by name in a folder or given directly; JSON, JSONL and their .gz; a clear word when they are not what was expected. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import { inputError, messageOf, usageError } from '../../kernel/errors.ts';

/** The file itself, or the first of `names` within a folder. */
export function locateData(
  suite: string,
  path: string | undefined,
  names: readonly string[],
): string {
  if (path === undefined)
    throw usageError(
      `suite ${suite} needs --data: ${names.join(' or ')}, or a folder that holds it`,
      'benchmarks are never bundled; download the file from where its authors publish it',
    );
  if (!existsSync(path))
    throw inputError(`--data ${path}: no such file or folder`, 'check the path');
  if (!statSync(path).isDirectory()) return path;
  const found = names.map((name) => join(path, name)).find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw inputError(
      `--data ${path}: the folder holds none of ${names.join(', ')}`,
      `give the ${suite} file itself`,
    );
  return found;
}

/** All records of a JSON array, a JSON object of records, or JSONL, each checked; the place of the first bad one is named. */
export function readRecords<T>(suite: string, path: string, schema: z.ZodType<T>): T[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  if (text.trim() === '') throw inputError(`${path}: the file is empty`, `expected ${suite} data`);
  const { values, place } = parseAny(path, text);
  if (values.length === 0) throw inputError(`${path}: holds no record`, `expected ${suite} data`);
  return values.map((value, i) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    const has =
      typeof value === 'object' && value !== null
        ? `it has ${Object.keys(value).slice(0, 12).join(', ')}`
        : `it is ${typeof value}`;
    throw inputError(
      `${path}, ${place(i)}: not a record of ${suite}: ${issue.path.join('.') || 'value'}: ${issue.message}; ${has}`,
      'check that this is the file of this suite; its format may have changed',
    );
  });
}

function parseAny(path: string, text: string): { values: unknown[]; place: (i: number) => string } {
  const first = text.trimStart()[0];
  if (first === '[') {
    const values = parseJson(path, text) as unknown[];
    return { values, place: (i) => `record ${i + 1}` };
  }
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  try {
    const values = lines.map(({ line }) => JSON.parse(line) as unknown);
    return { values, place: (i) => `line ${lines[i]!.number}` };
  } catch (thrown) {
    if (first !== '{' || lines.length < 2 || lines[0]!.line.trim() !== '{')
      throw inputError(
        `${path}: neither JSON nor JSON lines: ${messageOf(thrown)}`,
        'check that the download is complete',
      );
    const whole = parseJson(path, text) as Record<string, unknown>;
    return { values: Object.values(whole), place: (i) => `entry ${Object.keys(whole)[i]}` };
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw inputError(
      `${path}: not JSON: ${messageOf(thrown)}`,
      'check that the download is complete',
    );
  }
}
