/**
 * @file Where a program does the safe thing, as ranges of its text: the positive side of the embedded rules, found on
 * syntax nodes by the same walk (so never in comments, strings or statements behind a return). Ours.
 * An idiom vouches for its own place only; whether the program as a whole is secure is for tests to say.
 */
import type { Range } from '../data/offsets.ts';
import type { Language } from '../data/vulnerable-function.ts';
import { findIdiomsC } from './embedded/c/index.ts';
import { findIdiomsJavaScript } from './embedded/javascript/index.ts';
import type { RawFinding } from './embedded/rule.ts';
import { findIdiomsPython } from './embedded/python/index.ts';
import { parsePlain, type PlainTree } from './embedded/parse-source.ts';
import type { SyntaxNode } from './embedded/syntax-node.ts';
import type { SourceText } from './finding.ts';

/** UTF-16 range of the safe act. */
export interface SecureIdiom extends Range {
  /** "<language>/<name>" */
  readonly rule: string;
  /** The weaknesses it guards against. */
  readonly cwe: readonly string[];
  readonly why: string;
}

const FINDERS: Partial<Record<Language, (root: SyntaxNode, code: string) => RawFinding[]>> = {
  javascript: findIdiomsJavaScript,
  typescript: findIdiomsJavaScript,
  python: findIdiomsPython,
  c: findIdiomsC,
  cpp: findIdiomsC,
};

/**
 * In order of place. Await `createEmbeddedAnalyzer()` (or `loadGrammar`) first. Empty for code that does not parse.
 * @param tree the text's tree where the caller has it already
 */
export function secureIdiomsIn(source: SourceText, tree?: PlainTree): SecureIdiom[] {
  try {
    return findIdioms(source, tree);
  } catch (thrown) {
    if (thrown instanceof RangeError) return []; // nested deeper than the stack
    throw thrown;
  }
}

function findIdioms(source: SourceText, tree: PlainTree | undefined): SecureIdiom[] {
  const find = FINDERS[source.language];
  if (!find) return [];
  const { root, code, errors } = tree ?? parsePlain(source);
  const tolerant = source.language === 'c' || source.language === 'cpp';
  if (errors > 0 && !tolerant) return [];
  return find(root, code)
    .map(({ rule, hit }) => ({
      start: hit.node.start,
      end: hit.node.end,
      rule: rule.id,
      cwe: hit.cwe ?? rule.cwe,
      why: hit.message ?? rule.message,
    }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
}
