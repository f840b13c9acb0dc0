/**
 * @file A model's text -> a checked value, tolerantly: code fences, words before and after, trailing commas and comments of a
 * model's own are forgiven; a wrong shape is not. Any text whatever gives a value or a sentence, in linear time.
 */
import { z } from 'zod';

export type Parsed<V> =
  | { readonly ok: true; readonly value: V }
  | { readonly ok: false; readonly error: string };

/** Characters. More is no answer but a flood; it is neither read nor kept. */
export const LONGEST_ANSWER = 400_000;

export function parseStructured<S extends z.ZodType>(schema: S, text: string): Parsed<z.output<S>> {
  if (text.length > LONGEST_ANSWER)
    return {
      ok: false,
      error: `the answer has more than ${LONGEST_ANSWER} characters`,
    };
  const candidate = objectIn(text);
  if (candidate === undefined)
    return { ok: false, error: 'the answer holds no complete JSON object' };
  let value: unknown;
  try {
    value = JSON.parse(candidate);
  } catch {
    try {
      value = JSON.parse(candidate.replace(/,(\s*[}\]])/g, '$1'));
    } catch (thrown) {
      return {
        ok: false,
        error: `the answer is not JSON: ${(thrown as Error).message.slice(0, 120)}`,
      };
    }
  }
  const checked = schema.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data };
  const issues = checked.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  return { ok: false, error: `the answer has the wrong shape: ${issues.join('; ')}` };
}

/** The first balanced `{...}`, looking past braces inside strings; undefined when none is complete. */
function objectIn(text: string): string | undefined {
  const start = text.indexOf('{');
  if (start < 0) return undefined;
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return text.slice(start, i + 1);
  }
  return undefined;
}

const schemas = new WeakMap<z.ZodType, Record<string, unknown>>();

/** The JSON Schema that servers get, made once per schema. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const known = schemas.get(schema);
  if (known !== undefined) return known;
  const { $schema: _, ...plain } = z.toJSONSchema(schema) as Record<string, unknown>;
  schemas.set(schema, plain);
  return plain;
}
