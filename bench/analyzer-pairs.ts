/** @file Pairs of vulnerable and fixed functions for the analyzers' benches: fixtures of the embedded rules, SVEN's splits, PrimeVul. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED_RULES } from '../src/analyzers/embedded/rules.ts';
import type { Language } from '../src/data/vulnerable-function.ts';

export interface Pair {
  readonly set: string;
  readonly language: Language;
  readonly cwe: readonly string[];
  readonly vulnerable: string;
  readonly fixed: string;
  /** "owner/name", where known. */
  readonly project?: string;
}

export function* fixturePairs(fixtures: string): Generator<Pair> {
  for (const rule of EMBEDDED_RULES) {
    const folder = join(fixtures, rule.id);
    const [fixed, vulnerable] = readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8'));
    const language = rule.id.split('/')[0] as Language;
    if (fixed !== undefined && vulnerable !== undefined)
      yield { set: 'fixtures', language, cwe: rule.cwe, vulnerable, fixed };
  }
}

interface Row {
  readonly func_src_before: string;
  readonly func_src_after: string;
  readonly vul_type: string;
  readonly file_name: string;
  readonly commit_link: string;
}
const LANGUAGE_OF: Readonly<Record<string, Language>> = {
  py: 'python',
  c: 'c',
  js: 'javascript',
  jsx: 'javascript',
};
const asPair = (set: string, row: Row): Pair => ({
  set,
  language: LANGUAGE_OF[row.file_name.split('.').at(-1)!] ?? 'cpp',
  cwe: [`CWE-${Number(row.vul_type.slice(4))}`],
  vulnerable: row.func_src_before,
  fixed: row.func_src_after,
  project: row.commit_link.split('/').slice(1, 3).join('/'),
});
const rowsOf = (file: string): Row[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

export function* svenPairs(data: string, split: string): Generator<Pair> {
  const folder = join(data, 'sven', split);
  if (!existsSync(folder)) {
    process.stderr.write(`no SVEN data in ${folder}: left out\n`);
    return;
  }
  for (const file of readdirSync(folder).sort())
    for (const row of rowsOf(join(folder, file))) yield asPair(`sven-${split}`, row);
}

/** SafeCoder's pairs without functions SVEN's splits hold (white space aside). */
export function* safeCoderPairs(data: string): Generator<Pair> {
  const file = join(data, 'safecoder/pairs.jsonl');
  if (!existsSync(file)) {
    process.stderr.write(`no SafeCoder data in ${file}: left out\n`);
    return;
  }
  const seen = new Set(
    [...svenPairs(data, 'train'), ...svenPairs(data, 'val')].flatMap((pair) => [
      squeezed(pair.vulnerable),
      squeezed(pair.fixed),
    ]),
  );
  for (const row of rowsOf(file))
    if (!seen.has(squeezed(row.func_src_before)) && !seen.has(squeezed(row.func_src_after)))
      yield asPair('safecoder', row);
}

const squeezed = (code: string): string => code.replace(/\s+/g, '');
/** PrimeVul's pairs with a CWE, without functions SVEN's train split holds (white space aside). */
export function* primeVulPairs(data: string): Generator<Pair> {
  const file = join(data, 'primevul/pairs.jsonl');
  if (!existsSync(file)) {
    process.stderr.write(`no PrimeVul data in ${file}: left out\n`);
    return;
  }
  const seen = new Set(
    [...svenPairs(data, 'train')].flatMap((pair) => [
      squeezed(pair.vulnerable),
      squeezed(pair.fixed),
    ]),
  );
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const row = JSON.parse(line) as Record<'func_vulnerable' | 'func_fixed' | 'cwe', string> & {
      readonly file_name: string | null;
    };
    const cwe = row.cwe.match(/CWE-\d+/g) ?? [];
    if (
      cwe.length === 0 ||
      seen.has(squeezed(row.func_vulnerable)) ||
      seen.has(squeezed(row.func_fixed))
    )
      continue;
    yield {
      set: 'primevul',
      language: /\.(cc|cpp|cxx|h)$/.test(row.file_name ?? '') ? 'cpp' : 'c',
      cwe,
      vulnerable: row.func_vulnerable,
      fixed: row.func_fixed,
    };
  }
}
