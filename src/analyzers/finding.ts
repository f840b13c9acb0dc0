/** @file Finding: one weakness an analyzer reports. "Not analysable" is a result of its own and never means clean. */
import type { Language } from '../data/vulnerable-function.ts';

export type Severity = 'high' | 'medium' | 'low';
/** How often a rule is right about code people have already mended (CodeQL's term). Low: fit for a reward or a gate, noise to a reader. */
export type Precision = 'high' | 'medium' | 'low';

export interface Finding {
  readonly tool: string;
  readonly toolVersion: string;
  readonly ruleId: string;
  readonly cwe: readonly string[];
  readonly file: string;
  /** UTF-16 range in the analysed text. */
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: Severity;
  /** 0..1, of this finding. */
  readonly confidence: number;
  /** Of the rule; absent, as other tools leave it: medium. */
  readonly precision?: Precision;
  readonly message: string;
}

export type Analysis =
  | {
      readonly status: 'analysed';
      readonly findings: readonly Finding[];
      /** Error and missing nodes of the text's tree, from analyzers that parse it anyway. */
      readonly syntaxErrors?: number;
    }
  | { readonly status: 'not-analysable'; readonly reason: string };

export interface SourceText {
  readonly file: string;
  readonly language: Language;
  readonly code: string;
}

export interface Analyzer {
  readonly name: string;
  readonly version: string;
  readonly languages: readonly Language[];
  analyze(source: SourceText): Promise<Analysis>;
}
