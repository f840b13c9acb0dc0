/**
 * @file One schema for a YAML file, the environment and `--set key=value` (in rising order of strength). Unknown keys are
 * errors that name the nearest known one; the same schema is emitted as JSON Schema for editors.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { inputError, messageOf, usageError } from '../kernel/errors.ts';

export interface ConfigSources {
  readonly file?: string;
  /** e.g. ["rl.steps=10"]; values are read as YAML. */
  readonly set?: readonly string[];
  /** Variables named PREFIX plus the path joined by "__", e.g. VUL2SAFE_CONFIG_rl__steps=10. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export const ENVIRONMENT_PREFIX = 'VUL2SAFE_CONFIG_';

export function resolveConfig<S extends z.ZodType>(schema: S, sources: ConfigSources): z.output<S> {
  const merged = readConfigFile(sources.file);
  for (const [name, value] of Object.entries(sources.environment ?? {})) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || value === undefined) continue;
    assignPath(merged, name.slice(ENVIRONMENT_PREFIX.length).split('__'), readValue(value));
  }
  for (const setting of sources.set ?? []) {
    const equals = setting.indexOf('=');
    if (equals < 1)
      throw usageError(`--set ${setting}: expected key=value`, 'e.g. --set rl.steps=10');
    assignPath(merged, setting.slice(0, equals).split('.'), readValue(setting.slice(equals + 1)));
  }
  const result = schema.safeParse(merged);
  if (result.success) return result.data;
  const where = sources.file ?? 'configuration';
  throw inputError(
    `${where}: ${explainIssues(result.error, schema)}`,
    'mend these keys; every key and its meaning stands in the JSON Schema that `vul2safe rl --schema` prints',
  );
}

function readConfigFile(file: string | undefined): Record<string, unknown> {
  if (file === undefined) return {};
  if (!existsSync(file))
    throw inputError(`no such configuration file: ${file}`, 'check the path given with -c');
  try {
    const value: unknown = parseYaml(readFileSync(file, 'utf8')) ?? {};
    if (typeof value !== 'object' || Array.isArray(value))
      throw new Error('expected a mapping of keys at the top');
    return value as Record<string, unknown>;
  } catch (thrown) {
    throw inputError(`${file}: ${messageOf(thrown)}`, 'the file must be YAML', thrown);
  }
}

const readValue = (text: string): unknown => {
  try {
    return parseYaml(text) as unknown;
  } catch {
    return text;
  }
};

/** Sets a nested key, making the objects on the way. */
export function assignPath(
  target: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
): void {
  let place = target;
  path.forEach((key, depth) => {
    if (key === '__proto__') throw usageError('"__proto__" is not a configuration key');
    if (depth === path.length - 1) {
      place[key] = value;
      return;
    }
    const next = place[key];
    if (typeof next !== 'object' || next === null) place[key] = {};
    place = place[key] as Record<string, unknown>;
  });
}

function explainIssues(error: z.ZodError, schema: z.ZodType): string {
  const known = knownKeys(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode,
  );
  return error.issues
    .map((issue) => {
      const path = issue.path.join('.');
      if (issue.code !== 'unrecognized_keys') return `${path || '(top)'}: ${issue.message}`;
      return issue.keys
        .map((key) => {
          const full = path ? `${path}.${key}` : key;
          const near = nearest(full, known);
          return `unknown key "${full}"${near ? ` (did you mean "${near}"?)` : ''}`;
        })
        .join('; ');
    })
    .join('; ');
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

function knownKeys(node: SchemaNode, prefix = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    prefix + key,
    ...knownKeys(child, `${prefix}${key}.`),
  ]);
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, key.length / 2) ? best.candidate : undefined;
}

/** Levenshtein distance, two rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(
        Math.min(
          previous[j]! + 1,
          row[j - 1]! + 1,
          previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    }
    previous = row;
  }
  return previous[b.length]!;
}
