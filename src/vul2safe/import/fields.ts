/**
 * @file Reading the fields of other people's rows: absent, null, NaN, "" and "None" all mean "not given"; weaknesses come
 * as numbers, names, lists, or lists written as text; commit links tell project and commit.
 */
import { detectLanguage } from '../../code/languages.ts';
import {
  type Language,
  type Source,
  type VulnerableFunction,
  functionId,
} from '../../data/vulnerable-function.ts';

type Row = Readonly<Record<string, unknown>>;

const NOT_GIVEN = new Set(['', 'none', 'null', 'nan', '[]']);

/** The field as trimmed text, or undefined where it is not given. */
export function textOf(row: Row, name: string): string | undefined {
  const value = row[name];
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const text = String(value).trim();
  return NOT_GIVEN.has(text.toLowerCase()) ? undefined : text;
}

/** The field as code: untouched, and an error where it is no text. */
export function codeOf(row: Row, name: string): string {
  const value = row[name];
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string')
    throw new TypeError(
      `"${name}" must be text, found ${Array.isArray(value) ? 'a list' : typeof value}`,
    );
  return value;
}

/** "CWE-79", 79, "cwe-079", ["CWE-20"], '["CWE-20", "CWE-79"]', "CWE-20|CWE-79" -> ["CWE-20", ...]; NVD-CWE-noinfo -> []. */
export function cweListOf(value: unknown): string[] {
  const items = Array.isArray(value) ? value : [value];
  const found = new Set<string>();
  for (const item of items) {
    const text = String(item ?? '');
    if (/^\s*\d+\s*$/.test(text)) found.add(`CWE-${Number(text)}`);
    else for (const match of text.matchAll(/\bCWE[-_ ]?0*(\d+)/gi)) found.add(`CWE-${match[1]}`);
  }
  return [...found];
}

const DECLARED: Readonly<Record<string, Language>> = {
  c: 'c',
  'c++': 'cpp',
  cpp: 'cpp',
  'objective-c': 'c',
  python: 'python',
  py: 'python',
  javascript: 'javascript',
  js: 'javascript',
  jsx: 'javascript',
  typescript: 'typescript',
  ts: 'typescript',
  java: 'java',
  go: 'go',
  golang: 'go',
  php: 'php',
  ruby: 'ruby',
  rust: 'rust',
  csharp: 'csharp',
  'c#': 'csharp',
};

/** A data set's own name for a language; `unknown` where it is not one of ours. */
export const declaredLanguage = (name: string | undefined): Language =>
  DECLARED[(name ?? '').trim().toLowerCase()] ?? 'unknown';

/** The file name decides (data sets label whole projects "C"), then the declared language, then the text. */
export function languageOf(code: string, file: string | undefined, declared?: string): Language {
  const named = declaredLanguage(declared);
  const known = file !== undefined && /\.\w+$/.test(file) ? detectLanguage('', file) : 'unknown';
  if (known !== 'unknown' && !/\.h$/i.test(file ?? '')) return known;
  if (named !== 'unknown') return named;
  return detectLanguage(code, file);
}

/** For data sets that hold nothing but C and C++: what the file name does not say is C++ on its hints, else C. */
export function cFamilyLanguageOf(
  code: string,
  file: string | undefined,
  declared?: string,
): Language {
  const language = languageOf(code, file, declared);
  if (language === 'cpp' || (file !== undefined && language !== 'unknown')) return language;
  return detectLanguage(code) === 'cpp' ? 'cpp' : 'c';
}

export interface CommitPlace {
  readonly project?: string;
  readonly commit?: string;
  readonly url?: string;
}

/** "github.com/owner/name/commit/<hash>" -> owner/name and the hash; other hosts keep the link alone. */
export function commitPlaceOf(link: string | undefined): CommitPlace {
  if (link === undefined) return {};
  const url = /^https?:\/\//.test(link) ? link : `https://${link}`;
  const parts =
    /^https?:\/\/[^/]+\/([^/]+\/[^/]+?)(?:\.git)?(?:\/-)?(?:\/commit\/([0-9a-f]{6,40}).*)?\/?$/i.exec(
      url,
    );
  return {
    url,
    ...(parts?.[1] ? { project: parts[1] } : {}),
    ...(parts?.[2] ? { commit: parts[2] } : {}),
  };
}

/** Leaves out members that are undefined, so that records hold only what is known. */
export function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}

export interface FunctionParts {
  readonly language: Language;
  readonly code: string;
  readonly upstreamFix?: string | undefined;
  readonly cwe: readonly string[];
  readonly cve?: string | undefined;
  readonly source: { readonly [K in keyof Source]?: Source[K] | undefined };
  readonly commitMessage?: string | undefined;
  readonly description?: string | undefined;
  readonly marks?: VulnerableFunction['marks'];
}

/** A record with its content id. */
export function functionOf(parts: FunctionParts): VulnerableFunction {
  const { language, code, upstreamFix, source, cwe, ...rest } = parts;
  return {
    id: functionId(language, code, upstreamFix),
    language,
    code,
    cwe: [...cwe],
    source: present(source) as Source,
    ...(upstreamFix === undefined ? {} : { upstreamFix }),
    ...(present(rest) as Partial<VulnerableFunction>),
  };
}
