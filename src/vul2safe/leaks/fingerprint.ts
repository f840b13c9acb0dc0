/**
 * @file What of a function survives copying. `exact`: the text. `layout`: its lexemes without comments and white space.
 * `renamed`: also without the names its author chose (called names and members kept), `abstract`: called names dropped
 * too. `sketch`: MinHash (Broder 1997) of windows of 5 lexemes, in which a name is replaced by the distance to its
 * previous use inside the window (Baker's encoding, 1993), so that no renaming and no edit elsewhere changes a window.
 * Small functions are alike by nature, so each loose form has a least size below which it is not given.
 */
import { lexemesOf } from '../../code/lexer.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { createRunningHash, hashText32, hashText53, mix32 } from './hash.ts';

export const BANDS = 25;
export const ROWS_PER_BAND = 5;
export const SKETCH_SIZE = BANDS * ROWS_PER_BAND;
const WINDOW = 5;

const LEAST_LEXEMES_LAYOUT = 5;
const LEAST_LEXEMES_RENAMED = 15;
const LEAST_LEXEMES_ABSTRACT = 40;
const LEAST_WINDOWS = 25;

export interface Fingerprint {
  readonly exact: number;
  /** These are undefined for functions too small to tell apart by them. */
  readonly layout: number | undefined;
  readonly renamed: number | undefined;
  readonly abstract: number | undefined;
  readonly sketch: Sketch | undefined;
  /** Comments not counted. */
  readonly lexemes: number;
}

export interface Sketch {
  /** [SKETCH_SIZE] The low 8 bits of each minimum (b-bit MinHash, Li & König 2010). */
  readonly bytes: Uint8Array;
  /** [BANDS] Hash of each band's full minima. */
  readonly bands: Uint32Array;
}

const running = createRunningHash();
const minima = new Uint32Array(SKETCH_SIZE);
const filled = new Uint32Array(SKETCH_SIZE);
const EMPTY = 0xffffffff;
const RANK_SEED = 0x5bd1e995;
const textHashes = new Map<string, number>();

/** Words repeat endlessly, so their hashes are kept; long literals are not worth it. */
function lexemeHash(text: string): number {
  if (text.length > 24) return hashText32(text);
  const known = textHashes.get(text);
  if (known !== undefined) return known;
  if (textHashes.size > 100_000) textHashes.clear();
  const hash = hashText32(text);
  textHashes.set(text, hash);
  return hash;
}

export function fingerprintOf(language: Language, code: string): Fingerprint {
  const lexemes = lexemesOf(language, code).filter((lexeme) => lexeme.kind !== 'comment');
  running.reset();
  for (const lexeme of lexemes) running.add(lexemeHash(lexeme.text));
  const layout = running.digest();
  const { renamed, abstract, windows } = namelessForms(lexemes);
  return {
    exact: hashText53(code),
    layout: lexemes.length >= LEAST_LEXEMES_LAYOUT ? layout : undefined,
    renamed: lexemes.length >= LEAST_LEXEMES_RENAMED ? renamed : undefined,
    abstract: lexemes.length >= LEAST_LEXEMES_ABSTRACT ? abstract : undefined,
    sketch: windows.length >= LEAST_WINDOWS ? sketchOf(windows) : undefined,
    lexemes: lexemes.length,
  };
}

const MEMBER_ACCESS: ReadonlySet<string> = new Set(['.', '->', '?.']);

function namelessForms(lexemes: readonly Lexeme[]) {
  const { length } = lexemes;
  /** [lexeme] Hash of the text, or 0 for a chosen name. */
  const fixed = new Uint32Array(length);
  /** [lexeme] Distance to the name's previous use, 0 for its first. */
  const distance = new Uint32Array(length);
  const lastUse = new Map<string, number>();
  const ownName = lexemes.findIndex(
    (lexeme, i) => lexeme.kind === 'identifier' && lexemes[i + 1]?.text === '(',
  );
  const ownText = lexemes[ownName]?.text;
  const firstSeen = new Map<string, number>();
  running.reset();
  for (let i = 0; i < length; i++) {
    const { kind, text } = lexemes[i]!;
    const isMember = i > 0 && MEMBER_ACCESS.has(lexemes[i - 1]!.text);
    if (kind !== 'identifier' || isMember) {
      fixed[i] = lexemeHash(text) | 1;
      running.add(fixed[i]!);
      continue;
    }
    distance[i] = i - (lastUse.get(text) ?? i);
    lastUse.set(text, i);
    const isCall = lexemes[i + 1]?.text === '(' && text !== ownText;
    running.add(isCall ? lexemeHash(text) | 1 : numberOf(firstSeen, text) << 1);
  }
  const renamed = running.digest();
  const all = new Map<string, number>();
  running.reset();
  for (let i = 0; i < length; i++)
    running.add(fixed[i] === 0 ? numberOf(all, lexemes[i]!.text) << 1 : fixed[i]!);
  return { renamed, abstract: running.digest(), windows: windowHashes(fixed, distance) };
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size + 1);
  return numbers.size;
}

/** [lexeme - WINDOW + 1] One hash per window; a name first used before the window counts as new in it. */
function windowHashes(fixed: Uint32Array, distance: Uint32Array): Uint32Array {
  const windows = new Uint32Array(Math.max(0, fixed.length - WINDOW + 1));
  for (let start = 0; start < windows.length; start++) {
    let hash = 0x2545f491;
    for (let k = 0; k < WINDOW; k++) {
      const back = distance[start + k]!;
      const value = fixed[start + k]! || (back <= k ? back << 1 : 0);
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    windows[start] = mix32(hash);
  }
  return windows;
}

/**
 * One permutation instead of 125 (Li, Owen & Zhang 2012): each window falls into one bin and competes only there, which
 * is a hundred times less work. Bins that stay empty borrow from a bin drawn by hash (Shrivastava 2017), which keeps the
 * estimate unbiased for functions with few windows.
 */
function sketchOf(windows: Uint32Array): Sketch {
  minima.fill(EMPTY);
  for (let w = 0; w < windows.length; w++) {
    const bin = windows[w]! % SKETCH_SIZE;
    const rank = mix32(windows[w]! ^ RANK_SEED);
    if (rank < minima[bin]!) minima[bin] = rank;
  }
  for (let bin = 0; bin < SKETCH_SIZE; bin++) {
    if (minima[bin] !== EMPTY) {
      filled[bin] = minima[bin]!;
      continue;
    }
    let lender = bin;
    for (let attempt = 1; minima[lender] === EMPTY; attempt++)
      lender = mix32(bin * 0x10001 + attempt) % SKETCH_SIZE;
    filled[bin] = minima[lender]!;
  }
  const bytes = new Uint8Array(SKETCH_SIZE);
  for (let i = 0; i < SKETCH_SIZE; i++) bytes[i] = filled[i]! & 0xff;
  const bands = new Uint32Array(BANDS);
  for (let band = 0; band < BANDS; band++) {
    let hash = band;
    for (let row = 0; row < ROWS_PER_BAND; row++)
      hash = mix32(Math.imul(hash, 31) + filled[band * ROWS_PER_BAND + row]!);
    bands[band] = hash;
  }
  return { bytes, bands };
}

const BYTE_CHANCE = 1 / 256;

/** Estimated Jaccard similarity of the two functions' windows, 0..1; standard error about 0.04 near 0.8. */
export function estimateSimilarity(a: Uint8Array, b: Uint8Array, aAt = 0, bAt = 0): number {
  let equal = 0;
  for (let i = 0; i < SKETCH_SIZE; i++) if (a[aAt + i] === b[bAt + i]) equal++;
  return Math.max(0, (equal / SKETCH_SIZE - BYTE_CHANCE) / (1 - BYTE_CHANCE));
}
