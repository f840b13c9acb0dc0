/**
 * @file One version of a function as the gates look at it. Every view is made at most once and only when asked for,
 * since several gates share lexemes, syntax and findings and the build must pass hundreds of functions a second.
 */
import type { Analysis } from '../../analyzers/finding.ts';
import { lexemesOf } from '../../code/lexer.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { functionsIn, type FunctionSignature } from './signature.ts';

export interface CodeView {
  readonly language: Language;
  readonly code: string;
  /** Without comments. */
  readonly lexemes: readonly Lexeme[];
  readonly comments: readonly Lexeme[];
  /** Top-level functions, in order of appearance. */
  readonly functions: readonly FunctionSignature[];
  /** Error and missing nodes of the syntax tree; undefined where no grammar is at hand. */
  readonly errorNodes: number | undefined;
  readonly analysis: Analysis;
}

/** What the views need of the outside; both are synchronous after their one-time loading. */
export interface CodeTools {
  countErrorNodes(language: Language, code: string): number | undefined;
  analyze(language: Language, code: string): Analysis;
}

export function createCodeView(language: Language, code: string, tools: CodeTools): CodeView {
  const split = memo(() => {
    const lexemes: Lexeme[] = [];
    const comments: Lexeme[] = [];
    for (const lexeme of lexemesOf(language, code))
      (lexeme.kind === 'comment' ? comments : lexemes).push(lexeme);
    return { lexemes, comments };
  });
  const functions = memo(() => functionsIn(split().lexemes, language));
  const analysis = memo(() => tools.analyze(language, code));
  // Parsing costs most, and analysis has to parse, too.
  const errorNodes = memo(() => {
    const analysed = analysis();
    return analysed.status === 'analysed' && analysed.syntaxErrors !== undefined
      ? analysed.syntaxErrors
      : tools.countErrorNodes(language, code);
  });
  return {
    language,
    code,
    get lexemes() {
      return split().lexemes;
    },
    get comments() {
      return split().comments;
    },
    get functions() {
      return functions();
    },
    get errorNodes() {
      return errorNodes();
    },
    get analysis() {
      return analysis();
    },
  };
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
