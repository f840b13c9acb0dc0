/** @file VulnerableFunction: one function somebody recorded as vulnerable, with where it came from. */
import { z } from 'zod';
import { contentHash } from '../kernel/content-hash.ts';
import { createOffsetMap, rangeToCodePoints, rangeToUtf16 } from './offsets.ts';
import type { OffsetMap, Range } from './offsets.ts';

export const languageSchema = z.enum([
  'c',
  'cpp',
  'python',
  'javascript',
  'typescript',
  'java',
  'go',
  'php',
  'ruby',
  'rust',
  'csharp',
  'unknown',
]);
export type Language = z.infer<typeof languageSchema>;

/** "CWE-78" whatever the spelling it came in: 78, "78", "cwe-078". */
export const cweSchema = z.union([z.string(), z.number()]).transform((value, context) => {
  const digits = /(\d+)/.exec(String(value))?.[1];
  if (digits === undefined) {
    context.addIssue({
      code: 'custom',
      message: `"${value}" is not a CWE id (expected e.g. "CWE-78")`,
    });
    return z.NEVER;
  }
  return `CWE-${Number(digits)}`;
});

export const sourceSchema = z
  .object({
    dataset: z.string(),
    project: z.string(),
    commit: z.string(),
    file: z.string(),
    url: z.string(),
    license: z.string(),
    date: z.string(),
    /** The record's own id in its data set, as text: PrimeVul's hashes exceed 2^53. */
    recordId: z.string(),
    /** Further hashes of the data set, exact as text, e.g. {fixed_func_hash, file_hash}. */
    hashes: z.record(z.string(), z.string()),
  })
  .partial();
export type Source = Readonly<z.infer<typeof sourceSchema>>;

export const vulnerableFunctionSchema = z.object({
  id: z.string().min(1).optional(),
  language: languageSchema,
  code: z.string(),
  cwe: z.array(cweSchema),
  cve: z.string().optional(),
  source: sourceSchema.optional(),
  upstreamFix: z.string().optional(),
  commitMessage: z.string().optional(),
  description: z.string().optional(),
  /** Character ranges (code points on disk, UTF-16 in memory) a data set itself marks as changed, e.g. SVEN's char_changes. */
  marks: z
    .object({
      vulnerable: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
      secure: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
    })
    .optional(),
});

export type VulnerableFunction = Readonly<z.infer<typeof vulnerableFunctionSchema>> & {
  readonly id: string;
};

/** Checks one record from disk: marks become UTF-16 offsets, and a record without an id gets its content id. */
export function decodeVulnerableFunction(value: unknown): VulnerableFunction {
  const record = vulnerableFunctionSchema.parse(value);
  return {
    ...record,
    ...withMarks(record, (range, map) => rangeToUtf16(range, map)),
    id: record.id ?? functionId(record.language, record.code, record.upstreamFix),
  };
}

/** The record as it stands on disk: marks in code points. */
export const encodeVulnerableFunction = (record: VulnerableFunction): VulnerableFunction => ({
  ...record,
  ...withMarks(record, (range, map) => rangeToCodePoints(range, map)),
});

type Marked = Pick<VulnerableFunction, 'code' | 'upstreamFix' | 'marks'>;

function withMarks(
  record: Marked,
  convert: (range: Range, map: OffsetMap) => Range,
): Pick<VulnerableFunction, 'marks'> {
  if (record.marks === undefined) return {};
  const vulnerableMap = createOffsetMap(record.code);
  const secureMap = createOffsetMap(record.upstreamFix ?? '');
  return {
    marks: {
      vulnerable: record.marks.vulnerable.map((range) => convert(range, vulnerableMap)),
      secure: record.marks.secure.map((range) => convert(range, secureMap)),
    },
  };
}

export const functionId = (language: Language, code: string, upstreamFix?: string): string =>
  contentHash({ language, code, upstreamFix }, 16);
