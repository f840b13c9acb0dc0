/** @file VulnerableFunction: one function somebody recorded as vulnerable, with where it came from. */
import { z } from 'zod';
import { contentHash } from '../kernel/content-hash.ts';

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

/** Checks one record of the generic input and gives it its content id where it has none. */
export function decodeVulnerableFunction(value: unknown): VulnerableFunction {
  const record = vulnerableFunctionSchema.parse(value);
  return {
    ...record,
    id: record.id ?? functionId(record.language, record.code, record.upstreamFix),
  };
}

export const functionId = (language: Language, code: string, upstreamFix?: string): string =>
  contentHash({ language, code, upstreamFix }, 16);
