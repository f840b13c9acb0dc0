/**
 * @file The real tools behind the views: tree-sitter grammars and the embedded analyzers. Loaded once for the languages
 * at hand; afterwards everything is synchronous, so looking at code costs no turn of the event loop.
 */
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import { hasGrammar, loadGrammar, withSyntax } from '../../code/syntax-tree.ts';
import { languageSchema, type Language } from '../../data/vulnerable-function.ts';
import type { CodeTools } from './code-view.ts';

/** Without an argument every language with a grammar is loaded (about a third of a second). */
export async function loadCodeTools(
  languages: readonly Language[] = languageSchema.options,
): Promise<CodeTools> {
  const known = new Set(languages.filter(hasGrammar));
  for (const language of known) await loadGrammar(language);
  const analyzer = await createEmbeddedAnalyzer([...known]);
  return {
    countErrorNodes: (language, code) =>
      known.has(language) ? withSyntax(language, code, (tree) => tree.errors) : undefined,
    analyze: (language, code) => analyzer.analyzeSync({ file: 'function', language, code }),
  };
}
