/** @file The Sandbox port: generated code runs only behind this. Outcomes are values; only a broken sandbox throws. */
import type { Language } from '../data/vulnerable-function.ts';
import type { HostWorld, TestCase } from '../data/task.ts';

export interface SandboxLimits {
  readonly wallMs: number;
  readonly memoryMb: number;
}

export interface ProgramRun {
  readonly language: Language;
  readonly program: string;
  readonly world: HostWorld;
  readonly tests: readonly TestCase[];
  readonly limits: SandboxLimits;
}

export type TestOutcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly message: string }
  /** Stopped by a limit: which one. */
  | { readonly status: 'stopped'; readonly limit: 'time' | 'memory' | 'output' | 'processes' };

export type ProgramOutcome =
  /** [test] in the order given; each test sees a fresh program and world. */
  | { readonly status: 'ran'; readonly tests: readonly TestOutcome[] }
  /** The program itself did not load: syntax error, or it threw or hung before any test. */
  | { readonly status: 'broken'; readonly message: string };

export interface Sandbox {
  readonly name: string;
  readonly languages: readonly Language[];
  run(run: ProgramRun): Promise<ProgramOutcome>;
  close(): Promise<void>;
}
