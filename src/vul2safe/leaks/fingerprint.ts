/**
 * @file What of a function survives copying. `exact`: the text. `layout`: its lexemes without comments and white space.
 * `renamed`: also without the names its author chose (called names and members kept), `abstract`: called names dropped
 * too. `sketch`: MinHash (Broder 1997) of windows of 5 lexemes, in which a name is replaced by the distance to its
 * previous use inside the window (Baker's encoding, 1993), so that no renaming and no edit elsewhere changes a window.
 * Small functions are alike by nature, so each loose form has a least size below which it is not given.
 */
import { codeLexemesOf, scanLexemes } from '../../code/lexer.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { withoutComments } from '../../code/normalise.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { createRunningHash, hashRange32, hashText53, mix32 } from './hash.ts';

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
const abstracted = createRunningHash();
const minima = new Uint32Array(SKETCH_SIZE);
const filled = new Uint32Array(SKETCH_SIZE);
const EMPTY = 0xffffffff;
const RANK_SEED = 0x5bd1e995;
/** `near` false leaves out the sketch, which nothing but a search for near copies needs. */
export interface FingerprintOptions {
  readonly near?: boolean;
}

/** For a text that other steps look at, too: its lexemes are kept for them. */
export const fingerprintOf = (
  language: Language,
  code: string,
  options: FingerprintOptions = {},
): Fingerprint => fingerprintOfLexemes(code, codeLexemesOf(language, code), options);

/** For masses of texts that nobody looks at again. */
export const fingerprintOnce = (language: Language, code: string): Fingerprint =>
  fingerprintOfLexemes(code, withoutComments(scanLexemes(language, code)), {});

function fingerprintOfLexemes(
  code: string,
  lexemes: readonly Lexeme[],
  options: FingerprintOptions,
): Fingerprint {
  const { length } = lexemes;
  const hashes = new Uint32Array(length);
  running.reset();
  for (let i = 0; i < length; i++) {
    const { start, end } = lexemes[i]!;
    hashes[i] = hashRange32(code, start, end);
    running.add(hashes[i]!);
  }
  const layout = running.digest();
  const { renamed, abstract, fixed, distance } = namelessForms(lexemes, hashes);
  const sketched = options.near !== false && length - WINDOW + 1 >= LEAST_WINDOWS;
  return {
    exact: hashText53(code),
    layout: length >= LEAST_LEXEMES_LAYOUT ? layout : undefined,
    renamed: length >= LEAST_LEXEMES_RENAMED ? renamed : undefined,
    abstract: length >= LEAST_LEXEMES_ABSTRACT ? abstract : undefined,
    sketch: sketched ? sketchOf(windowHashes(fixed, distance)) : undefined,
    lexemes: length,
  };
}

const isMemberAccess = (text: string): boolean => text === '.' || text === '->' || text === '?.';

/** A name within one function; names are told apart by their 32-bit hashes. */
interface Name {
  lastUse: number;
  /** Its place among the names that are not called, and among all; 0 until it has one. */
  uncalled: number;
  any: number;
}

function namelessForms(lexemes: readonly Lexeme[], hashes: Uint32Array) {
  const { length } = lexemes;
  /** [lexeme] Hash of the text, or 0 for a chosen name. */
  const fixed = new Uint32Array(length);
  /** [lexeme] Distance to the name's previous use, 0 for its first. */
  const distance = new Uint32Array(length);
  const names = new Map<number, Name>();
  const ownName = lexemes.findIndex(
    (lexeme, i) => lexeme.kind === 'identifier' && lexemes[i + 1]?.text === '(',
  );
  let uncalled = 0;
  let any = 0;
  running.reset();
  abstracted.reset();
  for (let i = 0; i < length; i++) {
    const hash = hashes[i]!;
    if (lexemes[i]!.kind !== 'identifier' || (i > 0 && isMemberAccess(lexemes[i - 1]!.text))) {
      fixed[i] = hash | 1;
      running.add(hash | 1);
      abstracted.add(fixed[i]!);
      continue;
    }
    let name = names.get(hash | 0);
    if (name === undefined) {
      name = { lastUse: i, uncalled: 0, any: 0 };
      names.set(hash | 0, name);
    }
    distance[i] = i - name.lastUse;
    name.lastUse = i;
    const isCall = lexemes[i + 1]?.text === '(' && hash !== hashes[ownName];
    if (!isCall && name.uncalled === 0) name.uncalled = ++uncalled;
    running.add(isCall ? hash | 1 : name.uncalled << 1);
    if (name.any === 0) name.any = ++any;
    abstracted.add(name.any << 1);
  }
  return { renamed: running.digest(), abstract: abstracted.digest(), fixed, distance };
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
