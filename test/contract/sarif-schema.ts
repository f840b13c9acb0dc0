/**
 * @file A validator for the part of JSON Schema draft 4 that the SARIF schema uses. A keyword it does not know is an error, so
 * that it cannot pass by looking away. `format` is not checked. Ours, to spare a dependency for one test.
 */
export type Schema = Readonly<Record<string, unknown>>;

const IGNORED = new Set(['$schema', 'id', 'title', 'default', 'format', 'definitions']);

const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : Number.isInteger(value)
        ? 'integer'
        : typeof value;

/** What is wrong with a value, with the place of each fault; empty = valid. */
export function faultsOf(
  value: unknown,
  schema: Schema,
  root: Schema = schema,
  at = '$',
): string[] {
  const faults: string[] = [];
  const own = (text: string): number => faults.push(`${at}: ${text}`);
  const inner = (part: unknown, under: unknown, place: string): string[] =>
    faultsOf(part, under as Schema, root, place);
  const object = typeOf(value) === 'object' ? (value as Record<string, unknown>) : undefined;
  const list = Array.isArray(value) ? (value as unknown[]) : undefined;
  const checks: Readonly<Record<string, (rule: never) => void>> = {
    $ref: (path: string) => {
      const target = path
        .slice(2)
        .split('/')
        .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], root);
      faults.push(...inner(value, target, at));
    },
    type: (wanted: string | string[]) => {
      const type = typeOf(value);
      const fits = [wanted]
        .flat()
        .some((one) => one === type || (one === 'number' && type === 'integer'));
      if (!fits) own(`is ${type}, not ${[wanted].flat().join(' or ')}`);
    },
    enum: (values: unknown[]) => {
      if (!values.includes(value)) own(`${JSON.stringify(value)} is none of ${values.join(', ')}`);
    },
    minimum: (least: number) => {
      if (typeof value === 'number' && value < least) own(`${value} is below ${least}`);
    },
    maximum: (most: number) => {
      if (typeof value === 'number' && value > most) own(`${value} is above ${most}`);
    },
    pattern: (pattern: string) => {
      if (typeof value === 'string' && !new RegExp(pattern).test(value))
        own(`"${value}" is not ${pattern}`);
    },
    minItems: (least: number) => {
      if (list && list.length < least) own(`has ${list.length} items`);
    },
    uniqueItems: (unique: boolean) => {
      if (list && unique && new Set(list.map((one) => JSON.stringify(one))).size < list.length)
        own('has equal items');
    },
    items: (item: Schema) => {
      for (const [i, one] of (list ?? []).entries())
        faults.push(...inner(one, item, `${at}[${i}]`));
    },
    required: (names: string[]) => {
      for (const name of names) if (object && !(name in object)) own(`lacks ${name}`);
    },
    properties: (properties: Record<string, Schema>) => {
      for (const [name, part] of Object.entries(object ?? {}))
        if (properties[name]) faults.push(...inner(part, properties[name], `${at}.${name}`));
    },
    additionalProperties: (rule: boolean | Schema) => {
      const named = (schema.properties ?? {}) as Record<string, Schema>;
      for (const [name, part] of Object.entries(object ?? {})) {
        if (name in named) continue;
        if (rule === false) own(`has ${name}, which is not allowed`);
        else if (typeof rule === 'object') faults.push(...inner(part, rule, `${at}.${name}`));
      }
    },
    anyOf: (choices: Schema[]) => {
      if (choices.every((one) => inner(value, one, at).length > 0)) own('fits none of anyOf');
    },
    oneOf: (choices: Schema[]) => {
      if (choices.filter((one) => inner(value, one, at).length === 0).length !== 1)
        own('does not fit exactly one of oneOf');
    },
  };
  for (const [keyword, rule] of Object.entries(schema)) {
    if (IGNORED.has(keyword)) continue;
    const check = checks[keyword];
    if (!check) throw new Error(`the validator does not know "${keyword}" at ${at}`);
    check(rule as never);
  }
  return faults;
}
