/**
 * @file What the host modules inside QuickJS are made of. Every function in this folder is shipped into the guest by its own
 * source text (`Function.prototype.toString`), so it must be self-contained: no imports but types, nothing from outside its body.
 * Two realms live side by side: the judge's (frozen; tests, records and host modules) and the program's (whatever it does to itself).
 */

/** One command that ran: through a shell or with its arguments given one by one. */
export interface CommandRecord {
  readonly argv: readonly string[];
  readonly shell: boolean;
}

/** Everything the program did to its world, in order. Only the judge's realm holds a reference. */
export interface HostRecords {
  readonly commands: CommandRecord[];
  readonly reads: string[];
  readonly writes: { path: string; content: string }[];
  readonly requests: { url: string; host: string; method: string }[];
  readonly queries: { sql: string; params: readonly unknown[] }[];
  readonly digests: { algorithm: string; use: string }[];
  readonly logs: string[];
}

/** The world as it stands now; `files` maps absolute paths to text. */
export interface GuestWorld {
  readonly files: Map<string, string>;
  readonly tables: Map<string, Record<string, unknown>[]>;
  readonly routes: Map<string, string>;
  readonly environment: Record<string, string>;
}

/** The program realm's own constructors, taken before the program ran. */
export interface ProgramRealm {
  readonly global: Record<string, unknown>;
  readonly Error: ErrorConstructor;
  readonly TypeError: TypeErrorConstructor;
  readonly Object: ObjectConstructor;
  readonly parseJson: (text: string) => unknown;
  readonly evaluate: (source: string) => unknown;
  readonly makeFunction: (...parametersAndBody: string[]) => (...args: unknown[]) => unknown;
}

export interface GuestKit {
  readonly realm: ProgramRealm;
  readonly records: HostRecords;
  readonly world: GuestWorld;
  /** Real cryptography of the host, JSON in and out; bytes are hexadecimal. Throws what the host threw. */
  readonly native: (name: string, ...args: unknown[]) => string;
  /** Seeded random numbers of the world (not Math.random, which a test may fix). */
  readonly random: () => number;
  /** Runs `task` after the current turn. */
  readonly defer: (task: () => void, delayMs?: number) => number;
  /** Modules already made, by name without `node:`. */
  readonly modules: Record<string, Record<string, unknown>>;
  /** An error of the program's realm with a code, as Node's are. */
  readonly fail: (message: string, code?: string) => Error;
}

export type GuestModule = Record<string, unknown>;
