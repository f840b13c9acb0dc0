/** @file Patterns over programs: interns lexemes, runs the automaton, and checks that locals are used as the pattern uses them. */
import type { Lexeme } from '../../code/lexeme.ts';
import { isLocalAt } from '../../code/normalise.ts';
import { createAutomaton } from './pattern-automaton.ts';
import { usesLocalsAlike, type LexemePattern } from './lexeme-pattern.ts';

export interface PatternMatch {
  readonly pattern: number;
  /** Index of the first lexeme. */
  readonly start: number;
}

export interface PatternMatcher {
  /** Lexemes without comments, and the program's own local names. */
  match(lexemes: readonly Lexeme[], locals: ReadonlySet<string>): PatternMatch[];
}

/** No pattern holds it. */
const FOREIGN = 0;
const LOCAL = 1;

export function createMatcher(patterns: readonly LexemePattern[]): PatternMatcher {
  const ids = new Map<string, number>();
  const idOf = (text: string): number => {
    let id = ids.get(text);
    if (id === undefined) {
      id = ids.size + 2;
      ids.set(text, id);
    }
    return id;
  };
  const automaton = createAutomaton(
    patterns.map(({ texts }) =>
      Int32Array.from(texts, (text) => (text === undefined ? LOCAL : idOf(text))),
    ),
  );
  return {
    match(lexemes, locals) {
      const symbols = new Int32Array(lexemes.length);
      for (let i = 0; i < lexemes.length; i++)
        symbols[i] = isLocalAt(lexemes, i, locals) ? LOCAL : (ids.get(lexemes[i]!.text) ?? FOREIGN);
      const matches: PatternMatch[] = [];
      automaton.match(symbols, (pattern, end) => {
        const start = end - patterns[pattern]!.texts.length;
        if (usesLocalsAlike(patterns[pattern]!, lexemes, start)) matches.push({ pattern, start });
      });
      return matches;
    },
  };
}
