/**
 * @file The one error family. Expected outcomes (a rejected pair, a crashed program) are values, not errors;
 * this class is for machinery and input that failed. The message says what, with which value, where;
 * the hint says what to do. The command line turns the code into its exit status.
 */

/** usage: bad option; input: bad file or value; missing: a needed tool, key or file is absent; criterion: a result failed its own test. */
export type ErrorCode = 'usage' | 'input' | 'missing' | 'criterion' | 'interrupted' | 'failed';

const EXIT_STATUS: Record<ErrorCode, number> = {
  criterion: 1,
  failed: 1,
  usage: 2,
  input: 2,
  missing: 3,
  interrupted: 130,
};

const MARKER = Symbol.for('vul2safe.error');

export class Vul2SafeError extends Error {
  readonly [MARKER] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Vul2SafeError';
    this.code = code;
    this.hint = options.hint;
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.code];
  }

  /** Works across copies of the package, where `instanceof` does not. */
  static isInstance(value: unknown): value is Vul2SafeError {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}

export const inputError = (message: string, hint?: string, cause?: unknown): Vul2SafeError =>
  new Vul2SafeError('input', message, { ...(hint ? { hint } : {}), ...(cause ? { cause } : {}) });

export const missingError = (message: string, hint?: string): Vul2SafeError =>
  new Vul2SafeError('missing', message, hint ? { hint } : {});

export const usageError = (message: string, hint?: string): Vul2SafeError =>
  new Vul2SafeError('usage', message, hint ? { hint } : {});

/** The message of anything thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
