/**
 * @file Pairs of vulnerable and fixed functions for the analyzers' benches: fixtures of the embedded rules, SVEN's splits,
 * SafeCoder, PrimeVul. SVEN's validation split is held out: what the other sets share with it (a function's text, a function's
 * name within its project, a commit) is left out of them, so they may be tuned on.
 */
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

/** "torvalds/linux", "linux" and "linux-2.6" are one project. */
export const projectOf = (name: string): string =>
  name
    .toLowerCase()
    .split('/')
    .at(-1)!
    .replace(/-[\d.]+$/, '');

/** Of `--folds`: which share of the projects a pair belongs to; by name, so the same in every set. */
export const foldOf = ({ project }: Pair, folds: number): number =>
  [...projectOf(project ?? '')].reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003,
    7,
  ) % folds;

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
  readonly func_name: string;
  readonly func_src_before: string;
  readonly func_src_after: string;
  readonly vul_type: string;
  readonly file_name: string;
  readonly commit_link: string;
}
const commitOf = ({ commit_link: link }: Row): string => link.split('/').at(-1)!;
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

const squeezed = (code: string): string => code.replace(/\s+/g, '');
const functionKey = (project: string, name: string): string => `${projectOf(project)} ${name}`;
/** Texts, functions by project and name, and commits of a SVEN split, none of which another set may repeat. */
function svenKeys(data: string, split: string): ReadonlySet<string> {
  const folder = join(data, 'sven', split);
  const keys = new Set<string>();
  for (const file of existsSync(folder) ? readdirSync(folder) : [])
    for (const row of rowsOf(join(folder, file))) {
      keys.add(squeezed(row.func_src_before)).add(squeezed(row.func_src_after));
      keys.add(functionKey(row.commit_link.split('/')[2] ?? '', row.func_name));
      keys.add(commitOf(row));
    }
  return keys;
}

/** SafeCoder's pairs without those SVEN's train split holds the text of, or its validation split anything of. */
export function* safeCoderPairs(data: string): Generator<Pair> {
  const file = join(data, 'safecoder/pairs.jsonl');
  if (!existsSync(file)) {
    process.stderr.write(`no SafeCoder data in ${file}: left out\n`);
    return;
  }
  const train = svenKeys(data, 'train');
  const heldOut = svenKeys(data, 'val');
  for (const row of rowsOf(file)) {
    const texts = [squeezed(row.func_src_before), squeezed(row.func_src_after)];
    const project = row.commit_link.split('/')[2] ?? '';
    const keys = [...texts, commitOf(row), functionKey(project, row.func_name)];
    if (!texts.some((text) => train.has(text)) && !keys.some((key) => heldOut.has(key)))
      yield asPair('safecoder', row);
  }
}

/** Folds of five whose PrimeVul projects (221 pairs: Android, FFmpeg, samba and 70 smaller ones) were not read for the rules, nor any rule tuned on. */
const UNREAD_FOLDS: readonly number[] = [1, 4];
/**
 * PrimeVul's pairs with a CWE, without those SVEN's train split holds the text of, or its validation split anything of.
 * @param unread the projects kept unread, or all others
 */
export function* primeVulPairs(data: string, unread: boolean): Generator<Pair> {
  const file = join(data, 'primevul/pairs.jsonl');
  if (!existsSync(file)) {
    process.stderr.write(`no PrimeVul data in ${file}: left out\n`);
    return;
  }
  const train = svenKeys(data, 'train');
  const heldOut = svenKeys(data, 'val');
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const row = JSON.parse(line) as PrimeVulRow;
    const cwe = row.cwe.match(/CWE-\d+/g) ?? [];
    const texts = [squeezed(row.func_vulnerable), squeezed(row.func_fixed)];
    const name = /([~\w]+)\s*\(/.exec(row.func_fixed)?.[1] ?? '';
    const keys = [...texts, row.commit_id, functionKey(row.project, name)];
    if (
      cwe.length === 0 ||
      texts.some((text) => train.has(text)) ||
      keys.some((key) => heldOut.has(key))
    )
      continue;
    const pair: Pair = {
      set: unread ? 'primevul-unread' : 'primevul',
      language: /\.(cc|cpp|cxx|h)$/.test(row.file_name ?? '') ? 'cpp' : 'c',
      cwe,
      vulnerable: row.func_vulnerable,
      fixed: row.func_fixed,
      project: row.project,
    };
    if (UNREAD_FOLDS.includes(foldOf(pair, 5)) === unread) yield pair;
  }
}
interface PrimeVulRow {
  readonly func_vulnerable: string;
  readonly func_fixed: string;
  readonly cwe: string;
  readonly project: string;
  readonly commit_id: string;
  readonly file_name: string | null;
}
