/**
 * @file One version of a function as the gates look at it. Every view is made at most once and only when asked for,
 * since several gates share lexemes, syntax and findings and the build must pass hundreds of functions a second.
 */
import type { Analysis } from '../../analyzers/finding.ts';
import { codeLexemesOf, lexemesOf } from '../../code/lexer.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { withoutMacroNoise } from '../../code/macro-noise.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { countDangers } from './dangerous-calls.ts';
import { countMoreDangers } from './more-dangers.ts';
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
  /** As `errorNodes`, of the text without what only a preprocessor understands (C and C++; else the same number). */
  readonly plainErrorNodes: number | undefined;
  readonly analysis: Analysis;
  /** Dangerous calls and how often each stands there. */
  readonly dangers: ReadonlyMap<string, number>;
  /** Those the gate alone looks for. */
  readonly moreDangers: ReadonlyMap<string, number>;
}

/** What the views need of the outside; both are synchronous after their one-time loading. */
export interface CodeTools {
  countErrorNodes(language: Language, code: string): number | undefined;
  analyze(language: Language, code: string): Analysis;
}

export function createCodeView(language: Language, code: string, tools: CodeTools): CodeView {
  const split = memo(() => {
    const comments = lexemesOf(language, code).filter((lexeme) => lexeme.kind === 'comment');
    return { lexemes: codeLexemesOf(language, code), comments };
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
  const dangers = memo(() => countDangers(split().lexemes, language));
  const moreDangers = memo(() => countMoreDangers(split().lexemes, language));
  const plainErrorNodes = memo(() => {
    const plain = withoutMacroNoise(language, code);
    return plain === code ? errorNodes() : tools.countErrorNodes(language, plain);
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
    get dangers() {
      return dangers();
    },
    get moreDangers() {
      return moreDangers();
    },
    get plainErrorNodes() {
      return plainErrorNodes();
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
