/** @file A file that is one JSON object (an OSV record, a SARIF log), read whole. */
import { readFileSync, statSync } from 'node:fs';
import { inputError, messageOf } from '../../kernel/errors.ts';

const LARGEST_DOCUMENT_BYTES = 256 << 20;

/** Throws an input error where the file is no JSON object, or larger than is sensible to hold. */
export function readDocument(path: string): Record<string, unknown> {
  if (statSync(path).size > LARGEST_DOCUMENT_BYTES)
    throw inputError(`${path}: a single JSON object of more than 256 MB is not read whole`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
  } catch (thrown) {
    throw inputError(`${path}: not JSON: ${messageOf(thrown)}`, 'mend the file', thrown);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw inputError(`${path}: expected a JSON object`);
  return value as Record<string, unknown>;
}
