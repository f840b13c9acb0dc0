/**
 * @file What an expression may hold, as far as security cares: who controls it, and which interpreters it has been made
 * safe for. A join-semilattice small enough to be recomputed on demand; ours.
 */

/** Who controls a value. A parameter of a function seen alone is somebody's data; a request object is an attacker's. */
export const CLEAN = 0;
export const UNKNOWN = 1;
export const PARAMETER = 2;
export const INPUT = 3;
export type Control = 0 | 1 | 2 | 3;

/** Interpreters as bits: a sanitizer sets the bits of those it makes the value safe for. */
export const SHELL = 1 << 0;
export const PATH = 1 << 1;
export const SQL = 1 << 2;
export const HTML = 1 << 3;
export const CODE = 1 << 4;
export const HEADER = 1 << 5;
export const LOG = 1 << 6;
export const URL_TARGET = 1 << 7;
export const REGEX = 1 << 8;
export const KEY = 1 << 9;
export const QUERY = 1 << 10;
export const XML = 1 << 11;
/** NoSQL operators: safe once the value is known to be a plain string. */
export const OBJECT = 1 << 13;
export const ALL = (1 << 14) - 1;

export interface Value {
  readonly control: Control;
  /** Interpreters (bits) the controlled part is safe for. */
  readonly safe: number;
  /** Built by joining controlled parts with other text. */
  readonly composed: boolean;
  /** The literal parts, in order, up to some length: enough to tell SQL from HTML. */
  readonly text: string;
  /** The literal text before the first part that is not literal. */
  readonly prefix: string;
}

const MAXIMUM_TEXT = 400;

export const CONSTANT: Value = { control: CLEAN, safe: ALL, composed: false, text: '', prefix: '' };
export const UNKNOWN_VALUE: Value = {
  control: UNKNOWN,
  safe: 0,
  composed: false,
  text: '',
  prefix: '',
};
export const PARAMETER_VALUE: Value = { ...UNKNOWN_VALUE, control: PARAMETER };
export const INPUT_VALUE: Value = { ...UNKNOWN_VALUE, control: INPUT };

export const literal = (text: string): Value => ({ ...CONSTANT, text, prefix: text });

export const madeSafe = (value: Value, bits: number): Value =>
  value.control === CLEAN ? value : { ...value, safe: value.safe | bits };

const joinSafety = (a: Value, b: Value): number =>
  a.control === CLEAN ? b.safe : b.control === CLEAN ? a.safe : a.safe & b.safe;

/** One of two values (branches of a condition, elements of a list). */
export function either(a: Value, b: Value): Value {
  if (a === b) return a;
  return {
    control: Math.max(a.control, b.control) as Control,
    safe: joinSafety(a, b),
    composed: a.composed || b.composed,
    text: a.text === b.text ? a.text : (a.text + b.text).slice(0, MAXIMUM_TEXT),
    prefix: a.prefix === b.prefix ? a.prefix : '',
  };
}

/** Two values written one after the other. */
export function joined(a: Value, b: Value): Value {
  const control = Math.max(a.control, b.control) as Control;
  return {
    control,
    safe: joinSafety(a, b),
    composed: control !== CLEAN,
    text: (a.text + b.text).slice(0, MAXIMUM_TEXT),
    prefix: a.control === CLEAN ? (a.prefix + b.prefix).slice(0, MAXIMUM_TEXT) : a.prefix,
  };
}

/** Control without structure: what a call returns that takes these arguments. */
export function derived(values: readonly Value[]): Value {
  let result = CONSTANT;
  for (const value of values) result = either(result, value);
  return result.control === CLEAN ? CONSTANT : { ...result, text: '', prefix: '', composed: false };
}

export const isUnsafeFor = (value: Value, bit: number, atLeast: Control = UNKNOWN): boolean =>
  value.control >= atLeast && (value.safe & bit) === 0;
