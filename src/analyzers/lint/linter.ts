/**
 * @file Lint: what a careful reader would ask to be changed although it is no weakness (unused names, mutable defaults, dead
 * branches, comparisons that are always true). Kept apart from security findings, so that code quality is a figure of its own.
 */
import type { Language } from '../../data/vulnerable-function.ts';

export interface LintFinding {
  readonly rule: string;
  /** 1-based, in the text given. */
  readonly line: number;
  readonly message: string;
}

export interface Linter {
  /** With its version: the count depends on it. */
  readonly name: string;
  readonly languages: readonly Language[];
  /** Findings in the order of lines, or the reason why the text cannot be linted. */
  lint(code: string): readonly LintFinding[] | string;
}
