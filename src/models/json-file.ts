/** @file Reading one JSON file of a model folder: every refusal names the file and the field (exit status 2). */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { inputError, messageOf } from '../kernel/errors.ts';

/** The text of a file that must be there. */
export function readTextFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw inputError(
      `${path}: ${what} cannot be read: ${messageOf(error)}`,
      'give a Hugging Face model folder with config.json, *.safetensors and tokenizer.json',
      error,
    );
  }
}

/** Parses and checks a JSON text; `path` is only for messages. */
export function parseJson<T>(text: string, path: string, schema: z.ZodType<T>): T {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw inputError(`${path}: not JSON: ${messageOf(error)}`, undefined, error);
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join('.') || 'the whole file';
  throw inputError(`${path}: field ${field}: ${issue?.message ?? 'not as expected'}`);
}

export const readJsonFile = <T>(path: string, what: string, schema: z.ZodType<T>): T =>
  parseJson(readTextFile(path, what), path, schema);
