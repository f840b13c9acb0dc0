/**
 * @file What a suite is: a published benchmark (or our own tasks) read in its published format, and how it judges.
 * A suite says what it cannot judge; what could not be judged is counted and never called secure or working.
 */
import type { Finding } from '../../analyzers/finding.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { SuiteTools } from './tools.ts';

/** null = not judged. */
export interface Judgement {
  readonly func: boolean | null;
  readonly sec: boolean | null;
  /** secure, insecure, wrong, broken, works, empty, refused, not-judged, or stopped:<limit>. */
  readonly outcome: string;
  /** What was seen, for a person. */
  readonly detail: string;
  /** detail: what a failed test saw. */
  readonly tests?: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly detail?: string;
  }[];
  /** Findings that decided, where analyzers judge. */
  readonly findings?: readonly Finding[];
}

export interface Problem {
  /** As the data set names it. */
  readonly id: string;
  /** Other names a samples file may use. */
  readonly aliases: readonly string[];
  readonly language: Language;
  readonly cwe: readonly string[];
  /** Asked of a chat model. */
  readonly prompt: string;
  /** The program that runs, from a model's raw answer (completion, whole program, or text with a fenced block). */
  assemble(answer: string): string;
  judge(program: string, tools: SuiteTools): Promise<Judgement>;
  /** The data set's own answers, for measuring the harness itself; absent where it has none. */
  readonly reference?: {
    readonly fixed?: string;
    readonly vulnerable?: string;
    /** Where the data set has several. */
    readonly otherVulnerable?: readonly string[];
    /** An answer that works, of which nothing is said about security. */
    readonly works?: string;
  };
  /** Why nothing can be judged here, e.g. "the row has no tests"; such problems are counted, not run. */
  readonly unjudgeable?: string;
}

export interface SuiteOptions {
  readonly dataPath: string | undefined;
  readonly seed: number;
  /** At most this many problems, the first of the data set; undefined = all. */
  readonly limit?: number;
}

export interface Suite {
  readonly name: string;
  /** One line: what it is, and where its data is published. */
  readonly about: string;
  /** How it judges. */
  readonly judges: string;
  /** What it cannot judge. */
  readonly cannot: string;
  /** What files --data wants; undefined = needs none. */
  readonly data: string | undefined;
  /** How a model is sampled unless the caller says otherwise. */
  readonly sampling?: { readonly temperature: number; readonly maxTokens: number };
  load(options: SuiteOptions): Promise<readonly Problem[]>;
}
