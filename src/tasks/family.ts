/**
 * @file Family: one situation in which code goes wrong in one way, as a space of instances (ours). An instance is one choice of
 * parameters (names, tables, folders, hosts ...). It can say what it wants in words (`phrases`), be written securely or not in several
 * natural ways, and be judged by running: functional tests both kinds pass, exploit tests only secure ones do.
 */
import type { HostWorld } from '../data/task.ts';
import type { Style } from './style.ts';
import type { TaskLanguage } from './task-language.ts';

/**
 * The body of the function, in the small notation of the language's renderer. JavaScript and Python: `@module.member` for a member of a
 * module that is to be required or imported, `@@module` for a module that is itself the value; single quotes. C: plain C.
 */
export interface Snippet {
  readonly body: string;
  readonly async?: boolean;
  /** Further functions below, in the same notation, for weak spots that span several. Python and C only. */
  readonly after?: string;
}

/** One natural way to write the function. */
export type Variant = (style: Style) => string | Snippet;

export interface FamilyInstance {
  /** The function to write and its parameters in order. */
  readonly name: string;
  readonly args: readonly string[];
  /** C only: the type returned; `args` hold types too. */
  readonly returns?: string;
  /** C only: types that the caller and the function share; shown in the prompt. */
  readonly declarations?: string;
  /** What it does, in at least three wordings; verbs to be inflected are marked: "~return the first row ...". */
  readonly phrases: readonly string[];
  /** Short remarks a programmer might write above it. */
  readonly notes: readonly string[];
  readonly vulnerable: readonly Variant[];
  readonly secure: readonly Variant[];
  readonly world: HostWorld;
  /** Test name -> code. */
  readonly functionalTests: Readonly<Record<string, string>>;
  readonly exploitTests: Readonly<Record<string, string>>;
}

/** Pool name -> words; their product is the space of instances. */
export type Pools = Readonly<Record<string, readonly string[]>>;
export type Parameters = Readonly<Record<string, string>>;

export interface Family {
  readonly id: string;
  readonly title: string;
  readonly cwe: string;
  readonly language: TaskLanguage;
  /** Never part of any training. */
  readonly heldOut: boolean;
  /** Part of no set by default, trained on or held out; a harder family to ask for by its id. */
  readonly extra: boolean;
  /** What goes wrong, for a reader of reports. */
  readonly description: string;
  readonly pools: Pools;
  readonly instance: (parameters: Parameters) => FamilyInstance;
}

type ParametersOf<P extends Pools> = { readonly [K in keyof P]: string };

/** A family (of JavaScript unless it says otherwise), its parameters typed by its pools. */
export function defineFamily<const P extends Pools>(
  definition: Omit<Family, 'pools' | 'instance' | 'language' | 'heldOut' | 'extra'> & {
    readonly language?: TaskLanguage;
    readonly heldOut?: boolean;
    readonly extra?: boolean;
    readonly pools: P;
    readonly instance: (parameters: ParametersOf<P>) => FamilyInstance;
  },
): Family {
  return {
    heldOut: false,
    extra: false,
    language: 'javascript',
    ...definition,
    instance: (parameters) => definition.instance(parameters as ParametersOf<P>),
  };
}

/** Size of the space of instances. */
export const instanceCount = (family: Family): number =>
  Object.values(family.pools).reduce((product, words) => product * words.length, 1);

/** The parameters with this index in [0, instanceCount). */
export function parametersAt(family: Family, index: number): Parameters {
  const parameters: Record<string, string> = {};
  let rest = index;
  for (const [pool, words] of Object.entries(family.pools)) {
    parameters[pool] = words[rest % words.length] as string;
    rest = Math.floor(rest / words.length);
  }
  return parameters;
}

/** Capitalised. */
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A JavaScript literal. */
export const literal = (value: unknown): string => JSON.stringify(value);
