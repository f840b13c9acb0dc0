/** @file Benchmark files: found by name in a folder or given directly, every record checked; a clear word when they are not what was expected. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { inputError, usageError } from '../../kernel/errors.ts';
import { readValues } from './data-values.ts';
import { filesUnder } from './folder-files.ts';

const DATA_FILE = /\.(?:jsonl?|csv|parquet)(?:\.gz)?$|\.zip$/i;
const SHOWN_FILES = 8;

/** The file itself; in a folder the first of `names`, else its only data file (as a download from Hugging Face has it). */
export function locateData(
  suite: string,
  path: string | undefined,
  names: readonly string[],
): string {
  if (path === undefined)
    throw usageError(
      `suite ${suite} needs --data: ${names.join(' or ')}, or a folder that holds it`,
      'benchmarks are never bundled; download the file from where its authors publish it (vul2safe eval lists the places)',
    );
  if (!existsSync(path))
    throw inputError(`--data ${path}: no such file or folder`, 'check the path');
  if (!statSync(path).isDirectory()) return path;
  const found = names.map((name) => join(path, name)).find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  const others = filesUnder(path).filter((name) => DATA_FILE.test(name));
  if (others.length === 1) return join(path, others[0]!);
  const listed =
    others.slice(0, SHOWN_FILES).join(', ') + (others.length > SHOWN_FILES ? ', …' : '');
  throw inputError(
    `--data ${path}: expected ${names.join(' or ')}; the folder holds ${others.length === 0 ? 'no data file' : listed}`,
    `give the ${suite} file itself`,
  );
}

/** Where two suites share a format, their published names tell which file was given: the other's is refused. */
export function refuseOther(suite: string, path: string, other: RegExp, otherSuite: string): void {
  if (other.test(basename(path)))
    throw inputError(
      `${path}: this is the file of ${otherSuite}, not of ${suite}; the two have the same format`,
      'check --suite and --data; rename the file if it is the right one',
    );
}

/** A field that only this benchmark's records have, to tell a user which file was given instead. */
const SIGNATURES: readonly (readonly [suite: string, field: string])[] = [
  ['mbpp', 'test_list'],
  ['humaneval', 'canonical_solution'],
  ['humanevalpro or mbpppro', 'new_problem'],
  ['seccodeplt', 'ground_truth'],
  ['cyberseceval', 'cwe_identifier'],
  ['securityeval', 'Insecure_code'],
  ['securityeval', 'Canonical_solution'],
  ['llmseceval', 'NL Prompt'],
  ['llmseceval', 'Promot ID'],
  ['llmseceval', 'Manually-fixed NL Prompt'],
  ['cweval', 'files'],
  ['tasks', 'functionalTests'],
];

/** All records of a file, each checked; the place of the first bad one is named with what it should have and what it has. */
export async function readRecords<T>(
  suite: string,
  path: string,
  schema: z.ZodType<T>,
): Promise<T[]> {
  const { values, place } = await readValues(path);
  if (values.length === 0)
    throw inputError(
      `${path}: the file is empty`,
      `expected records of ${suite}${fieldsOf(schema) && ` with${fieldsOf(schema)}`}`,
    );
  return values.map((value, i) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    const isRecord = typeof value === 'object' && value !== null;
    const other = isRecord
      ? SIGNATURES.find(
          ([name, field]) => field in value && !name.includes(suite) && !suite.includes(name),
        )?.[0]
      : undefined;
    const has = isRecord
      ? `it has ${Object.keys(value).slice(0, 12).join(', ') || 'no field'}`
      : `it is ${value === null ? 'null' : typeof value}`;
    throw inputError(
      `${path}, ${place(i)}: not a record of ${suite}: ${issue.path.join('.') || 'value'}: ${issue.message}; ${has}`,
      other
        ? `this looks like ${other}: check --suite and --data`
        : `${fieldsOf(schema) && `expected${fieldsOf(schema)}; `}check that this is the file of this suite, its format may have changed`,
    );
  });
}

/** " fields task_id, prompt, ..."; '' where the schema does not tell. */
function fieldsOf(schema: z.ZodType): string {
  try {
    const { required } = z.toJSONSchema(schema, { io: 'input' });
    return required && required.length > 0 ? ` fields ${required.join(', ')}` : '';
  } catch {
    return ''; // a schema that transforms
  }
}
